// A file without a name in a directory, for what is of no use after this process.

import { randomBytes } from "node:crypto";
import { close, ftruncate, open, read, statfs, unlink, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** File systems that are memory: there nothing would be won (Linux: tmpfs, ramfs). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
/** Of what is free on the disk. */
const PART_OF_DISK = 1 / 4;

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

/**
 * A file without a name, and how many bytes it may have, where all such files together may have so many, and those that are
 * there have some of them; rejects where there is none to be had.
 */
export type OpenSpool = (most: number, before: number) => Promise<{ file: SpoolFile; bytes: number }>;

/** In this directory, where it is on a disk. */
export const openIn =
  (directory: string): OpenSpool =>
  async (most, before) => {
    const { type } = await statOf(directory);
    if (IN_MEMORY.has(type)) throw new Error(`${directory} is in memory`);
    return openFileIn(directory, most, before);
  };

/** Wherever it is. */
export async function openFileIn(directory: string, most: number, before: number): ReturnType<OpenSpool> {
  const { bavail, bsize } = await statOf(directory);
  if (bavail === 0) throw new Error(`there is no room in ${directory}`);
  const part = Math.floor((bavail * bsize + before) * PART_OF_DISK);
  const path = join(directory, `.gw-answers-${randomBytes(12).toString("hex")}`);
  const fd = await openFile(path, "wx+", 0o600);
  await remove(path).catch((thrown) => {
    close(fd, () => {});
    throw thrown;
  });
  return { file: fileOf(fd), bytes: Math.max(0, Math.min(most, part) - before) };
}

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
