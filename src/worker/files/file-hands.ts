// Hands open files over to the front ends. Each has a channel of its own, which it has opened and named; a request says by which
// channel its answer may come as a file.

import { chmodSync, closeSync } from "node:fs";
import { acceptForFiles, listenForFiles, pass, receivePassed } from "../../../ffi/files/passing.ts";
import {
  channelIn,
  channelPath,
  encodeHandedFile,
  type HandedFile,
  invitedTo,
  newFileName,
} from "../../http/handed-file.ts";

/** There are as many front ends as somebody wants, and twice that during a reload. */
const CHANNELS_MOST = 256;

/** Beside the worker's socket, with the same permissions. A text: why there is none. */
export function openHands({
  unix,
  token,
  mode = 0o600,
}: {
  unix: string;
  token: string;
  mode?: number | undefined;
}): FileHands | string {
  const listener = listenForFiles(channelPath(unix));
  if (!listener.ok) return listener.reason;
  chmodSync(channelPath(unix), mode);
  return new FileHands(listener.value, token);
}

export class FileHands {
  readonly #listener: number;
  readonly #token: string;
  /** By the names that their front ends gave them, the oldest first. */
  readonly #channels = new Map<string, number>();

  constructor(listener: number, token: string) {
    this.#listener = listener;
    this.#token = token;
  }

  /**
   * Hands the file to the front that has sent a request with these facts, and says how the answer names it. Undefined: that front
   * takes none, or none now. The descriptor stays the caller's.
   */
  hand(facts: string, fd: number, part: Omit<HandedFile, "token">): string | undefined {
    const name = invitedTo(facts);
    if (name === undefined) return undefined;
    if (!this.#channels.has(name)) this.#acceptAll();
    const channel = this.#channels.get(name);
    const token = newFileName();
    return channel !== undefined && pass(channel, token, fd)
      ? encodeHandedFile({ ...part, token })
      : undefined;
  }

  #acceptAll(): void {
    for (let fd = acceptForFiles(this.#listener); fd !== undefined; fd = acceptForFiles(this.#listener)) {
      const greeting = receivePassed(fd);
      const name = typeof greeting === "object" ? channelIn(greeting.text, this.#token) : undefined;
      if (typeof greeting === "object" && greeting.fd !== undefined) closeSync(greeting.fd);
      if (name === undefined) closeSync(fd);
      else this.#keep(name, fd);
    }
  }

  /** Front ends come and go. */
  #keep(name: string, fd: number): void {
    const [oldest] = this.#channels;
    if (oldest && this.#channels.size >= CHANNELS_MOST) {
      this.#channels.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    this.#channels.set(name, fd);
  }
}
