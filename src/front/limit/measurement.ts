// Measures how soon a worker answers when there is no queue in it: for a short time it is given less, and less again, until that
// makes no difference. With several front ends there may be a queue even then, for each of them gives it one request. So it is given a
// little more after that: what the further ones cost tells what the first ones do. Pure.

export type LimitBounds = { least: number; most: number };

/** A time that is not known exactly; in milliseconds. */
export type Between = { least: number; most: number };

/** So many requests of one front end on the worker at once, and the usual time to a head with them. */
type StepTime = { count: number; ms: number };
type Occasion = LimitBounds & { waiting: number; fronts: number; computes: boolean };

/** Each step of a measurement has this part of what was before it; the one beside the last has so many times as much as that. */
const SHARE = 4;
const BESIDE = 3;
/** A step is over after so long and so many answers, and twice as many as there may be at once; or after the most. */
const STEP_MS = 100;
const STEP_LEAST = 10;
/** Of each of several front ends. */
const STEP_LEAST_EACH = 5;
const STEP_MOST = 100;
/** With three times as many none has waited for others where they take less than so many times as long, and each has where they take more. */
const QUEUED = { least: 2.3, most: 2.9 };
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
  /** The usual time for a request that is alone on the worker, after the last step that came to its end. */
  found: Between | undefined;
  #usualMs: number;
  readonly #least: number;
  readonly #fronts: number;
  /** The step with the least, once it is over. */
  #last: StepTime | undefined;
  #times: number[] = [];
  /** Since when there is no more on the worker than there may be; undefined before. */
  #since: number | undefined;

  /** `most`: the limit before; `waiting`: what is on the worker; `fronts`: how many do this at one time, each for itself. */
  constructor(now: number, usualMs: number, { least, most, waiting, fronts, computes }: Occasion) {
    const mostMs = computes ? WITHIN_MOST_MS.computes : WITHIN_MOST_MS.waits;
    this.until = now + Math.min(mostMs, Math.max(WITHIN_LEAST_MS, TIMES * usualMs));
    this.#usualMs = usualMs;
    this.#least = least;
    this.#fronts = fronts;
    this.limit = most;
    this.#step(now, waiting, Math.floor(most / SHARE));
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
    const least = this.#fronts > 1 ? STEP_LEAST_EACH : STEP_LEAST;
    const isEnough = length >= Math.max(least, 2 * this.limit) && now - this.#since >= STEP_MS;
    return (isEnough || length >= STEP_MOST) && this.#endStep(now, waiting);
  }

  /** A few are better than none. */
  end(): void {
    if (this.#times.length > 0) this.#take({ count: this.limit, ms: middleOf(this.#times) });
  }

  #endStep(now: number, waiting: number): boolean {
    const step = { count: this.limit, ms: middleOf(this.#times) };
    const hadQueue = step.ms < this.#usualMs * HAD_QUEUE;
    this.#take(step);
    if (this.#last) return true;
    if (hadQueue && this.limit > this.#least) {
      this.#usualMs = step.ms;
      this.#step(now, waiting, Math.floor(this.limit / SHARE));
      return false;
    }
    if (this.limit > this.#least || this.#onWorker(step) <= 1) return true;
    this.#last = step;
    this.#step(now, waiting, this.limit * BESIDE);
    return false;
  }

  #step(now: number, waiting: number, limit: number): void {
    this.limit = Math.max(this.#least, limit);
    this.#times = [];
    this.#since = waiting <= this.limit ? now : undefined;
  }

  /**
   * With the least that there may be, several may be on the worker still. As many times more of them take as many times longer where
   * they wait for each other, and then one that is alone takes its part of that; they take as long as before where none waits.
   */
  #take(step: StepTime): void {
    const last = this.#last ?? step;
    const least = last.ms / this.#onWorker(last);
    if (this.limit > this.#least && !this.#last) this.found = { least: last.ms, most: last.ms };
    else if (last === step) this.found = { least, most: last.ms };
    else {
      const queued = shareBetween(QUEUED, step.ms / Math.max(last.ms, 0.01));
      const alone = last.ms - queued * (last.ms - least);
      this.found = { least: alone, most: alone };
    }
  }

  /** Of all front ends. */
  #onWorker({ count }: StepTime): number {
    return count * this.#fronts;
  }
}

/** Where a value stands between two: from 0 to 1. */
function shareBetween({ least, most }: Between, value: number): number {
  return Math.min(1, Math.max(0, (value - least) / (most - least)));
}

export function middleOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}
