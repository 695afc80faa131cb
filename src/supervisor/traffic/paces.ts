// What fronts cannot see that find by themselves how many requests a worker can have: by how much its loop comes too late, and what
// the other fronts have found. Each word of a worker is told once. A wrong one costs the worker requests and nothing else.

import { type Clock, every, type Timer } from "../../core/clock.ts";
import { HEARTBEAT_MS, type WorkerLoad } from "../../link/messages.ts";
import type { Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import type { Traffic } from "./traffic.ts";

/** Timers are never exact. */
const LEAST_MS = 5;
/** Between two measurements of one worker. */
const APART_MS = 2_000;

export type PacesSetup = {
  clock: Clock;
  traffic: Pick<Traffic, "stats" | "tellPaces">;
  /** Those that serve. */
  slots(): readonly Slot[];
};

export class Paces {
  readonly #setup: PacesSetup;
  /** When the word came that was told last. */
  readonly #told = new WeakMap<Run, number>();
  readonly #measuredAt = new WeakMap<Run, number>();
  #timer: Timer | undefined;

  constructor(setup: PacesSetup) {
    this.#setup = setup;
  }

  start(): void {
    this.#timer = every(this.#setup.clock, HEARTBEAT_MS, () => this.#tell());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #tell(): void {
    const { slots, traffic } = this.#setup;
    const paces = slots().flatMap((slot) => {
      const lagMs = this.#lagOf(slot.run);
      // A front that is alone has found it itself, and measures when it wants to.
      const loads = traffic.stats.size > 1 ? this.#loadsOf(slot.pid) : [];
      const freeMs = meanOf(loads.flatMap(({ freeMs: own }) => own ?? []));
      const measure = loads.some(({ wantsMeasuring }) => wantsMeasuring) && this.#mayMeasure(slot.run);
      if (lagMs === 0 && freeMs === undefined && !measure) return [];
      return {
        slot,
        lagMs,
        ...(freeMs !== undefined && { freeMs }),
        ...(measure && { measure: true as const }),
      };
    });
    traffic.tellPaces(paces);
  }

  #lagOf(run: Run | undefined): number {
    if (!run || this.#told.get(run) === run.pulse.atMs) return 0;
    const { atMs, lagMs } = run.pulse;
    this.#told.set(run, atMs);
    return lagMs >= LEAST_MS ? lagMs : 0;
  }

  /** Fronts say so until they next speak. */
  #mayMeasure(run: Run | undefined): boolean {
    const now = this.#setup.clock.now();
    if (!run || now - (this.#measuredAt.get(run) ?? Number.NEGATIVE_INFINITY) < APART_MS) return false;
    this.#measuredAt.set(run, now);
    return true;
  }

  #loadsOf(pid: number | undefined): WorkerLoad[] {
    return [...this.#setup.traffic.stats.values()].flatMap(({ workers }) =>
      workers.filter((load) => load.pid === pid),
    );
  }
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
