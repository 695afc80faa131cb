// What has the queue looked at again when no end of a request does: a worker that has rested, an answer that has begun, a
// measurement that is over.

import type { Clock, Timer } from "../../core/clock.ts";
import type { AdaptiveLimit } from "../limit/adaptive-limit.ts";
import type { Roster } from "./roster.ts";

export type WakeupsOptions = { clock: Clock; roster: Pick<Roster, "restMs">; look: () => void };

export class Wakeups {
  readonly #options: WakeupsOptions;
  #rest: Timer | undefined;
  #isAwaited = false;
  readonly #measurements = new Map<AdaptiveLimit, Timer>();

  constructor(options: WakeupsOptions) {
    this.#options = options;
  }

  /** Looks again when a resting worker may be tried. */
  watchResting(): void {
    if (this.#rest) return;
    const { clock, roster, look } = this.#options;
    const { restMs } = roster;
    if (restMs === undefined) return;
    this.#rest = clock.after(restMs, () => {
      this.#rest = undefined;
      look();
    });
  }

  /** An answer begins of a request that was given to a worker then; `isAwaited`: others wait. */
  noteHead(limit: AdaptiveLimit, now: number, startedAt: number, isAwaited: boolean): void {
    limit.noteHead(now, startedAt);
    if (limit.measuresUntil !== undefined) this.watchMeasuring(limit, now);
    if (!isAwaited || this.#isAwaited) return;
    this.#isAwaited = true;
    // Whoever reads this answer has not come to its end yet.
    queueMicrotask(() => {
      this.#isAwaited = false;
      this.#options.look();
    });
  }

  /** Ends its measurement when the time for it is over: what is measured may never be answered. */
  watchMeasuring(limit: AdaptiveLimit, now: number): void {
    if (limit.measuresUntil === undefined || this.#measurements.has(limit)) return;
    const { clock, look } = this.#options;
    const timer = clock.after(limit.measuresUntil - now, () => {
      this.#measurements.delete(limit);
      const { measuresUntil } = limit;
      if (measuresUntil === undefined) return;
      // It is another one by now.
      if (measuresUntil > clock.now()) return this.watchMeasuring(limit, clock.now());
      limit.endMeasuring(clock.now());
      look();
    });
    this.#measurements.set(limit, timer);
  }

  stop(): void {
    this.#rest?.cancel();
    for (const timer of this.#measurements.values()) timer.cancel();
    this.#measurements.clear();
  }
}
