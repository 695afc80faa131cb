// Looks at the whole each second, so that the status page can show the last ten minutes whenever somebody opens it.

import type { History, ProcessUsage } from "../../control/picture.ts";
import { type Clock, every, type Timer } from "../../core/clock.ts";
import type { Sums } from "../../metrics/sums.ts";
import type { Site } from "../generations/site.ts";
import { type SeenProcess, seeProcesses } from "./gather.ts";
import { HistoryBook, STEP_MS } from "./history.ts";
import { glanceAt, totalsOf, totalsOfWorkers } from "./loads.ts";
import { UsageMeter } from "./usage-meter.ts";

const LOOK_MS = 1_000;

export type TrendsSetup = { clock: Clock; site: Site; sums: Sums; pid: number };

export class Trends {
  readonly #setup: TrendsSetup;
  readonly #book = new HistoryBook();
  readonly #meter = new UsageMeter();
  #timer: Timer | undefined;
  #turnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(setup: TrendsSetup) {
    this.#setup = setup;
  }

  start(): void {
    this.#timer = every(this.#setup.clock, LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  get history(): History {
    return this.#book.history;
  }

  /** Of all processes, as they are now. */
  get usages(): ProcessUsage[] {
    return this.#meter.look(this.#seen, this.#setup.clock.now());
  }

  get #seen(): SeenProcess[] {
    return seeProcesses(this.#setup.site, this.#setup.pid);
  }

  #look(): void {
    const { clock, site, sums } = this.#setup;
    this.#book.glance(glanceAt(site));
    const now = clock.now();
    if (now - this.#turnedAtMs < STEP_MS - LOOK_MS / 2) return;
    this.#turnedAtMs = now;
    const hasFronts = site.hasBegun && site.tenure.fronts.traffic.hasFronts;
    this.#book.turn(clock.wall(), hasFronts ? totalsOf(sums.samples) : totalsOfWorkers(site));
    this.#meter.look(this.#seen, now);
  }
}
