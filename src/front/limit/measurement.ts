// Measures how soon a worker answers when there is no queue in it: for a short time it is given less, and less again, until that
// makes no difference. Pure.

export type LimitBounds = { least: number; most: number };

/** Each step of a measurement has this part of what was before it. */
const SHARE = 4;
/** A step is over after so long and so many answers, and twice as many as there may be at once; or after the most. */
const STEP_MS = 100;
const STEP_LEAST = 10;
const STEP_MOST = 100;
/** With so much less time for one there had been a queue in the worker, and there may be one still. */
const HAD_QUEUE = 0.6;
/** A measurement is over after so many usual times, whatever has come of it. */
const TIMES = 16;
const WITHIN_LEAST_MS = 500;
/** A worker that computes loses nothing by it; one that waits for something else does nothing meanwhile. */
const WITHIN_MOST_MS = { computes: 10_000, waits: 1_500 };

export class Measurement {
  readonly until: number;
  limit: number;
  /** The usual time in the last step that came to its end. */
  found: number | undefined;
  #usualMs: number;
  readonly #least: number;
  #times: number[] = [];
  /** Since when there is no more on the worker than there may be; undefined before. */
  #since: number | undefined;

  /** `most`: the limit before; `waiting`: what is on the worker. */
  constructor(
    now: number,
    usualMs: number,
    { least, most, waiting, computes }: LimitBounds & { waiting: number; computes: boolean },
  ) {
    const mostMs = computes ? WITHIN_MOST_MS.computes : WITHIN_MOST_MS.waits;
    this.until = now + Math.min(mostMs, Math.max(WITHIN_LEAST_MS, TIMES * usualMs));
    this.#usualMs = usualMs;
    this.#least = least;
    this.limit = most;
    this.#step(now, waiting);
  }

  /** A head has come. Returns whether that was the last one. */
  note(now: number, startedAt: number, waiting: number): boolean {
    if (now >= this.until) return true;
    if (this.#since === undefined) {
      if (waiting <= this.limit) this.#since = now;
      return false;
    }
    if (startedAt >= this.#since) this.#times.push(now - startedAt);
    const { length } = this.#times;
    const isEnough = length >= Math.max(STEP_LEAST, 2 * this.limit) && now - this.#since >= STEP_MS;
    return (isEnough || length >= STEP_MOST) && this.#endStep(now, waiting);
  }

  /** A few are better than none. */
  end(): void {
    if (this.#times.length > 0) this.found = middleOf(this.#times);
  }

  #endStep(now: number, waiting: number): boolean {
    const middle = middleOf(this.#times);
    const hadQueue = middle < this.#usualMs * HAD_QUEUE;
    this.found = middle;
    if (!hadQueue || this.limit <= this.#least) return true;
    this.#usualMs = middle;
    this.#step(now, waiting);
    return false;
  }

  #step(now: number, waiting: number): void {
    this.limit = Math.max(this.#least, Math.floor(this.limit / SHARE));
    this.#times = [];
    this.#since = waiting <= this.limit ? now : undefined;
  }
}

export function middleOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}
