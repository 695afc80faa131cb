// The part of the disk that is one answer's: what is written comes out again in the order in which it went in, and what has come
// out is others' to have.

import { reasonOf } from "../../core/errors.ts";
import { BLOCK_BYTES, type SpoolDisk } from "./spool-disk.ts";

export class SpoolRoom {
  readonly #disk: SpoolDisk;
  readonly #most: number;
  #promised: number;
  /** The first one has the byte at `#beginsAt`, which stands, as all positions here do, for its place in the answer. */
  readonly #blocks: number[] = [];
  #beginsAt = 0;
  #written = 0;
  #read = 0;
  /** What the disk is at for this answer. */
  #acts = 0;
  #isReleased = false;

  /** Of so many blocks at the most at once, so many of which were promised to it. */
  constructor(disk: SpoolDisk, promised: number, most: number) {
    this.#disk = disk;
    this.#promised = promised;
    this.#most = most;
  }

  /** Bytes that were written and not read. */
  get held(): number {
    return this.#written - this.#read;
  }

  /** Whether there is room for so many bytes behind those that are here; it is this answer's then. */
  take(bytes: number): boolean {
    while (this.#beginsAt + this.#blocks.length * BLOCK_BYTES < this.#written + bytes) {
      if (this.#blocks.length >= this.#most) return false;
      const block = this.#disk.take(this.#promised > 0);
      if (block === undefined) return false;
      if (this.#promised > 0) this.#promised--;
      this.#blocks.push(block);
    }
    return true;
  }

  /** There must be room for them, and they must stay as they are until then. One after the other. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#act(async () => {
      for (let at = 0; at < bytes.length; ) {
        const { position, length } = this.#stretch(this.#written + at, bytes.length - at);
        await this.#disk.file.write(bytes.subarray(at, at + length), position);
        at += length;
      }
      this.#written += bytes.length;
      this.#disk.owner.onWritten(this.#disk);
    });
  }

  /** How many of the bytes that come next have been put there: at least one, where some are held. One after the other. */
  read(into: Uint8Array): Promise<number> {
    return this.#act(async () => {
      const { position, length } = this.#stretch(this.#read, Math.min(into.length, this.held));
      const count = await this.#disk.file.read(into.subarray(0, length), position);
      if (count === 0) throw new Error("it is not there");
      this.#read += count;
      if (!this.#isReleased) this.#giveBack();
      return count;
    });
  }

  async #act<T>(act: () => Promise<T>): Promise<T> {
    this.#acts++;
    try {
      return await act();
    } catch (thrown) {
      this.#disk.owner.onFailed(this.#disk, reasonOf(thrown));
      throw thrown;
    } finally {
      this.#acts--;
      if (this.#isReleased) this.#settle();
    }
  }

  /** Where in the file so many bytes of the answer are, or are to be; as many of them as lie there one behind the other. */
  #stretch(from: number, most: number): { position: number; length: number } {
    let index = Math.floor((from - this.#beginsAt) / BLOCK_BYTES);
    const within = (from - this.#beginsAt) % BLOCK_BYTES;
    const first = this.#blocks[index] as number;
    let length = BLOCK_BYTES - within;
    while (length < most && this.#blocks[index + 1] === (this.#blocks[index] as number) + 1) {
      length += BLOCK_BYTES;
      index++;
    }
    return { position: first * BLOCK_BYTES + within, length: Math.min(length, most) };
  }

  #giveBack(): void {
    while (this.#read - this.#beginsAt >= BLOCK_BYTES) {
      this.#disk.give(this.#blocks.shift() as number);
      this.#beginsAt += BLOCK_BYTES;
    }
  }

  /** It is not needed any more. Others have it, and the file may go, once the disk is at nothing there. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#acts > 0) return;
    for (const block of this.#blocks.splice(0)) this.#disk.give(block);
    this.#disk.leave(this.#promised);
  }
}
