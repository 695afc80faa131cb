// Looks at every process each second, whatever options are set, and hands on what the judge says of it. Observes; the
// decisions are supervisor/crew/judge's.

import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { OperatingSystem, Usage } from "../../os/operating-system.ts";
import { jitterOf } from "../child/policy.ts";
import type { Pulse, Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { Load } from "../traffic/load.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { judge, judgeDanger, judgePresence, type Observation, type Rules, type Verdict } from "./judge.ts";
import type { Place } from "./place.ts";

const LOOK_MS = 1_000;
/** A second is long for an app that takes memory. */
const MEMORY_LOOK_MS = 100;
/** A worker that has missed more than one heartbeat is stuck, or nearly so. */
const STILL_MS = 2_500;
/** So late a look can only be when this process itself did not run: nobody could have been heard meanwhile. */
const OWN_GAP_MS = 2_000;

export type Watched = {
  places: readonly Place[];
  onVerdict(place: Place, slot: Slot, verdict: Verdict): void;
  hasSocket?(slot: Slot): boolean;
};

export type WatchedWorkers = Watched & { traffic: Traffic };

export type WatchSetup = {
  clock: Clock;
  log: Log;
  os: Pick<OperatingSystem, "usageOf">;
  rules: Rules;
  workers?: WatchedWorkers;
  /** Front ends, and others of gw's own, of which nothing is asked but that they are there. */
  others?: Watched;
  /** Wants to know how each worker is. */
  evidence?: Pick<Evidence, "isKept" | "note"> | undefined;
};

type LastProgress = { requests: number; atMs: number };

/** How long a front end may be silent where no deadlock timeout ends it. */
const UNWATCHED_MS = 30_000;

export class Watch {
  readonly #setup: WatchSetup;
  readonly #lookMs: number;
  #timer: Timer | undefined;
  #lastLookMs = 0;
  #awakeSinceMs = 0;
  #isBlind = false;
  readonly #activities = new WeakMap<Run, LastProgress>();

  constructor(setup: WatchSetup) {
    this.#setup = setup;
    this.#lookMs = setup.rules.memoryLimitBytes > 0 ? MEMORY_LOOK_MS : LOOK_MS;
  }

  start(): void {
    this.#lastLookMs = this.#awakeSinceMs = this.#setup.clock.now();
    this.#sleep();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #sleep(): void {
    this.#timer = this.#setup.clock.after(this.#lookMs, () => this.#look());
  }

  #look(): void {
    const { clock, workers, others } = this.#setup;
    const now = clock.now();
    if (now - this.#lastLookMs > this.#lookMs + OWN_GAP_MS) this.#awakeSinceMs = now;
    this.#lastLookMs = now;
    for (const place of workers?.places ?? [])
      for (const slot of place.slots) if (workers) this.#judgeSlot(workers, place, slot, now);
    for (const place of others?.places ?? []) if (others) this.#judgeOther(others, place, now);
    this.#sleep();
  }

  #judgeSlot(workers: WatchedWorkers, place: Place, slot: Slot, now: number): void {
    const { run } = slot;
    if (!run || run.readyAtMs === undefined) return;
    const isHidden = workers.hasSocket?.(slot) === false;
    const seen = { ...this.#observe(workers.traffic, run, run.readyAtMs, now), isHidden };
    const { rules } = this.#setup;
    const isServing = slot === place.current && place.isWanted;
    const verdict = isServing ? judge(seen, rules) : judgeDanger(seen, rules);
    if (verdict) workers.onVerdict(place, slot, verdict);
  }

  #judgeOther(others: Watched, place: Place, now: number): void {
    const { current } = place;
    const { run } = current;
    if (!run || run.readyAtMs === undefined) return;
    const isHidden = place.isWanted && others.hasSocket?.(current) === false;
    const verdict = judgePresence({ silentMs: this.#silenceOf(run, now), isHidden }, this.#setup.rules);
    if (verdict) others.onVerdict(place, current, verdict);
  }

  /** A front end has been silent for twice as long as it may be: it could not be ended, or nobody ends it. */
  get hasLostFront(): boolean {
    const { clock, others, rules } = this.#setup;
    const mostMs = 2 * (rules.deadlockTimeoutMs || UNWATCHED_MS);
    const isLost = ({ current: { run } }: Place) =>
      run?.readyAtMs !== undefined && this.#silenceOf(run, clock.now()) > mostMs;
    return others?.places.some(isLost) ?? false;
  }

  #observe(traffic: Traffic, run: Run, readyAtMs: number, now: number): Observation {
    const { pulse } = run;
    const load = traffic.loadOf(run.child?.pid);
    const requests = Math.max(pulse.requests, load?.requests ?? 0);
    const active = Math.max(pulse.active, load?.active ?? 0);
    const silentMs = this.#silenceOf(run, now);
    run.usage = this.#measure(run);
    if (this.#setup.evidence?.isKept) this.#setup.evidence.note(run, run.usage);
    const ownAge = ownAgeOf(pulse, load);
    return {
      servedMs: now - readyAtMs,
      silentMs,
      active,
      ageSumMs: ownAge + (silentMs > STILL_MS ? silentMs * this.#stuckOn(pulse, requests) : 0),
      requests,
      idleMs: traffic.hasFronts ? (load?.idleMs ?? 0) : this.#idlenessOf(run, requests, active, now),
      ...run.usage,
      jitter: jitterOf(run.luck),
    };
  }

  /** Requests on a worker that has fallen silent: those that it spoke of, and those that were sent to it since. */
  #stuckOn({ active, requests: begun }: Pulse, requests: number): number {
    return Math.min(active + requests - begun, this.#setup.rules.concurrency);
  }

  #silenceOf(run: Run, now: number): number {
    return now - Math.max(run.pulse.atMs, this.#awakeSinceMs);
  }

  /** Where no front tells: since the number of its requests last changed. */
  #idlenessOf(run: Run, requests: number, active: number, now: number): number {
    const last = this.#activities.get(run);
    if (last && active === 0 && last.requests === requests) return now - last.atMs;
    this.#activities.set(run, { requests, atMs: now });
    return 0;
  }

  #measure(run: Run): Usage | undefined {
    const { memoryLimitBytes, cpuTimeLimitMs } = this.#setup.rules;
    const { child } = run;
    const isOfUse = memoryLimitBytes > 0 || cpuTimeLimitMs > 0 || this.#setup.evidence?.isKept === true;
    if (!child || !isOfUse) return undefined;
    const usage = this.#setup.os.usageOf(child.pid);
    if (usage.ok) return usage.value;
    this.#tellBlind(usage.reason);
    return undefined;
  }

  #tellBlind(why: string): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    this.#setup.log.warn("what workers use cannot be seen here; their limits are not watched", { why });
  }
}

/**
 * The time that the app itself has taken for its requests: not that in which clients sent their bodies. Where the worker has more requests than
 * the fronts know of, some of those that were answered or have left may be among them, with what their clients took.
 */
function ownAgeOf({ active, ageSumMs }: Pulse, load: Load | undefined): number {
  if (!load) return ageSumMs;
  const hasMore = active > load.active - load.streams;
  return Math.max(0, ageSumMs - load.bodyWaitMs - (hasMore ? load.pastBodyWaitMs : 0));
}
