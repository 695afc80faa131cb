// A generation that is tried out: what the front ends have counted of it and of the one that serves, until its time is over or
// something speaks against it. What is counted survives a front end that dies.

import type { TrialTold } from "../../control/status.ts";
import { type Clock, pause } from "../../core/clock.ts";
import { STATUS_GROUP, type TrialCounts } from "../../link/messages.ts";
import type { Slot } from "../child/slot.ts";
import { ALL_NEWS_MS, type Traffic } from "../traffic/traffic.ts";
import { addTrials, failsMore, isLater, type TrialBounds, tellSide } from "./verdict.ts";

/** What was asked for. */
export type TrialRequest = TrialBounds & { percent: number; watchMs: number };

/** Why what was tried out is not to take over. */
export class Objection extends Error {}

const LOOK_MS = 250;
const LATER_FOR_MS = 5_000;

export class TrialWatch {
  readonly #clock: Clock;
  readonly #traffic: Pick<Traffic, "stats" | "newsWithin">;
  readonly #request: TrialRequest;
  readonly #generation: number;
  readonly #untilMs: number;
  /** What each front end said last, and what those have counted that are there no more. */
  readonly #last = new Map<Slot, { pid: number | undefined; counts: TrialCounts }>();
  readonly #gone: TrialCounts[] = [];
  #laterSinceMs: number | undefined;
  #isStopped = false;

  constructor(
    generation: number,
    request: TrialRequest,
    traffic: Pick<Traffic, "stats" | "newsWithin">,
    clock: Clock,
  ) {
    this.#generation = generation;
    this.#request = request;
    this.#traffic = traffic;
    this.#clock = clock;
    this.#untilMs = clock.now() + request.watchMs;
  }

  /** Resolves when the time is over and nothing speaks against it; rejects as soon as something does. */
  async watch(): Promise<TrialTold> {
    while (this.#clock.now() < this.#untilMs) {
      if (this.#isStopped) return this.told;
      this.#look();
      await pause(this.#clock, Math.min(LOOK_MS, Math.max(1, this.#untilMs - this.#clock.now())));
    }
    await this.#traffic.newsWithin(ALL_NEWS_MS);
    this.#look(true);
    return this.told;
  }

  /** Nobody waits for its outcome any more. */
  stop(): void {
    this.#isStopped = true;
  }

  get told(): TrialTold {
    const { old, new: fresh } = this.#counts;
    return {
      generation: this.#generation,
      percent: this.#request.percent,
      leftMs: Math.max(0, Math.round(this.#untilMs - this.#clock.now())),
      old: tellSide(old),
      new: tellSide(fresh),
    };
  }

  #look(isLast = false): void {
    for (const [front, { groups }] of this.#traffic.stats) {
      const counts = groups.flatMap(({ name, trial }) => (trial && name !== STATUS_GROUP ? [trial] : []));
      if (counts.length > 0) this.#note(front, addTrials(counts));
    }
    const why = failsMore(this.#counts, this.#request) ?? this.#whyLater(isLast);
    if (why !== undefined) throw new Objection(why);
  }

  /** What has just been started is slow for a moment. */
  #whyLater(isLast: boolean): string | undefined {
    const why = isLater(this.#counts, this.#request);
    const now = this.#clock.now();
    this.#laterSinceMs = why === undefined ? undefined : (this.#laterSinceMs ?? now);
    return isLast || now - (this.#laterSinceMs ?? now) >= LATER_FOR_MS ? why : undefined;
  }

  #note(front: Slot, counts: TrialCounts): void {
    const before = this.#last.get(front);
    if (before && before.pid !== front.pid) this.#gone.push(before.counts);
    this.#last.set(front, { pid: front.pid, counts });
  }

  get #counts(): TrialCounts {
    return addTrials([...this.#gone, ...[...this.#last.values()].map(({ counts }) => counts)]);
  }
}
