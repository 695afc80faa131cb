// For how long workers have waited for the bodies of their requests: time that is the client's, not the app's. A request that was answered
// or has left takes that with it for a while, because its worker tells of it until it has told again, and of a handler that goes on
// without anybody who waits, until that ends.

/** Of one request; a stopwatch that may be told the same twice. */
export class BodyWait {
  #waitedMs = 0;
  #since: number | undefined;

  set(isWaiting: boolean, now: number): void {
    if (isWaiting) this.#since ??= now;
    else if (this.#since !== undefined) {
      this.#waitedMs += now - this.#since;
      this.#since = undefined;
    }
  }

  read(now: number): number {
    return this.#waitedMs + (this.#since === undefined ? 0 : now - this.#since);
  }
}

/** Of those that were answered or have left: forgotten no sooner than after this time, and no later than after twice as long. */
export class PastWaits {
  readonly #keepMs: number;
  #at = Number.NEGATIVE_INFINITY;
  #latestMs = 0;
  #earlierMs = 0;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(waitedMs: number, now: number): void {
    if (waitedMs <= 0) return;
    this.#turn(now);
    this.#latestMs += waitedMs;
  }

  read(now: number): number {
    this.#turn(now);
    return this.#latestMs + this.#earlierMs;
  }

  #turn(now: number): void {
    const sinceMs = now - this.#at;
    if (sinceMs < this.#keepMs) return;
    const isNext = sinceMs < 2 * this.#keepMs;
    this.#earlierMs = isNext ? this.#latestMs : 0;
    this.#latestMs = 0;
    this.#at = isNext ? this.#at + this.#keepMs : now;
  }
}
