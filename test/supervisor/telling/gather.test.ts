import { describe, expect, test } from "bun:test";
import type { Status } from "../../../src/control/status.ts";
import type { FrontStats } from "../../../src/link/messages.ts";
import { metricRow } from "../../../src/metrics/table.ts";
import { figuresOf, type WholeSeen } from "../../../src/supervisor/telling/gather.ts";
import { STATUS } from "../../support/control-server.ts";

const worker = {
  ...STATUS.groups[0]?.workers[0],
  tunnels: 2,
  concurrency: 10,
} as Status["groups"][0]["workers"][0];
const group = (changes: Partial<Status["groups"][0]>) =>
  ({ ...STATUS.groups[0], ...changes }) as Status["groups"][0];

const front = (changes: Partial<FrontStats["groups"][0]> = {}): FrontStats => ({
  queued: 0,
  groups: [{ name: "default", queued: 0, ...changes }],
  active: 3,
  requests: 0,
  connections: 5,
  errors: {},
  workers: [],
});

const SEEN: WholeSeen = {
  status: {
    ...STATUS,
    restarts: { crash: 2 },
    certificates: [{ file: "/a.pem", names: [], expiresAt: "2026-02-01T00:00:00.000Z" }],
    groups: [
      group({
        queueLength: 4,
        workers: [
          { ...worker, slot: 1, state: "ready" },
          { ...worker, slot: 2, state: "ready" },
          { ...worker, slot: 2, state: "draining" },
        ],
      }),
      group({ name: "service:mail", kind: "service", workers: [{ ...worker, slot: 3, state: "ready" }] }),
    ],
  },
  hasFronts: true,
  fronts: [front({ busy: 3, oldestMs: 1500 }), front({ busy: 2, oldestMs: 200 })],
  processes: [
    { role: "worker", slot: 1, pid: 1, rssBytes: 10, cpuMs: 1000, lagMs: 3 },
    { role: "worker", slot: 2, pid: 2, rssBytes: 20, cpuMs: 2000, lagMs: 9, heapBytes: 7 },
    { role: "worker", slot: 2, pid: 3, rssBytes: 5, cpuMs: 500, lagMs: 4 },
    { role: "supervisor", slot: 0, pid: 4, rssBytes: undefined, cpuMs: undefined, lagMs: undefined },
  ],
  startedWallMs: Date.UTC(2026, 0, 1),
};

const found = figuresOf(SEEN);
const value = (metric: string, ...labels: string[]) =>
  found.find((one) => one.metric === metric && one.labels.join() === labels.join())?.value;

test("figures of the whole: in embedded mode what only front ends know is not told, and not as nothing", () => {
  const told = figuresOf({ ...SEEN, hasFronts: false, fronts: [] }).map(({ metric }) => metric);
  expect(told).toContain("http_server_active_requests");
  expect(told).toContain("gw_workers");
  for (const unknown of ["gw_connections", "gw_queue_requests", "gw_queue_oldest_seconds", "gw_worker_slots"])
    expect(told).not.toContain(unknown);
  expect(told).not.toContain("gw_worker_utilization");
});

describe("figures of the whole", () => {
  test("requests, connections, restarts, certificates", () => {
    expect(value("http_server_active_requests")).toBe(6);
    expect(value("gw_connections")).toBe(10);
    expect(value("gw_process_restarts_total", "crash")).toBe(2);
    expect(value("gw_certificate_expiry_timestamp_seconds", "/a.pem")).toBe(Date.UTC(2026, 1, 1) / 1000);
  });

  test("when gw has started is one figure, however long it runs and however its clock is set", () => {
    const told = [0, 1, 59.6, 3600].map((uptimeSeconds) =>
      figuresOf({ ...SEEN, status: { ...SEEN.status, uptimeSeconds } }).find(
        ({ metric }) => metric === "gw_start_time_seconds",
      ),
    );
    expect(new Set(told.map((one) => one?.value))).toEqual(new Set([Date.UTC(2026, 0, 1) / 1000]));
  });

  test("the queue, and the capacity that is used of what is ready", () => {
    expect(value("gw_queue_requests", "default")).toBe(4);
    expect(value("gw_queue_oldest_seconds", "default")).toBe(1.5);
    expect(value("gw_worker_slots", "default")).toBe(20);
    expect(value("gw_worker_utilization", "default")).toBe(0.25);
    expect(value("gw_workers", "default", "ready")).toBe(2);
    expect(value("gw_workers", "default", "draining")).toBe(1);
    expect(value("gw_tunnels", "default")).toBe(6);
  });

  test("a service has workers, and no queue", () => {
    expect(value("gw_workers", "service:mail", "ready")).toBe(1);
    expect(value("gw_queue_requests", "service:mail")).toBeUndefined();
  });

  test("two processes of one slot are one series; what the system does not tell is none", () => {
    expect(value("gw_process_resident_memory_bytes", "worker", "2")).toBe(25);
    expect(value("gw_process_cpu_seconds_total", "worker", "2")).toBe(2.5);
    expect(value("gw_process_heap_bytes", "worker", "2")).toBe(7);
    expect(value("gw_event_loop_lag_seconds", "worker", "2")).toBe(0.009);
    expect(value("gw_process_resident_memory_bytes", "supervisor", "0")).toBeUndefined();
  });

  test("every series is one of the table, and none is there twice", () => {
    const wrong = found.filter(({ metric, labels }) => {
      const row = metricRow(metric);
      return row?.from !== "supervisor" || row.labels.length !== labels.length;
    });
    const keys = found.map(({ metric, labels }) => [metric, ...labels].join(" "));
    expect([wrong, keys.filter((key, at) => keys.indexOf(key) !== at)]).toEqual([[], []]);
  });
});
