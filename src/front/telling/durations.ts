// One distribution of times, in plain numbers: an observation costs a few comparisons and allocates nothing.

import { BOUNDS_MS, type Distribution, type Exemplar } from "../../link/figures.ts";

const LAST = BOUNDS_MS.length;

export class Durations {
  readonly #counts = new Float64Array(LAST + 1);
  #sumMs = 0;

  /** The latest of each bucket; none before the first one that has a trace. */
  #exemplars: Map<number, Omit<Exemplar, "bucket" | "wallMs"> & { at: number }> | undefined;

  /** A bound itself belongs to what is below it. */
  observe(ms: number): void {
    (this.#counts[bucketOf(ms)] as number)++;
    this.#sumMs += ms;
  }

  /** What was observed has a trace that can be looked at; it was over at this instant. */
  mark(ms: number, traceId: string, at: number): void {
    this.#exemplars ??= new Map();
    this.#exemplars.set(bucketOf(ms), { traceId, ms, at });
  }

  get isEmpty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  /** `now` and `wallMs` are the same instant. */
  read(now = 0, wallMs = 0): Distribution {
    const marked = [...(this.#exemplars ?? [])];
    const exemplars = marked.map(([bucket, { traceId, ms, at }]) => ({
      ...{ bucket, traceId, ms },
      wallMs: wallMs - (now - at),
    }));
    return {
      counts: [...this.#counts],
      sumMs: this.#sumMs,
      ...(exemplars.length > 0 && { exemplars }),
    };
  }
}

function bucketOf(ms: number): number {
  let at = 0;
  while (at < LAST && ms > (BOUNDS_MS[at] as number)) at++;
  return at;
}
