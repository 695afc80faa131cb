// How gw was in the last ten minutes, a point for each few seconds: what the graphs of the status page are drawn from. Pure.

import type { History, HistoryPoint } from "../../control/picture.ts";
import { type Distribution, quantileOf } from "../../link/figures.ts";

export const STEP_MS = 5_000;
/** Ten minutes of them. */
const POINTS = 120;

/** What is seen at one moment. */
export type Glance = Pick<HistoryPoint, "capacity" | "queued" | "oldestMs">;

/** Counted since the start; none of it ever goes back, but where a process has taken its count with it. */
export type Totals = { requests: number; errors: number; latency: Distribution | undefined };

export class HistoryBook {
  readonly #points: HistoryPoint[] = [];
  #worst: Glance | undefined;
  #before: { atMs: number; totals: Totals } | undefined;

  /** Seen once a second: a short queue between two points is not missed. */
  glance({ capacity, queued, oldestMs }: Glance): void {
    const { capacity: used = 0, queued: most = 0, oldestMs: longest = 0 } = this.#worst ?? {};
    this.#worst = {
      capacity: Math.max(used, capacity),
      queued: Math.max(most, queued),
      oldestMs: Math.max(longest, oldestMs),
    };
  }

  /** The end of a step, at this wall time. Without one before there is nothing to compare with, and no point. */
  turn(atMs: number, totals: Totals): void {
    const { capacity = 0, queued = 0, oldestMs = 0 } = this.#worst ?? {};
    this.#worst = undefined;
    const before = this.#before;
    this.#before = { atMs, totals };
    if (!before || atMs <= before.atMs) return;
    const seconds = (atMs - before.atMs) / 1_000;
    const rate = (field: "requests" | "errors") =>
      Math.max(0, totals[field] - before.totals[field]) / seconds;
    this.#points.push({
      ...{ atMs, capacity, queued, oldestMs },
      requests: rate("requests"),
      errors: rate("errors"),
      latency: latencyOf(before.totals.latency, totals.latency),
    });
    if (this.#points.length > POINTS) this.#points.shift();
  }

  get history(): History {
    return { stepMs: STEP_MS, points: [...this.#points] };
  }
}

function latencyOf(before: Distribution | undefined, now: Distribution | undefined): HistoryPoint["latency"] {
  if (!now) return null;
  const counts = now.counts.map((count, at) => Math.max(0, count - (before?.counts[at] ?? 0)));
  if (counts.every((count) => count === 0)) return null;
  return { p50: quantileOf(counts, 0.5), p95: quantileOf(counts, 0.95), p99: quantileOf(counts, 0.99) };
}
