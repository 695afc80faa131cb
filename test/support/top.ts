// What gw top is told, for tests of its screen.
import type { TopData } from "../../src/cli/top/top-state.ts";
import type { ActiveRequest } from "../../src/control/records.ts";
import type { WorkerStatus } from "../../src/control/status.ts";
import { GROUP, STATUS } from "./control-server.ts";

export const NOW_MS = Date.UTC(2026, 0, 2);

export const WORKER: WorkerStatus = {
  ...{
    slot: 1,
    concurrency: 100,
    pid: 5001,
    state: "ready",
    activeRequests: 3,
    streams: 0,
    receiving: 0,
    heldUp: 0,
    requestCount: 12_045,
    tunnels: 0,
  },
  ...{ isStalled: false, rssBytes: 85 * 2 ** 20, startedAt: "2026-01-01T20:59:50.000Z", generation: 1 },
  ...{ app: "/srv/app.ts", limits: { openFiles: 1024 } },
};

export const ACTIVE: ActiveRequest = {
  ...{ id: "r-1", method: "GET", path: "/slow", ageMs: 2_500, phase: "app", client: "192.0.2.7" },
  ...{ group: "default", worker: 1, front: 1 },
};

export function topData({
  workers = [WORKER, { ...WORKER, slot: 2, pid: 5002, activeRequests: 9 }],
  requests = [ACTIVE, { ...ACTIVE, id: "r-2", path: "/b", ageMs: 900, worker: 2 }],
}: {
  workers?: WorkerStatus[];
  requests?: ActiveRequest[];
} = {}): TopData {
  return {
    look: { atMs: NOW_MS, status: { ...STATUS, groups: [{ ...GROUP, workers }] }, samples: [] },
    rates: {
      ...{
        requests: 123.4,
        errors: 0.25,
        latency: { p50: 3, p95: 40, p99: 1_200 },
        capacity: 0.52,
        oldestMs: 0,
      },
      cpu: new Map([["worker 1", 0.5]]),
      lagMs: new Map([["worker 1", 12.4]]),
      workers: new Map([[5001, 61.5]]),
    },
    requests: { requests, total: requests.length },
    explained: undefined,
  };
}
