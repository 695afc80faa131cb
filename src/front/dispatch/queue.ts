// Requests that wait for a worker, first come first served, bounded in number and in time. Whoever waited too long,
// or has left, is never given to a worker afterwards.

import type { Clock, Timer } from "../../core/clock.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { Holder, Visit } from "../visit/visit.ts";

export type QueueOptions = {
  clock: Clock;
  most: number;
  queueTimeoutMs: number;
  connectTimeoutMs: number;
};

export type Next<W> = { visit: Visit; worker: W };

export class Queue implements Holder {
  readonly #options: QueueOptions;
  readonly #waiting: Visit[] = [];
  #timer: Timer | undefined;
  /** Instant at which the timer fires; no visit is due before. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Since when there is no worker at all; undefined while there is one. */
  #deserted: number | undefined;
  #paused = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Instant at which the first of those that wait for a worker began to; undefined when none waits. */
  get waitingSince(): number | undefined {
    let first: number | undefined;
    for (const { queuedAt } of this.#waiting) first = Math.min(first ?? queuedAt, queuedAt);
    return first;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#options.most;
  }

  /** The visit that is next; it stays until it is handed to somebody. */
  get first(): Visit | undefined {
    return this.#waiting[0];
  }

  /** The one that has waited longest of those that a worker is there for, or, with `isFirstOnly`, of all. It stays here. */
  next<W>(workerFor: (visit: Visit) => W | undefined, isFirstOnly: boolean): Next<W> | undefined {
    for (const visit of this.#waiting) {
      const worker = workerFor(visit);
      if (worker) return { visit, worker };
      if (isFirstOnly) return undefined;
    }
    return undefined;
  }

  /** New ones wait at the end, and one that was given to a worker before is first again. */
  take(visit: Visit): void {
    visit.queuedAt = this.#options.clock.now();
    if (visit.attempts > 0) this.#waiting.unshift(visit);
    else this.#waiting.push(visit);
    this.#arm(this.#dueAt(visit));
  }

  letGo(visit: Visit): void {
    visit.queuedMs += this.#options.clock.now() - visit.queuedAt;
    const at = this.#waiting.indexOf(visit);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** All that wait here share one timer of the queue's own. */
  onDue(): void {}

  /** Ends all that wait here, and what comes in their place. */
  empty(cause: Cause): void {
    for (let visit = this.first; visit; visit = this.first) visit.refuse(new GwError(cause));
  }

  /** Ends those of the waiting ones that are meant. */
  refuse(isMeant: (visit: Visit) => boolean, cause: Cause): void {
    for (const visit of this.#waiting.filter(isMeant))
      if (visit.isHeldBy(this)) visit.refuse(new GwError(cause));
  }

  /** There is no worker to wait for. */
  get isDeserted(): boolean {
    return this.#deserted !== undefined;
  }

  /** Tells whether any worker exists: without one, connect-timeout bounds the wait as well. */
  setDeserted(isDeserted: boolean): void {
    if (isDeserted === (this.#deserted !== undefined)) return;
    this.#deserted = isDeserted ? this.#options.clock.now() : undefined;
    this.#armForAll();
  }

  /** Tells whether nothing is to be run for now: then it is no worker's fault that requests wait. */
  setPaused(isPaused: boolean): void {
    if (isPaused === this.#paused) return;
    this.#paused = isPaused;
    if (isPaused) return;
    // The time that workers have to be there begins anew.
    if (this.#deserted !== undefined) this.#deserted = this.#options.clock.now();
    for (const visit of this.#waiting) visit.refusedAt = 0;
    this.#armForAll();
  }

  /** When the visit's wait ends. A visit may come after one that arrived later: its body was slower. */
  #dueAt(visit: Visit): number {
    return Math.min(visit.arrivedAt + this.#options.queueTimeoutMs, this.#desertedAt(visit));
  }

  /** When a visit has waited long enough for any worker to be there. */
  #desertedAt(visit: Visit): number {
    if (this.#deserted === undefined || this.#paused) return Number.POSITIVE_INFINITY;
    return Math.max(visit.arrivedAt, this.#deserted) + this.#options.connectTimeoutMs;
  }

  #causeOf(visit: Visit): Cause {
    if (this.#paused) return "paused";
    return this.#desertedAt(visit) < visit.arrivedAt + this.#options.queueTimeoutMs
      ? "no_worker"
      : "queue_timeout";
  }

  /** Has the timer fire at this instant, unless it fires before. */
  #arm(at: number): void {
    if (at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    const { clock } = this.#options;
    this.#timer = clock.after(at - clock.now(), () => this.#expire());
  }

  #armForAll(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const visit of this.#waiting) first = Math.min(first, this.#dueAt(visit));
    this.#arm(first);
  }

  #expire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.now();
    for (const visit of this.#waiting.filter((waiting) => this.#dueAt(waiting) <= now)) {
      // The end of one can give another to a worker.
      if (visit.isHeldBy(this)) visit.refuse(new GwError(this.#causeOf(visit)));
    }
    this.#armForAll();
  }
}
