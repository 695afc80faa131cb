// Many deadlines of one and the same length, kept in the order in which they fall due, with one timer for all.
// Touching, adding and removing cost a few pointers, so that each read and write may do it.

import type { Clock, Timer } from "./clock.ts";

/** What can have a deadline; the fields belong to the Deadlines that it is in. */
export interface Due {
  dueAt: number;
  earlier: Due | undefined;
  later: Due | undefined;
  /** The list that it is in. */
  list: Deadlines | undefined;
  onDue(): void;
}

/** A deadline that is nothing else. */
export class Alarm implements Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly onDue: () => void;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }
}

export class Deadlines {
  #first: Due | undefined;
  #last: Due | undefined;
  #timer: Timer | undefined;
  readonly #clock: Clock;
  /** How long after its last touch an entry falls due. */
  readonly lengthMs: number;

  constructor(clock: Clock, lengthMs: number) {
    this.#clock = clock;
    this.lengthMs = lengthMs;
  }

  /** Starts the entry's time, or starts it anew; an entry of another list leaves that. */
  touch(entry: Due): void {
    entry.list?.remove(entry);
    entry.list = this;
    entry.dueAt = this.#clock.now() + this.lengthMs;
    entry.earlier = this.#last;
    if (this.#last) this.#last.later = entry;
    else this.#first = entry;
    this.#last = entry;
    // The timer is never moved for a touch: when it fires it looks for who is due, and sleeps on.
    if (!this.#timer) this.#arm(this.lengthMs);
  }

  /** Ends the entry's time; nothing happens when it has none here. */
  remove(entry: Due): void {
    if (entry.list === this) this.#unlink(entry);
  }

  /** Everything falls due now. */
  endAll(): void {
    for (let entry = this.#first; entry; entry = this.#first) {
      this.#unlink(entry);
      entry.onDue();
    }
  }

  /** Those that were touched at least so long ago fall due now. */
  endOlder(ms: number): void {
    const before = this.#clock.now() + this.lengthMs - ms;
    for (let entry = this.#first; entry && entry.dueAt <= before; entry = this.#first) {
      this.#unlink(entry);
      entry.onDue();
    }
  }

  #unlink(entry: Due): void {
    if (entry.earlier) entry.earlier.later = entry.later;
    else this.#first = entry.later;
    if (entry.later) entry.later.earlier = entry.earlier;
    else this.#last = entry.earlier;
    entry.earlier = entry.later = undefined;
    entry.dueAt = 0;
    entry.list = undefined;
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let entry = this.#first; entry && entry.dueAt <= now; entry = this.#first) {
      this.#unlink(entry);
      entry.onDue();
    }
    // An onDue may have touched something, and armed the timer with it.
    if (this.#first && !this.#timer) this.#arm(this.#first.dueAt - this.#clock.now());
  }
}
