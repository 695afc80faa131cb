// One file on the disk, cut into blocks, of which each answer that waits there has some.

import { reasonOf } from "../../core/errors.ts";
import type { SpoolFile } from "./spool-file.ts";

/** An answer has at least one of them. */
export const BLOCK_BYTES = 131_072;

/** So much of the disk is kept for the next one when no answer waits there. */
const KEPT_MOST = 16 * 2 ** 20;

export interface SpoolDiskOwner {
  /** Something was written, and is there. */
  onWritten(disk: SpoolDisk): void;
  /** It takes no more, or does not give back what it has. Told once for each block, at the most. */
  onFailed(disk: SpoolDisk, why: string): void;
  /** It was retired, and nothing in it is wanted any more. */
  onClosed(disk: SpoolDisk): void;
}

export class SpoolDisk {
  readonly file: SpoolFile;
  readonly owner: SpoolDiskOwner;
  readonly #most: number;
  #used = 0;
  #promised = 0;
  #rooms = 0;
  /** The file is no longer than so many blocks. */
  #length = 0;
  /** Blocks within that length that nobody has. */
  #free: number[] = [];
  /** Nothing may be written meanwhile. */
  #isEmptying = false;
  #isRetired = false;

  /** Bytes that the file may have. */
  readonly bytes: number;

  constructor(file: SpoolFile, bytes: number, owner: SpoolDiskOwner) {
    this.file = file;
    this.owner = owner;
    this.bytes = bytes;
    this.#most = Math.floor(bytes / BLOCK_BYTES);
  }

  /** Bytes that answers have, and that they were promised. */
  get used(): number {
    return (this.#used + this.#promised) * BLOCK_BYTES;
  }

  get hasRoom(): boolean {
    return !this.#isEmptying && this.#used + this.#promised < this.#most;
  }

  /** Somebody may have so many blocks, when he wants them. False: they are not there. */
  enter(promised: number): boolean {
    if (this.#isRetired || this.#isEmptying) return false;
    if (this.#used + this.#promised + Math.max(promised, 1) > this.#most) return false;
    this.#promised += promised;
    this.#rooms++;
    return true;
  }

  /** The number of one more block, which is one of those that were promised or not; undefined where there is none. */
  take(isPromised: boolean): number | undefined {
    if (this.#isRetired) return undefined;
    if (isPromised) this.#promised--;
    else if (this.#used + this.#promised >= this.#most) return undefined;
    this.#used++;
    // What was let go of last is taken first: the file stays short.
    return this.#free.pop() ?? this.#length++;
  }

  give(block: number): void {
    this.#used--;
    this.#free.push(block);
  }

  /** Whoever has entered wants nothing more, not even what he was promised. */
  leave(promised: number): void {
    this.#promised -= promised;
    this.#rooms--;
    if (this.#rooms > 0) return;
    if (this.#isRetired) this.#close();
    else if (this.#length * BLOCK_BYTES > KEPT_MOST) this.#empty();
  }

  /** Nothing new comes; what it has is there as long as somebody wants it. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#rooms === 0 && !this.#isEmptying) this.#close();
  }

  #empty(): void {
    this.#isEmptying = true;
    this.#length = 0;
    this.#free = [];
    this.file
      .empty()
      .catch((thrown) => this.owner.onFailed(this, reasonOf(thrown)))
      .finally(() => {
        this.#isEmptying = false;
        if (this.#isRetired) this.#close();
      });
  }

  #close(): void {
    this.file.close();
    this.owner.onClosed(this);
  }
}
