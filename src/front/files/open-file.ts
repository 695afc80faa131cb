// An open file, for as many as read it at the same time; closed behind the last one. And the turns in which a disk is asked: each
// question takes a thread of the runtime until it is answered, and there are as many as the front was started with. A disk that does
// not answer gets some of them and no more, and the others are there for all other disks.

import { close, fstat, read } from "node:fs";
import { EAGAIN, readCached } from "../../../ffi/files/open-beneath.ts";
import { Turnstile } from "../../core/turnstile.ts";
import { versionOf } from "./reply/version.ts";

const QUESTIONS_MOST = 8;
const disks = new Map<bigint, Turnstile>();

/** `device`: as stat calls it. */
export function turnsOn(device: bigint): Turnstile {
  const known = disks.get(device) ?? new Turnstile(QUESTIONS_MOST);
  disks.set(device, known);
  return known;
}

/** A network may be asked for that, too. */
export function closeInTurn(fd: number, turns: Turnstile): void {
  void turns.take(() => new Promise<void>((resolve) => close(fd, () => resolve())));
}

export class OpenFile {
  readonly fd: number;
  /** See the version of a file. */
  readonly written: string;
  readonly #turns: Turnstile;
  readonly #onClose: () => void;
  #readers = 0;

  constructor(fd: number, written: string, device: bigint, onClose: () => void = () => {}) {
    this.fd = fd;
    this.written = written;
    this.#turns = turnsOn(device);
    this.#onClose = onClose;
  }

  acquire(): this {
    this.#readers++;
    return this;
  }

  release(): void {
    if (--this.#readers > 0) return;
    this.#onClose();
    closeInTurn(this.fd, this.#turns);
  }

  /** What is in memory; undefined: a disk would have to be waited for. 0 at the end. */
  readNow(into: Uint8Array, position: number): number | undefined {
    const count = readCached(this.fd, into, position);
    // Whatever else it may be, the way by the runtime finds it out.
    return count < 0 ? undefined : count;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    const ask = () =>
      new Promise<number>((resolve, reject) =>
        read(this.fd, into, 0, into.length, position, (error, count) =>
          error ? reject(error) : resolve(count),
        ),
      );
    return this.#turns.take(ask);
  }

  /** Whether it is in memory there, so that nobody who takes it from there waits for a disk; undefined: the file system does not tell. */
  isCached(position: number): boolean | undefined {
    const count = readCached(this.fd, ONE_BYTE, position);
    return count === -EAGAIN ? false : count < 0 ? undefined : true;
  }

  /** Nobody has written into it since it was opened. */
  async isUnchanged(): Promise<boolean> {
    const ask = () =>
      new Promise<Parameters<typeof versionOf>[0]>((resolve, reject) =>
        fstat(this.fd, { bigint: true }, (error, found) => (error ? reject(error) : resolve(found))),
      );
    return versionOf(await this.#turns.take(ask), 0).written === this.written;
  }
}

const ONE_BYTE = new Uint8Array(new ArrayBuffer(1));
