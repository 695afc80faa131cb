// Disk for answers whose clients have yet to take them, or for bodies that workers have yet to take: one file without a name, of which each
// of them has a part for itself. Nobody waits for the disk but those whose bytes it has. What cannot be kept here stays where it was; a
// disk that fails is left alone for a while, and then tried again.

import type { Clock } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Client } from "../door/client.ts";
import { BLOCK_BYTES, SpoolDisk, type SpoolDiskOwner } from "./spool-disk.ts";
import type { OpenSpool } from "./spool-file.ts";
import { SpoolRoom } from "./spool-room.ts";

/** So much of answers that are done may be in memory; an honest client is served without the disk, as long as there are not many. */
const HELD_MOST = 16 * 2 ** 20;
/** Of all that there may be, for one of which nobody knows how long it will be: it may have no end. */
const PART_OF_ENDLESS = 1 / 16;
/** How long a measurement of what is free on the disk holds. */
const MEASURED_MS = 60_000;
/** How long a disk that has failed is left alone: at first, and when it has failed again and again. */
const REST_MS = { first: 10_000, most: 300_000 };

/** What is told of it: that it was wanted and is not there, that it takes no more, that it does again. */
export type SpoolWords = { missing: string; lost: string; again: string };

export const ANSWER_WORDS: SpoolWords = {
  missing: "answers wait in memory for slow clients",
  lost: "answers wait in memory for slow clients: the disk takes none of them",
  again: "answers wait on the disk for slow clients again",
};
export const BODY_WORDS: SpoolWords = {
  missing: "uploads wait at their clients for a worker",
  lost: "uploads wait at their clients for a worker: the disk takes none of them",
  again: "uploads wait on the disk for a worker again",
};

export type SpoolOptions = {
  words: SpoolWords;
  clock: Clock;
  log: Log;
  /** Bytes. */
  most: number;
  open: OpenSpool;
};

/** Nothing can wait on the disk. */
type DiskTrouble = { why: string; isTold: boolean; restMs: number; until: number };

export class Spool implements SpoolDiskOwner {
  readonly #options: SpoolOptions;
  /** Bytes in memory of answers that are done. */
  #held = 0;
  /** Takes answers. */
  #disk: SpoolDisk | undefined;
  /** Take nothing more, and are there as long as something in them is wanted. */
  readonly #retired = new Set<SpoolDisk>();
  #trouble: DiskTrouble | undefined;
  #isOpening = false;
  #openedAt = 0;
  /** How often the disk took no more, each time until it did again. */
  failures = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#open();
  }

  /** Bytes of the disk that answers have, or were promised. */
  get used(): number {
    return (this.#disk?.used ?? 0) + this.#usedBefore;
  }

  get #usedBefore(): number {
    if (this.#retired.size === 0) return 0;
    let used = 0;
    for (const disk of this.#retired) used += disk.used;
    return used;
  }

  /** There is some, for another answer. */
  get hasRoom(): boolean {
    return this.#disk?.hasRoom === true;
  }

  /** Room for so many bytes; undefined where there is none. */
  reserve(bytes: number): SpoolRoom | undefined {
    const blocks = Math.ceil(bytes / BLOCK_BYTES);
    return blocks > 0 ? this.#enter(blocks, blocks) : undefined;
  }

  /** Room for what is to come, as much as there is from time to time; undefined where there is none now. */
  reserveSome(): SpoolRoom | undefined {
    return this.#enter(0, Math.max(1, Math.floor((this.#options.most * PART_OF_ENDLESS) / BLOCK_BYTES)));
  }

  #enter(promised: number, most: number): SpoolRoom | undefined {
    const disk = this.#disk;
    if (!disk) return this.#lookAgain();
    if (disk.enter(promised)) return new SpoolRoom(disk, promised, most);
    this.#measureAgain(disk);
    return undefined;
  }

  /** There may be more room by now than there was when its file was opened. */
  #measureAgain(disk: SpoolDisk): void {
    const { clock, most } = this.#options;
    if (disk.bytes >= most - this.#usedBefore || clock.now() < this.#openedAt + MEASURED_MS) return;
    this.#retire(disk);
    this.#open();
  }

  #retire(disk: SpoolDisk): void {
    this.#disk = undefined;
    this.#retired.add(disk);
    disk.retire();
  }

  /** Somebody wants the disk. */
  #lookAgain(): undefined {
    const trouble = this.#trouble;
    if (!trouble) return;
    if (this.#options.clock.now() >= trouble.until) this.#open();
    else if (!trouble.isTold) this.#tell(trouble, "info", this.#options.words.missing);
  }

  #tell(trouble: DiskTrouble, level: "info" | "warn", what: string): void {
    trouble.isTold = true;
    this.failures++;
    this.#options.log[level](what, { why: trouble.why });
  }

  #open(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    const { clock, open, most } = this.#options;
    this.#openedAt = clock.now();
    open(most, this.#usedBefore)
      .then(
        ({ file, bytes }) => {
          this.#disk = new SpoolDisk(file, bytes, this);
        },
        (thrown) => void this.#rest(reasonOf(thrown)),
      )
      .finally(() => {
        this.#isOpening = false;
      });
  }

  #rest(why: string): DiskTrouble {
    const { first, most } = REST_MS;
    const restMs = this.#trouble ? Math.min(2 * this.#trouble.restMs, most) : first;
    const until = this.#options.clock.now() + restMs;
    this.#trouble = { why, isTold: this.#trouble?.isTold ?? false, restMs, until };
    return this.#trouble;
  }

  // ---- from the disk --------------------------------------------------------------------------------------

  onWritten(disk: SpoolDisk): void {
    const trouble = this.#trouble;
    if (!trouble || disk !== this.#disk) return;
    this.#trouble = undefined;
    if (trouble.isTold) this.#options.log.info(this.#options.words.again);
  }

  onFailed(disk: SpoolDisk, why: string): void {
    if (disk !== this.#disk) return;
    this.#retire(disk);
    const trouble = this.#rest(why);
    if (trouble.isTold) return;
    this.#tell(trouble, "warn", this.#options.words.lost);
  }

  onClosed(disk: SpoolDisk): void {
    this.#retired.delete(disk);
  }

  // ---- memory ---------------------------------------------------------------------------------------------

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
}
