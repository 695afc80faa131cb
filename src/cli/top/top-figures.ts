// What `gw top` shows beside what gw tells itself: rates, from what was counted at two moments. Pure.
import type { MetricsTold } from "../../control/results.ts";
import type { Status, WorkerStatus } from "../../control/status.ts";
import { BOUNDS_MS, quantileOf } from "../../link/figures.ts";

/** One look at a running gw. `atMs`: wall time. */
export type TopLook = { atMs: number; status: Status; samples: MetricsTold["samples"] };

export type TopRates = {
  /** Answered per second, and of these by an error of the server; in embedded mode begun ones, and nobody knows of errors. */
  requests: number;
  errors: number | null;
  /** Milliseconds; null where nothing was answered. */
  latency: { p50: number; p95: number; p99: number } | null;
  /** The part of the capacity that is used, of the group that has the least left. */
  capacity: number | null;
  oldestMs: number;
  /** By role and slot: the part of one processor, and how late the loop is in milliseconds. */
  cpu: ReadonlyMap<string, number>;
  lagMs: ReadonlyMap<string, number>;
  /** By pid: requests per second. */
  workers: ReadonlyMap<number, number>;
};

export const placeOf = (role: "front" | "worker" | "auth", slot: number) =>
  `${role === "front" ? role : "worker"} ${slot}`;

export function ratesBetween(before: TopLook, now: TopLook): TopRates {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
  const counts = durationsOf(now).map((count, at) => Math.max(0, count - (durationsOf(before)[at] ?? 0)));
  const answered = counts.reduce((sum, count) => sum + count, 0);
  const errors = Math.max(0, errorsOf(now) - errorsOf(before));
  const cpuBefore = byPlace(before, "gw_process_cpu_seconds_total");
  const cpu = [...byPlace(now, "gw_process_cpu_seconds_total")].map(
    ([place, spent]) => [place, Math.max(0, spent - (cpuBefore.get(place) ?? spent)) / seconds] as const,
  );
  const workers = workerRates(before.status, now.status, seconds);
  const hasFronts = now.status.fronts.length > 0;
  const begun = [...workers.values()].reduce((sum, rate) => sum + rate, 0);
  return {
    requests: hasFronts ? answered / seconds : begun,
    errors: hasFronts ? errors / seconds : null,
    latency: answered === 0 ? null : percentilesOf(counts),
    capacity: hasFronts ? most(now, "gw_worker_utilization") : null,
    oldestMs: 1_000 * most(now, "gw_queue_oldest_seconds"),
    cpu: new Map(cpu),
    lagMs: new Map(
      [...byPlace(now, "gw_event_loop_lag_seconds")].map(([place, lag]) => [place, 1_000 * lag]),
    ),
    workers,
  };
}

function workerRates(before: Status, now: Status, seconds: number): Map<number, number> {
  const counted = new Map(workersOf(before).map(({ pid, requestCount }) => [pid, requestCount]));
  return new Map(
    workersOf(now).flatMap(({ pid, requestCount }) =>
      pid === null ? [] : [[pid, Math.max(0, requestCount - (counted.get(pid) ?? 0)) / seconds] as const],
    ),
  );
}

const workersOf = ({ groups }: Status): WorkerStatus[] => groups.flatMap(({ workers }) => workers);

const samplesOf = ({ samples }: TopLook, metric: string) => samples.filter((one) => one.metric === metric);

const REQUESTS = "http_server_request_duration_seconds";

/** Of all requests together: how many fell into each bucket. */
function durationsOf(look: TopLook): number[] {
  const sums = Array<number>(BOUNDS_MS.length + 1).fill(0);
  for (const { value } of samplesOf(look, REQUESTS)) {
    if (typeof value === "number") continue;
    for (const [at, count] of value.counts.entries()) sums[at] = (sums[at] ?? 0) + count;
  }
  return sums;
}

function errorsOf(look: TopLook): number {
  return samplesOf(look, REQUESTS)
    .filter(({ labels }) => labels.status === "5xx")
    .flatMap(({ value }) => (typeof value === "number" ? [] : value.counts))
    .reduce((sum, count) => sum + count, 0);
}

const percentilesOf = (counts: readonly number[]) => ({
  p50: quantileOf(counts, 0.5),
  p95: quantileOf(counts, 0.95),
  p99: quantileOf(counts, 0.99),
});

function most(look: TopLook, metric: string): number {
  return Math.max(0, ...samplesOf(look, metric).map(({ value }) => (typeof value === "number" ? value : 0)));
}

function byPlace(look: TopLook, metric: string): Map<string, number> {
  return new Map(
    samplesOf(look, metric).map(({ labels, value }) => [
      `${labels.role} ${labels.slot}`,
      typeof value === "number" ? value : 0,
    ]),
  );
}
