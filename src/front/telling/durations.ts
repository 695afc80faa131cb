// One distribution of times, in plain numbers: an observation costs a few comparisons and allocates nothing.

import { BOUNDS_MS, type Distribution } from "../../link/figures.ts";

const LAST = BOUNDS_MS.length;

export class Durations {
  readonly #counts = new Float64Array(LAST + 1);
  #sumMs = 0;

  /** A bound itself belongs to what is below it. */
  observe(ms: number): void {
    let at = 0;
    while (at < LAST && ms > (BOUNDS_MS[at] as number)) at++;
    (this.#counts[at] as number)++;
    this.#sumMs += ms;
  }

  get isEmpty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  read(): Distribution {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }
}
