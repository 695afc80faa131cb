// Requests that wait for a worker, bounded in number and in time; in which order, and who makes way when there is no room,
// is said by lanes.ts. Whoever waited too long, or has left, is never given to a worker afterwards.

import type { Clock, Timer } from "../../core/clock.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { QueueOrder } from "../../link/setups.ts";
import type { Ending, Holder, Visit } from "../visit/visit.ts";
import { Lanes } from "./lanes.ts";
import { createLaneOf, type LaneOf } from "./priorities.ts";

export type QueueOptions = {
  clock: Clock;
  most: number;
  /** Absent: first come, first served. */
  order?: QueueOrder;
  queueTimeoutMs: number;
  connectTimeoutMs: number;
};

export type Next<W> = { visit: Visit; worker: W };

export class Queue implements Holder {
  readonly #options: QueueOptions;
  readonly #waiting: Lanes<Visit>;
  readonly #laneOf: LaneOf;
  #timer: Timer | undefined;
  /** Instant at which the timer fires; no visit is due before. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Since when there is no worker at all; undefined while there is one. */
  #deserted: number | undefined;
  #paused = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    const { clock, order } = options;
    const newestFirstMs = order?.newestFirstMs ?? Number.POSITIVE_INFINITY;
    this.#waiting = new Lanes((since) => clock.now() - since >= newestFirstMs);
    this.#laneOf = createLaneOf(order?.priorities);
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Instant at which the first of those that wait for a worker began to; undefined when none waits. */
  get waitingSince(): number | undefined {
    let first: number | undefined;
    for (const { queuedAt } of this.#waiting.all) first = Math.min(first ?? queuedAt, queuedAt);
    return first;
  }

  /** How long that one has waited; 0 when none does. */
  get oldestMs(): number {
    const { waitingSince } = this;
    return waitingSince === undefined ? 0 : this.#options.clock.now() - waitingSince;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#options.most;
  }

  /** The visit that is next; it stays until it is handed to somebody. */
  get first(): Visit | undefined {
    return this.#waiting.first;
  }

  /** The next one of those that a worker is there for, or, with `isFirstOnly`, of all. It stays here. */
  next<W>(workerFor: (visit: Visit) => W | undefined, isFirstOnly: boolean): Next<W> | undefined {
    if (!isFirstOnly) {
      const next = this.#waiting.find(workerFor);
      return next && { visit: next.one, worker: next.found };
    }
    const { first } = this;
    const worker = first && workerFor(first);
    return worker === undefined ? undefined : { visit: first as Visit, worker };
  }

  /** New ones come last, and one that was given to a worker before is next again. */
  take(visit: Visit): void {
    visit.queuedAt = this.#options.clock.now();
    visit.lane = this.#laneOf(visit.target);
    this.#waiting.add(visit, visit.attempts > 0);
    this.#arm(this.#dueAt(visit));
  }

  letGo(visit: Visit, ending: Ending | undefined): void {
    visit.queuedMs += this.#options.clock.now() - visit.queuedAt;
    this.#waiting.remove(visit, ending === undefined);
    visit.queuedAt = 0;
  }

  /** There is room for it, if need be because another one had to go; false: it is the one that cannot stay. */
  makeRoomFor({ target }: Visit): boolean {
    if (!this.isFull) return true;
    const victim = this.#waiting.victimFor(this.#laneOf(target), this.#options.most);
    victim?.refuse(new GwError("displaced"));
    return victim !== undefined;
  }

  /** All that wait here share one timer of the queue's own. */
  onDue(): void {}

  /** Ends all that wait here, and what comes in their place. */
  empty(cause: Cause): void {
    for (let visit = this.first; visit; visit = this.first) visit.refuse(new GwError(cause));
  }

  /** Ends those of the waiting ones that are meant. */
  refuse(isMeant: (visit: Visit) => boolean, cause: Cause): void {
    for (const visit of this.#waiting.all.filter(isMeant))
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
    for (const visit of this.#waiting.all) visit.refusedAt = 0;
    this.#armForAll();
  }

  /** When the visit's wait ends. */
  #dueAt(visit: Visit): number {
    return Math.min(sinceOf(visit) + this.#options.queueTimeoutMs, this.#desertedAt(visit));
  }

  /** When a visit has waited long enough for any worker to be there. */
  #desertedAt(visit: Visit): number {
    if (this.#deserted === undefined || this.#paused) return Number.POSITIVE_INFINITY;
    return Math.max(sinceOf(visit), this.#deserted) + this.#options.connectTimeoutMs;
  }

  #causeOf(visit: Visit): Cause {
    if (this.#paused) return "paused";
    return this.#desertedAt(visit) < sinceOf(visit) + this.#options.queueTimeoutMs
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
    for (const visit of this.#waiting.all) first = Math.min(first, this.#dueAt(visit));
    this.#arm(first);
  }

  #expire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.now();
    for (const visit of this.#waiting.all.filter((waiting) => this.#dueAt(waiting) <= now)) {
      // The end of one can give another to a worker.
      if (visit.isHeldBy(this)) visit.refuse(new GwError(this.#causeOf(visit)));
    }
    this.#armForAll();
  }
}

/** From when on its wait counts: while its body came, its client was waited for. */
function sinceOf({ arrivedAt, admittedAt, intake }: Visit): number {
  return intake ? Math.max(arrivedAt, admittedAt) : arrivedAt;
}
