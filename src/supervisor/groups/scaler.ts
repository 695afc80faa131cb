// Watches the load of one group with a range of workers, and changes their number as supervisor/groups/scaling says.
import { type Clock, every, type Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Shortage } from "../../link/messages.ts";
import type { Place } from "../crew/place.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { type GroupLoad, mayGrow, mayShrink, WINDOW_MS } from "./scaling.ts";
import type { WorkerPool } from "./worker-pool.ts";

const LOOK_MS = 1_000;

export class Scaler {
  readonly #pool: WorkerPool;
  readonly #traffic: Traffic;
  readonly #tools: { clock: Clock; log: Log };
  #timer: Timer | undefined;
  /** The most requests at once since `sinceMs`. */
  #peak = 0;
  /** The most workers whose loops did not turn, at once; now, and since `sinceMs`. */
  #stalled = 0;
  #stalledPeak = 0;
  #sinceMs = 0;
  #lastActivityMs = 0;

  constructor(pool: WorkerPool, traffic: Traffic, tools: { clock: Clock; log: Log }) {
    this.#pool = pool;
    this.#traffic = traffic;
    this.#tools = tools;
  }

  start(): void {
    const { processes, embeddedMode } = this.#pool.group.settings;
    if (processes.min === processes.max || embeddedMode) return;
    this.#beginWindow();
    this.#lastActivityMs = this.#sinceMs;
    this.#timer = every(this.#tools.clock, LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Requests wait for a worker. */
  onPressure({ waitedMs, newest }: Shortage): void {
    if (!this.#timer) return;
    this.#lastActivityMs = this.#tools.clock.now();
    const load = this.#observe();
    this.#beginWindow();
    const { group } = this.#pool;
    // What waits may be led to the worker that the front end is only about to hear of.
    if (!mayGrow(load) || this.#traffic.newestOf(group.name) !== newest) return;
    this.#tools.log.info("a group gets one more worker", {
      group: group.name,
      workers: load.count + 1,
      waitedMs: Math.round(waitedMs),
    });
    this.#pool.grow();
  }

  /** How many of its workers compute, and hear nobody. */
  noteStalled(count: number): void {
    this.#stalled = count;
    this.#stalledPeak = Math.max(this.#stalledPeak, count);
  }

  #look(): void {
    const load = this.#observe();
    this.#peak = Math.max(this.#peak, load.active + load.queued);
    const { inactivityTimeout } = this.#pool.group.settings;
    const isLast = load.count === 1;
    const hasWaited = this.#tools.clock.now() - this.#sinceMs >= (inactivityTimeout || WINDOW_MS);
    if (!hasWaited && !isLast) return;
    const place = this.#leastBusy();
    if (place && mayShrink(load, this.#peak, inactivityTimeout)) this.#shrink(place, load.count - 1);
    if (hasWaited) this.#beginWindow();
  }

  #shrink(place: Place, workers: number): void {
    const why = workers === 0 ? "nothing to do" : "less to do";
    this.#tools.log.info("a group has one worker less", { group: this.#pool.group.name, workers, why });
    void this.#pool.shrink(place, "scale_down", why);
  }

  #beginWindow(): void {
    this.#peak = 0;
    this.#stalledPeak = this.#stalled;
    this.#sinceMs = this.#tools.clock.now();
  }

  #observe(): GroupLoad {
    const { livePlaces: places, group } = this.#pool;
    const { processes, concurrency } = group.settings;
    const now = this.#tools.clock.now();
    const loads = places.flatMap(({ current }) => this.#traffic.loadOf(current.pid) ?? []);
    const limits = loads.flatMap(({ limit }) => limit ?? []);
    const sum = (field: "active" | "tunnels") => loads.reduce((total, load) => total + load[field], 0);
    const idleMs = Math.min(now - this.#lastActivityMs, ...loads.map((load) => load.idleMs));
    return {
      ...processes,
      count: places.length,
      concurrency:
        limits.length > 0
          ? limits.reduce((total, limit) => total + limit, 0) / limits.length
          : concurrency.max,
      isStarting: places.some(({ current }) => current.state !== "ready"),
      queued: this.#traffic.queuedOf(group.name),
      active: sum("active"),
      tunnels: sum("tunnels"),
      stalledPeak: this.#stalledPeak,
      idleMs,
    };
  }

  /** The newest of those with the least on them; one that does not come up before all others. */
  #leastBusy(): Place | undefined {
    const busyness = ({ current }: Place) => {
      if (current.state !== "ready") return -1;
      const load = this.#traffic.loadOf(current.pid);
      return (load?.active ?? 0) + (load?.tunnels ?? 0);
    };
    return this.#pool.livePlaces.toReversed().toSorted((a, b) => busyness(a) - busyness(b))[0];
  }
}
