import { expect, test } from "bun:test";
import { ratesBetween, type TopLook } from "../../../src/cli/top/top-figures.ts";
import { BOUNDS_MS } from "../../../src/link/figures.ts";
import { GROUP, STATUS } from "../../support/control-server.ts";
import { WORKER } from "../../support/top.ts";

const counts = (given: Record<number, number>) => [...BOUNDS_MS, 0].map((_, at) => given[at] ?? 0);
const duration = (status: string, given: Record<number, number>) => ({
  metric: "http_server_request_duration_seconds",
  labels: { group: "default", method: "GET", status },
  value: { counts: counts(given), sumMs: 0 },
});
const of = (metric: string, role: string, slot: number, value: number) => ({
  metric,
  labels: { role, slot: String(slot) },
  value,
});

const look = (atMs: number, samples: TopLook["samples"], requestCount = 0): TopLook => ({
  atMs,
  status: { ...STATUS, groups: [{ ...GROUP, workers: [{ ...WORKER, requestCount }] }] },
  samples,
});

test("figures: rates are what was counted between two looks, in the time between them", () => {
  const before = look(
    1_000,
    [duration("2xx", { 0: 5 }), of("gw_process_cpu_seconds_total", "worker", 1, 1)],
    10,
  );
  const now = look(
    3_000,
    [
      duration("2xx", { 0: 5, 3: 90 }),
      duration("5xx", { 9: 10 }),
      of("gw_process_cpu_seconds_total", "worker", 1, 2),
      of("gw_process_cpu_seconds_total", "front", 1, 7),
      of("gw_event_loop_lag_seconds", "worker", 1, 0.25),
      { metric: "gw_worker_utilization", labels: { group: "a" }, value: 0.2 },
      { metric: "gw_worker_utilization", labels: { group: "b" }, value: 0.7 },
      { metric: "gw_queue_oldest_seconds", labels: { group: "b" }, value: 1.5 },
    ],
    40,
  );
  const rates = ratesBetween(before, now);
  expect(rates).toMatchObject({ requests: 50, errors: 5, capacity: 0.7, oldestMs: 1_500 });
  expect([...rates.cpu]).toEqual([
    ["worker 1", 0.5],
    ["front 1", 0],
  ]);
  expect([...rates.lagMs]).toEqual([["worker 1", 250]]);
  expect([...rates.workers]).toEqual([[5001, 15]]);
  expect(rates.latency?.p50).toBeWithin(BOUNDS_MS[2], BOUNDS_MS[3]);
  expect(rates.latency?.p95).toBeWithin(BOUNDS_MS[8], BOUNDS_MS[9]);
});

test("figures: where nothing was answered there is no latency; what began anew is nothing less than none", () => {
  const first = look(
    1_000,
    [duration("2xx", { 0: 9 }), of("gw_process_cpu_seconds_total", "worker", 1, 9)],
    99,
  );
  const after = look(
    2_000,
    [duration("2xx", { 0: 1 }), of("gw_process_cpu_seconds_total", "worker", 1, 1)],
    3,
  );
  const { requests, latency, cpu, workers } = ratesBetween(first, after);
  expect([requests, latency, [...cpu], [...workers]]).toEqual([0, null, [["worker 1", 0]], [[5001, 0]]]);
});

test("figures: in embedded mode requests are those that workers have begun, and nobody knows of the rest", () => {
  const alone = (one: TopLook) => ({ ...one, status: { ...one.status, fronts: [] } });
  const rates = ratesBetween(alone(look(0, [], 10)), alone(look(2_000, [], 30)));
  expect(rates).toMatchObject({ requests: 10, errors: null, capacity: null, latency: null });
});

test("figures: what is above all bounds is as much as the last of them", () => {
  const { latency } = ratesBetween(look(0, []), look(1_000, [duration("2xx", { [BOUNDS_MS.length]: 3 })]));
  expect(latency?.p99).toBe(BOUNDS_MS.at(-1) ?? 0);
});
