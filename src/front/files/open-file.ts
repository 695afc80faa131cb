// An open file, for as many as read it at the same time; closed behind the last one.

import { close, fstat, read } from "node:fs";
import { EAGAIN, readCached } from "../../../ffi/files/open-beneath.ts";
import { versionOf } from "./reply/version.ts";

export class OpenFile {
  readonly fd: number;
  /** See the version of a file. */
  readonly written: string;
  readonly #onClose: () => void;
  #readers = 0;

  constructor(fd: number, written: string, onClose: () => void = () => {}) {
    this.fd = fd;
    this.written = written;
    this.#onClose = onClose;
  }

  acquire(): this {
    this.#readers++;
    return this;
  }

  release(): void {
    if (--this.#readers > 0) return;
    this.#onClose();
    close(this.fd);
  }

  /** What is in memory; undefined: a disk would have to be waited for. 0 at the end. */
  readNow(into: Uint8Array, position: number): number | undefined {
    const count = readCached(this.fd, into, position);
    // Whatever else it may be, the way by the runtime finds it out.
    return count < 0 ? undefined : count;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) =>
      read(this.fd, into, 0, into.length, position, (error, count) =>
        error ? reject(error) : resolve(count),
      ),
    );
  }

  /** Whether it is in memory there, so that nobody who takes it from there waits for a disk. */
  isCached(position: number): boolean {
    return readCached(this.fd, ONE_BYTE, position) !== -EAGAIN;
  }

  /** Nobody has written into it since it was opened. */
  async isUnchanged(): Promise<boolean> {
    const stat = await new Promise<Parameters<typeof versionOf>[0]>((resolve, reject) =>
      fstat(this.fd, { bigint: true }, (error, found) => (error ? reject(error) : resolve(found))),
    );
    return versionOf(stat, 0).written === this.written;
  }
}

const ONE_BYTE = new Uint8Array(new ArrayBuffer(1));
