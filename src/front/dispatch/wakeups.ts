// What has the queue looked at again when no end of a request does: a worker that has rested, an answer that has begun, a
// measurement that is over; and who is hurried because others wait.

import type { Clock, Timer } from "../../core/clock.ts";
import type { AdaptiveLimit } from "../limit/adaptive-limit.ts";
import type { Visit } from "../visit/visit.ts";
import type { Roster } from "./roster.ts";
import { SilentClients } from "./silent-clients.ts";

/** How often slow clients are looked at while others wait. */
const HURRY_MS = 500;

/** `waiting`: how many wait. */
export type WakeupsOptions = {
  clock: Clock;
  roster: Pick<Roster, "restMs" | "farBehind">;
  waiting: () => number;
  look: () => void;
};

export class Wakeups {
  readonly #options: WakeupsOptions;
  readonly silent: SilentClients;
  #rest: Timer | undefined;
  #isAwaited = false;
  #hurry: Timer | undefined;
  readonly #measurements = new Map<AdaptiveLimit, Timer>();

  constructor(options: WakeupsOptions) {
    this.#options = options;
    this.silent = new SilentClients(options.clock);
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
  noteHead(limit: AdaptiveLimit, { headAt: now, startedAt }: Visit, isAwaited: boolean): void {
    limit.noteHead(now, startedAt);
    if (limit.measuresUntil !== undefined) this.watchMeasuring(limit, now);
    if (isAwaited) this.lookSoon();
  }

  /** Looks when whoever has found out that there is room has come to its end. */
  lookSoon(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
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

  /** Somebody waits for a place: as long as anybody does, whoever sends a body far too slowly has had its time. */
  hurryClients(): void {
    const { clock, roster, waiting, look } = this.#options;
    this.#hurry ??= clock.after(HURRY_MS, () => {
      this.#hurry = undefined;
      for (const { visit } of roster.farBehind(waiting())) visit.onBodySlow();
      look();
      if (waiting() > 0) this.hurryClients();
    });
  }

  stop(): void {
    this.#rest?.cancel();
    this.#hurry?.cancel();
    for (const timer of this.#measurements.values()) timer.cancel();
    this.#measurements.clear();
  }
}
