// How gw was in the last ten minutes, a point for each few seconds: what the graphs of the status page are drawn from. Pure.

import type { History, HistoryPoint } from "../../control/picture.ts";
import { type Distribution, quantileOf } from "../../link/figures.ts";

export const STEP_MS = 5_000;
/** Ten minutes of them. */
const POINTS = 120;

/** What is seen at one moment. */
export type Glance = Pick<HistoryPoint, "capacity" | "queued" | "oldestMs">;

/** Counted since the start; none of it ever goes back, but where a process has taken its count with it. */
export type Totals = { requests: number; errors: number | null; latency: Distribution | undefined };

export class HistoryBook {
  readonly #points: HistoryPoint[] = [];
  #worst: Glance | undefined;
  #before: { atMs: number; totals: Totals } | undefined;

  /** Seen once a second: a short queue between two points is not missed. */
  glance({ capacity, queued, oldestMs }: Glance): void {
    const { capacity: used = null, queued: most = null, oldestMs: longest = null } = this.#worst ?? {};
    this.#worst = {
      capacity: larger(used, capacity),
      queued: larger(most, queued),
      oldestMs: larger(longest, oldestMs),
    };
  }

  /** The end of a step, at this wall time. Without one before there is nothing to compare with, and no point. */
  turn(atMs: number, totals: Totals): void {
    const { capacity = null, queued = null, oldestMs = null } = this.#worst ?? {};
    this.#worst = undefined;
    const before = this.#before;
    this.#before = { atMs, totals };
    if (!before || atMs <= before.atMs) return;
    const seconds = (atMs - before.atMs) / 1_000;
    const rate = (now: number, earlier: number) => Math.max(0, now - earlier) / seconds;
    this.#points.push({
      ...{ atMs, capacity, queued, oldestMs },
      requests: rate(totals.requests, before.totals.requests),
      errors: totals.errors === null ? null : rate(totals.errors, before.totals.errors ?? 0),
      latency: latencyOf(before.totals.latency, totals.latency),
    });
    if (this.#points.length > POINTS) this.#points.shift();
  }

  get history(): History {
    return { stepMs: STEP_MS, points: [...this.#points] };
  }
}

function larger(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function latencyOf(before: Distribution | undefined, now: Distribution | undefined): HistoryPoint["latency"] {
  if (!now) return null;
  const counts = now.counts.map((count, at) => Math.max(0, count - (before?.counts[at] ?? 0)));
  if (counts.every((count) => count === 0)) return null;
  return { p50: quantileOf(counts, 0.5), p95: quantileOf(counts, 0.95), p99: quantileOf(counts, 0.99) };
}
