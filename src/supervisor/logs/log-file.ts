// One log file that only this process writes. Writes are asynchronous, one at a time, and what waits for them is bounded: a disk
// that is full, slow or gone costs lines, which are counted, and never holds up who writes. What stands in the file are whole
// lines.

import { constants, mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LogTrouble } from "../../control/status.ts";
import type { Clock } from "../../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";
import { compressFile } from "./compress.ts";
import { asideName, namesToRemove, type Rotation } from "./rotation.ts";

const WAITING_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 10;
/** Readable by its group, as logs are; by nobody else, for paths and addresses stand in it. */
const MODE = 0o640;
const DIRECTORY_MODE = 0o750;
/**
 * Not through a link, which somebody else may have put there for root to write through; and no waiting for the reader of
 * what turns out to be a pipe.
 */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Whom a file tells of itself. */
export interface LogFileOwner {
  /** Once for each spell of lines that are lost, and for each file that could not be put aside or opened anew. */
  onTrouble(path: string, why: string): void;
  /** It can be written again; so many lines were dropped. */
  onRecovered(path: string, lines: number): void;
  /** Somebody had removed it; it is there again, and what was written before is lost. */
  onRestored(path: string): void;
}

export type LogFileSetup = {
  path: string;
  clock: Clock;
  owner: LogFileOwner;
  rotation?: Rotation | undefined;
  /** For tests: instead of the file's own. */
  write?: (file: FileHandle, bytes: Uint8Array) => Promise<number>;
};

const writeTo = async (file: FileHandle, bytes: Uint8Array) => (await file.write(bytes)).bytesWritten;

export class LogFile {
  readonly #setup: LogFileSetup;
  #file: FileHandle;
  #size: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  /** One after the other: what one has removed the next one is not to compress. */
  #tidying: Promise<void> = Promise.resolve();
  #wantsReopen = false;
  #wantsLook = false;
  /** It was removed, and cannot be made again: why. */
  #gone: string | undefined;
  /** The last line in the file has no end. */
  #isTorn = false;
  /** Since it last worked. */
  #untold = 0;
  /** Lines are lost: why the first of them was. */
  #trouble: string | undefined;
  /** It could not be put aside, and grows on. */
  #overgrown: string | undefined;
  #idle: (() => void)[] = [];
  /** Lines that are not in it, and never will be. */
  dropped = 0;

  constructor(setup: LogFileSetup, file: FileHandle, size: number) {
    this.#setup = setup;
    this.#file = file;
    this.#size = size;
  }

  /** Throws a GwError when it cannot be had. */
  static async open(setup: LogFileSetup): Promise<LogFile> {
    const { file, size } = await openLog(setup.path);
    return new LogFile(setup, file, size);
  }

  /** Whole lines with their ends; the bytes are the file's from now on. */
  append(lines: Uint8Array): void {
    if (this.#waitingBytes + lines.length > WAITING_BYTES)
      return this.#lose(lines, "more comes than the disk takes");
    this.#waiting.push(lines);
    this.#waitingBytes += lines.length;
    void this.#work();
  }

  /** Opens the path anew: somebody has moved the file away. */
  reopen(): void {
    this.#wantsReopen = true;
    void this.#work();
  }

  /** Looks whether somebody has removed it, who writes on would not notice, and makes it again. */
  look(): void {
    this.#wantsLook = true;
    void this.#work();
  }

  get trouble(): LogTrouble | undefined {
    const why = this.#trouble ?? this.#overgrown;
    return why === undefined ? undefined : { file: this.#setup.path, why, lost: this.#untold };
  }

  /** Resolves when nothing waits. */
  flushed(): Promise<void> {
    return this.#isBusy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async close(): Promise<void> {
    await this.flushed();
    await this.#tidying;
    await this.#file.close();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0 || this.#wantsReopen || this.#wantsLook) {
      if (this.#wantsReopen) await this.#reopen();
      if (this.#wantsLook) await this.#findGone();
      const next = this.#waiting.shift();
      if (!next) continue;
      await this.#write(next);
      this.#waitingBytes -= next.length;
      const { rotation } = this.#setup;
      if (rotation && this.#size >= rotation.maxBytes) await this.#rotate(rotation);
    }
    this.#isBusy = false;
    for (const go of this.#idle.splice(0)) go();
  }

  async #write(lines: Uint8Array): Promise<void> {
    const { write = writeTo } = this.#setup;
    let rest = lines;
    if (this.#gone !== undefined) return this.#lose(rest, this.#gone);
    try {
      // Its beginning is lost; what stands there of it must not become a part of another line.
      if (this.#isTorn) this.#size += await write(this.#file, Buffer.from("\n"));
      this.#isTorn = false;
      while (rest.length > 0) {
        const count = await write(this.#file, rest);
        this.#size += count;
        if (count > 0) this.#isTorn = rest[count - 1] !== LINE_FEED;
        rest = rest.subarray(count);
      }
      this.#recover();
    } catch (error) {
      this.#lose(rest, reasonOf(error));
    }
  }

  async #reopen(): Promise<void> {
    const { path, owner } = this.#setup;
    this.#wantsReopen = false;
    try {
      await this.#openAnew();
    } catch (error) {
      owner.onTrouble(path, reasonOf(error));
    }
  }

  async #openAnew(): Promise<void> {
    const { path, owner } = this.#setup;
    const { file, size } = await openLog(path);
    const before = this.#file;
    this.#file = file;
    this.#size = size;
    this.#isTorn = false;
    this.#gone = this.#overgrown = undefined;
    // The new one is in use, whatever becomes of that.
    await before.close().catch((error) => owner.onTrouble(path, reasonOf(error)));
  }

  /** One that was only moved has a name yet, and is opened anew when whoever has moved it says so. */
  async #findGone(): Promise<void> {
    const { path, owner } = this.#setup;
    this.#wantsLook = false;
    try {
      if (this.#gone === undefined && (await this.#file.stat()).nlink > 0) return;
      makeLogDirectory(dirname(path));
      await this.#openAnew();
      if (this.#trouble === undefined) owner.onRestored(path);
      else this.#recover();
    } catch (error) {
      this.#gone = `it was removed, and cannot be made again: ${reasonOf(error)}`;
      this.#tellTrouble(this.#gone);
    }
  }

  async #rotate({ keep, compress }: Rotation): Promise<void> {
    const { path, clock, owner } = this.#setup;
    const [directory, base] = [dirname(path), basename(path)];
    try {
      const aside = asideName(base, clock.wall(), await readdir(directory));
      await rename(path, join(directory, aside));
      await this.#reopen();
      const last = this.#tidying;
      this.#tidying = last.then(() => this.#tidy(directory, base, { aside, keep, compress }));
    } catch (error) {
      // It grows on meanwhile, and is tried again with each further stretch.
      this.#size = 0;
      if (this.#overgrown === undefined)
        owner.onTrouble(path, `it cannot be put aside, and grows on: ${reasonOf(error)}`);
      this.#overgrown = reasonOf(error);
    }
  }

  /** Beside the writing: compressing takes its time. */
  async #tidy(
    directory: string,
    base: string,
    { aside, keep, compress }: { aside: string; keep: number; compress: boolean },
  ): Promise<void> {
    try {
      const names = await readdir(directory);
      const removed = namesToRemove(base, names, keep);
      for (const name of removed) await unlink(join(directory, name));
      if (compress && names.includes(aside) && !removed.includes(aside))
        await compressFile(join(directory, aside));
    } catch (error) {
      this.#setup.owner.onTrouble(join(directory, aside), reasonOf(error));
    }
  }

  #lose(lines: Uint8Array, why: string): void {
    const count = countLines(lines);
    this.dropped += count;
    this.#untold += count;
    this.#tellTrouble(why);
  }

  #tellTrouble(why: string): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = why;
    this.#setup.owner.onTrouble(this.#setup.path, why);
  }

  #recover(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    const lines = this.#untold;
    this.#untold = 0;
    this.#setup.owner.onRecovered(this.#setup.path, lines);
  }
}

/** Throws a GwError. */
export function makeLogDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw new GwError("log_refused", { path, reason: reasonOf(error) });
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

async function openLog(path: string): Promise<{ file: FileHandle; size: number }> {
  let file: FileHandle;
  try {
    file = await open(path, FLAGS, MODE);
  } catch (error) {
    throw new GwError("log_refused", { path, reason: reasonOf(error) });
  }
  const stat = await file.stat();
  if (stat.isFile() && stat.nlink === 1) return { file, size: stat.size };
  await file.close();
  const reason = stat.isFile() ? "it has another name as well (a hard link)" : "it is no regular file";
  throw new GwError("log_refused", { path, reason });
}
