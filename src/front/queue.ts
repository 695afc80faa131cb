// Requests that wait for a worker, first come first served, bounded in number and in time. Whoever waited too long,
// or has left, is never given to a worker afterwards.

import type { Clock, Timer } from "../core/clock.ts";
import type { Cause } from "../core/errors.ts";
import type { Visit } from "./visit.ts";

export type QueueOptions = {
  clock: Clock;
  most: number;
  queueTimeoutMs: number;
  connectTimeoutMs: number;
  /** A visit's time is over; it is in the queue no more. */
  onExpired: (visit: Visit, cause: Cause) => void;
};

export class Queue {
  readonly #options: QueueOptions;
  #waiting: (Visit | undefined)[] = [];
  #head = 0;
  #length = 0;
  #timer: Timer | undefined;
  /** Since when there is no worker at all; undefined while there is one. */
  #deserted: number | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.#options.most;
  }

  /** Puts a visit at the end; `again` puts one that had been taken at the front. */
  push(visit: Visit, again = false): void {
    if (again) {
      if (this.#head > 0) this.#waiting[--this.#head] = visit;
      else this.#waiting.unshift(visit);
    } else this.#waiting.push(visit);
    this.#length++;
    if (again || this.#length === 1) this.#arm();
  }

  /** The visit that waited longest, or undefined. */
  shift(): Visit | undefined {
    while (this.#head < this.#waiting.length) {
      const visit = this.#waiting[this.#head];
      this.#waiting[this.#head++] = undefined;
      if (!visit) continue;
      this.#length--;
      this.#compact();
      return visit;
    }
    this.#compact();
    return undefined;
  }

  /** Tells whether any worker exists: without one, connect-timeout bounds the wait as well. */
  setDeserted(isDeserted: boolean): void {
    if (isDeserted === (this.#deserted !== undefined)) return;
    this.#deserted = isDeserted ? this.#options.clock.now() : undefined;
    this.#arm();
  }

  /** Takes a visit out: its client has left. */
  remove(visit: Visit): void {
    const at = this.#waiting.indexOf(visit, this.#head);
    if (at < 0) return;
    this.#waiting[at] = undefined;
    this.#length--;
  }

  #compact(): void {
    if (this.#head < 1024 && this.#head < this.#waiting.length) return;
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }

  /** When the visit's wait ends, and why. All visits have the same lengths, so the first in the queue is first due. */
  #dueOf(visit: Visit): { at: number; cause: Cause } {
    const { queueTimeoutMs, connectTimeoutMs } = this.#options;
    const queued = visit.arrivedAt + queueTimeoutMs;
    if (this.#deserted === undefined) return { at: queued, cause: "queue_timeout" };
    const deserted = Math.max(visit.arrivedAt, this.#deserted) + connectTimeoutMs;
    return deserted < queued ? { at: deserted, cause: "no_worker" } : { at: queued, cause: "queue_timeout" };
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const first = this.#peek();
    if (!first) return;
    this.#timer = this.#options.clock.after(this.#dueOf(first).at - this.#options.clock.now(), () =>
      this.#expire(),
    );
  }

  #peek(): Visit | undefined {
    while (this.#head < this.#waiting.length && !this.#waiting[this.#head]) this.#head++;
    return this.#waiting[this.#head];
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    for (let visit = this.#peek(); visit; visit = this.#peek()) {
      const due = this.#dueOf(visit);
      if (due.at > now) break;
      this.shift();
      this.#options.onExpired(visit, due.cause);
    }
    this.#arm();
  }
}
