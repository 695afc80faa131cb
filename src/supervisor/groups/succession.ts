// How soon a process follows one that was ready and has ended by itself. One that had served is replaced at once: a request
// that kills, or a kernel without memory, says nothing against its successor. What is bounded is how many a group gets in a
// time; the longer and longer rests of supervisor/child/policy are for those that end without ever having been of use.
import { type Clock, within } from "../../core/clock.ts";
import type { Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import type { SuccessionOf } from "../child/slot-setup.ts";
import type { Traffic } from "../traffic/traffic.ts";

/** One that has lived so long did not end because of its start, whether or not any front can tell what it did. */
const PROVEN_MS = 10_000;
/** Fronts tell within milliseconds what became of the requests on a worker that has ended; one that does not is stuck. */
const WORD_MS = 500;
/** At once, for each worker of the group. */
const BURST_PER_WORKER = 2;
/** And one more after each such time. */
const PERIOD_MS = 1_000;

export type SuccessionSetup = {
  clock: Clock;
  traffic: Traffic;
  /** How many workers the group is to have now. */
  wanted(): number;
};

export class Succession implements SuccessionOf<Slot> {
  readonly #setup: SuccessionSetup;
  readonly #allowance = new Allowance(PERIOD_MS);

  constructor(setup: SuccessionSetup) {
    this.#setup = setup;
  }

  /** How long its place has to wait for its turn, in milliseconds; undefined when it had not served, and has none. */
  async turnAfter(slot: Slot, run: Run): Promise<number | undefined> {
    const { clock, wanted } = this.#setup;
    if (!(await this.#hasServed(slot, run))) return undefined;
    return this.#allowance.take(clock.now(), BURST_PER_WORKER * Math.max(1, wanted()));
  }

  /** By age, and by the word of the fronts: a worker's own counts for nothing, since its app can speak for it. */
  async #hasServed(slot: Slot, run: Run): Promise<boolean> {
    const { clock, traffic } = this.#setup;
    if (clock.now() - (run.readyAtMs ?? clock.now()) >= PROVEN_MS) return true;
    if (traffic.hasAnswered(run.child?.pid)) return true;
    const farewell = await within(clock, WORD_MS, traffic.dismiss(slot), undefined);
    return farewell?.hasAnswered ?? false;
  }
}

/** How many may follow at once; after each period one more may. Whoever comes sooner waits for a turn of its own. */
export class Allowance {
  readonly #periodMs: number;
  /** Instant at which all that was taken is made up for. */
  #evenAtMs = Number.NEGATIVE_INFINITY;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Takes one; how long it is until it may be used. */
  take(nowMs: number, burst: number): number {
    const evenAtMs = Math.max(this.#evenAtMs, nowMs);
    this.#evenAtMs = evenAtMs + this.#periodMs;
    return Math.max(0, this.#evenAtMs - burst * this.#periodMs - nowMs);
  }
}
