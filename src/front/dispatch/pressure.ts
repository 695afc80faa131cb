// When the supervisor is told that requests wait, so that it may start another worker: at once where there is no worker
// to wait for, else when the first of them has waited for that long, and again after each such time.

import type { Clock, Timer } from "../../core/clock.ts";

export type PressureOptions = {
  clock: Clock;
  waitMs: number;
  /** Since when the first of those that wait has waited; undefined when none waits, or when none is to be run. */
  waitingSince: () => number | undefined;
  tell: (waitedMs: number) => void;
};

/** Nobody starts a worker faster than that. */
const WAIT_LEAST_MS = 50;

export class Pressure {
  readonly #options: PressureOptions;
  #timer: Timer | undefined;

  constructor(options: PressureOptions) {
    this.#options = { ...options, waitMs: Math.max(options.waitMs, WAIT_LEAST_MS) };
  }

  /** A request waits, and nobody did before; or one may be run again. */
  begin(hasWorkers: boolean): void {
    const { waitingSince, tell, clock } = this.#options;
    const since = waitingSince();
    if (since === undefined) return;
    if (!hasWorkers) tell(Math.round(clock.now() - since));
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#timer) return;
    const { clock, waitMs, waitingSince } = this.#options;
    const since = waitingSince();
    if (since === undefined) return;
    const waitedMs = clock.now() - since;
    this.#timer = clock.after(waitedMs >= waitMs ? waitMs : waitMs - waitedMs, () => {
      this.#timer = undefined;
      this.#fire();
    });
  }

  #fire(): void {
    const { clock, waitMs, waitingSince, tell } = this.#options;
    const since = waitingSince();
    if (since !== undefined && clock.now() - since >= waitMs) tell(Math.round(clock.now() - since));
    this.#look();
  }
}
