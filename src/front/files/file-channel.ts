// The way by which one worker hands open files over, and what has come through it. A worker's word is not trusted: only what comes
// from its own process counts, only under a token that an answer names, and nothing of it is kept for long.

import { closeSync } from "node:fs";
import { connectForFiles, pass, pidOfPeer, receivePassed } from "../../../ffi/files/passing.ts";
import type { Clock } from "../../core/clock.ts";
import { channelPath, encodeGreeting, newFileName } from "../../http/handed-file.ts";
import type { Backend } from "../../link/messages.ts";
import { SpareDescriptors } from "./spare-descriptors.ts";

/** Where nobody listens, or who does is somebody else, it is tried again after so long. */
const AGAIN_MS = 1000;
/**
 * What came and was not asked for yet: its answer follows at once, or never. There may be one of each request that the worker has, in
 * any order; of one that may have few, some that nobody is told of do no harm.
 */
const STRAYS_LEAST = 64;
const STRAY_MS = 10_000;
/** At once: one that sends without end is not heard to its end. */
const HEARD_MOST = 1024;

/** Of all channels of a front together. */
const spares = new SpareDescriptors();

export class FileChannel {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #name = newFileName();
  readonly #came = new Map<string, { fd: number; at: number }>();
  #fd: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  /** How the worker knows it; undefined while there is none, or there might be no descriptor for what comes. */
  get name(): string | undefined {
    if (this.#fd === undefined) this.#connect();
    return this.#fd === undefined || !spares.isFull ? undefined : this.#name;
  }

  #connect(): void {
    const now = this.#clock.now();
    if (now - this.#triedAt < AGAIN_MS) return;
    this.#triedAt = now;
    const { socket, pid, token } = this.#backend;
    const connected = connectForFiles(channelPath(socket));
    if (!connected.ok) return;
    this.#fd = connected.value;
    const isIts =
      pidOfPeer(connected.value) === pid && pass(connected.value, encodeGreeting(token, this.#name));
    if (!isIts) this.close();
  }

  /** The descriptor that came under this token; whoever takes it closes it. Undefined: none did. */
  take(token: string): number | undefined {
    this.#receive(token);
    const found = this.#came.get(token);
    this.#came.delete(token);
    return found?.fd;
  }

  get #most(): number {
    return Math.max(STRAYS_LEAST, this.#backend.capacity);
  }

  #receive(token: string): void {
    for (let at = 0; at < HEARD_MOST && !this.#came.has(token) && this.#fd !== undefined; at++) {
      spares.giveUpOne();
      const passed = receivePassed(this.#fd);
      if (passed === undefined) return;
      if (passed === "gone") return this.#disconnect();
      const { text, fd } = passed;
      if (fd === undefined) continue;
      const other = this.#came.get(text);
      if (other) closeSync(other.fd);
      this.#came.set(text, { fd, at: this.#clock.now() });
      this.#closeStrays();
    }
  }

  #closeStrays(): void {
    const now = this.#clock.now();
    for (const [token, { fd, at }] of this.#came) {
      if (this.#came.size <= this.#most && now - at < STRAY_MS) return;
      this.#came.delete(token);
      closeSync(fd);
    }
  }

  #disconnect(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Also what came and was not asked for. */
  close(): void {
    this.#disconnect();
    for (const { fd } of this.#came.values()) closeSync(fd);
    this.#came.clear();
  }
}
