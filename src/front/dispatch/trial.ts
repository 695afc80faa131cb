// While a new generation is tried out beside the one that serves: which of the two a request is for, and what becomes of the requests of
// each. Every front end comes to the same share by itself, and a request that has to wait is for the same one when it is looked at again.

import { BOUNDS_MS } from "../../link/figures.ts";
import type { TrialOrder } from "../../link/front-settings.ts";
import type { SideCounts, TrialCounts } from "../../link/front-stats.ts";
import type { Visit } from "../visit/visit.ts";
import { scoreOf, textScore } from "./sticky.ts";

/** Any number: a client's share of the trial is not to hang together with its worker's place. */
const TRIAL_SALT = 0x5bd1;

const noCounts = (): SideCounts => ({ ended: 0, failed: 0, heads: Array(BOUNDS_MS.length + 1).fill(0) });

export class Trial {
  readonly generation: number;
  readonly counts: TrialCounts = { old: noCounts(), new: noCounts() };
  readonly #below: number;

  constructor({ generation, percent }: TrialOrder) {
    this.generation = generation;
    this.#below = (percent / 100) * 2 ** 32;
  }

  /** Where clients stay on one worker each, one client is for one side; elsewhere each request by itself. */
  isForNew({ mark, id }: Visit): boolean {
    return scoreOf(mark ?? textScore(id), TRIAL_SALT) < this.#below;
  }

  sideOf(generation: number): SideCounts {
    return generation === this.generation ? this.counts.new : this.counts.old;
  }
}
