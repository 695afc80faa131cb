// Disk for answers that are done while their clients have yet to take them: one file without a name, of which each such answer has a part for
// itself. Nobody waits for the disk but those whose answers it has. What cannot be kept here stays where it was.

import { randomBytes } from "node:crypto";
import { close, ftruncate, open, read, statfs, unlink, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Client } from "../door/client.ts";
import { Extents } from "./extents.ts";

/** File systems that are memory: there nothing would be won (Linux: tmpfs, ramfs). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
/** Of what is free on the disk. */
const PART_OF_DISK = 1 / 4;

/** So much of answers that are done may be in memory; an honest client is served without the disk, as long as there are not many. */
const HELD_MOST = 16 * 2 ** 20;

/** So much of the disk is kept for the next one when no answer waits there. */
const KEPT_MOST = 16 * 2 ** 20;

// Handles of node:fs/promises throw when nobody has closed them; this file is open as long as the process is there.
const openFile = promisify(open);
const readFrom = promisify(read);
const writeTo = promisify(write);
const statOf = promisify(statfs);
const remove = promisify(unlink);
const truncate = promisify(ftruncate);

/** What is asked of a file. */
export type SpoolFile = {
  write(bytes: Uint8Array, position: number): Promise<void>;
  read(into: Uint8Array, position: number): Promise<number>;
  /** Gives back what it has of the disk. */
  empty(): Promise<void>;
  close(): void;
};

/** A file without a name, and how many bytes it may have; rejects where there is none to be had. */
export type OpenSpool = (most: number) => Promise<{ file: SpoolFile; bytes: number }>;

export class Spool {
  readonly #log: Log;
  /** Bytes in memory of answers that are done. */
  #held = 0;
  /** Why there is no file; undefined for no reason that has yet to be told. */
  #missing: string | undefined;
  #file: SpoolFile | undefined;
  /** It takes nothing more, and is open as long as something in it is wanted. */
  #failed: SpoolFile | undefined;
  #extents = new Extents(0);
  /** The file is no longer than this. */
  #length = 0;
  /** Nothing may be written meanwhile. */
  #isEmptying = false;

  constructor(most: number, open: OpenSpool, log: Log) {
    this.#log = log;
    open(most).then(
      ({ file, bytes }) => {
        this.#file = file;
        this.#extents = new Extents(bytes);
      },
      (thrown) => {
        this.#missing = reasonOf(thrown);
      },
    );
  }

  /** Bytes that are promised to answers. */
  get used(): number {
    return this.#extents.used;
  }

  /** Room for so many bytes; undefined where there is none. */
  reserve(bytes: number): SpoolRoom | undefined {
    if (this.#missing) this.#log.info("answers wait in memory for slow clients", { why: this.#missing });
    this.#missing = undefined;
    if (!this.#file || this.#isEmptying || bytes <= 0) return undefined;
    const at = this.#extents.take(bytes);
    if (at === undefined) return undefined;
    this.#length = Math.max(this.#length, at + bytes);
    return new SpoolRoom(this.#file, at, bytes, () => this.#giveBack(at, bytes));
  }

  /** Clients that take nothing are so many that what each of them has in memory matters. */
  get isNeeded(): boolean {
    return this.used > 0 || this.#held > HELD_MOST / 2;
  }

  /** Whether so many bytes more of an answer that is done may be in memory. */
  mayHold(bytes: number): boolean {
    return this.#held + bytes <= HELD_MOST;
  }

  /** They are, until the client has settled; its answer is about to be complete. */
  hold(client: Pick<Client, "whenSettled">, bytes: number): void {
    this.#held += bytes;
    const letGo = () => {
      this.#held -= bytes;
    };
    queueMicrotask(() => client.whenSettled(letGo));
  }

  /** The disk takes no more: what it has is still there, and nothing new comes. */
  fail(why: string): void {
    if (!this.#file) return;
    this.#failed = this.#file;
    this.#file = undefined;
    this.#closeFailed();
    this.#log.warn("answers wait in memory for slow clients: the disk takes none of them", { why });
  }

  #giveBack(at: number, bytes: number): void {
    this.#extents.give(at, bytes);
    this.#closeFailed();
    if (this.used === 0 && this.#length > KEPT_MOST) this.#empty();
  }

  #empty(): void {
    if (!this.#file) return;
    this.#isEmptying = true;
    this.#length = 0;
    this.#file
      .empty()
      .catch((thrown) => this.fail(reasonOf(thrown)))
      .finally(() => {
        this.#isEmptying = false;
      });
  }

  #closeFailed(): void {
    if (this.used > 0) return;
    this.#failed?.close();
    this.#failed = undefined;
  }
}

/** Part of the file, which is one answer's. */
export class SpoolRoom {
  readonly bytes: number;
  readonly #file: SpoolFile;
  readonly #at: number;
  readonly #giveBack: () => void;
  #writing = 0;
  #isReleased = false;

  constructor(file: SpoolFile, at: number, bytes: number, giveBack: () => void) {
    this.#file = file;
    this.#at = at;
    this.bytes = bytes;
    this.#giveBack = giveBack;
  }

  /** The bytes must stay as they are until then. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#writing++;
    try {
      await this.#file.write(bytes, this.#at + position);
    } finally {
      this.#writing--;
      if (this.#isReleased) this.#settle();
    }
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#file.read(into, this.#at + position);
  }

  /** It is not needed any more. Others have it once nothing is being written there. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#writing === 0) this.#giveBack();
  }
}

/** In this directory. */
export const openIn =
  (directory: string): OpenSpool =>
  async (most) => {
    const { type, bavail, bsize } = await statOf(directory);
    if (IN_MEMORY.has(type)) throw new Error(`${directory} is in memory`);
    const path = join(directory, `.gw-answers-${randomBytes(12).toString("hex")}`);
    const fd = await openFile(path, "wx+", 0o600);
    await remove(path);
    return { file: fileOf(fd), bytes: Math.min(most, Math.floor(bavail * bsize * PART_OF_DISK)) };
  };

function fileOf(fd: number): SpoolFile {
  return {
    async write(bytes, position) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await writeTo(fd, bytes, at, bytes.length - at, position + at);
        at += bytesWritten;
      }
    },
    async read(into, position) {
      const { bytesRead } = await readFrom(fd, into, 0, into.length, position);
      return bytesRead;
    },
    empty: () => truncate(fd, 0),
    close: () => close(fd, () => {}),
  };
}
