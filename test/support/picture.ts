// What the supervisor tells of a gw that has seen a lot, for tests of the status page.
import type { History, Picture } from "../../src/control/picture.ts";
import type { ActiveRequest, EndRecord, Records } from "../../src/control/records.ts";
import type { WorkerStatus } from "../../src/control/status.ts";
import { GROUP, STATUS } from "./control-server.ts";

export const NOW_MS = Date.UTC(2026, 10, 29, 12, 0, 0);
const ago = (ms: number) => new Date(NOW_MS - ms).toISOString();

export function workerStatus(slot: number, changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    ...{
      slot,
      pid: 5_000 + slot,
      state: "ready",
      activeRequests: 3,
      streams: 0,
      receiving: 0,
      heldUp: 0,
      requestCount: 1_204,
      concurrency: 10,
    },
    ...{ tunnels: 0, isStalled: false, rssBytes: 61 * 2 ** 20, startedAt: ago(3_900_000), generation: 1 },
    ...{ app: "/srv/shop/app.ts", limits: { openFiles: 20_000 } },
    ...changes,
  };
}

export const END: EndRecord = {
  ...{ at: ago(120_000), process: "worker 1", role: "worker", slot: 1, pid: 4_900, reason: "crash" },
  ...{ kind: "uncaught_error", how: "exit code 1", why: null, servedMs: 65_000, lostIds: ["t8-1"], lost: 1 },
  request: { id: "t8-1", method: "GET", path: "/<b>cart", ageMs: 412 },
  ...{ stack: null, crash: null, lastWords: "TypeError: x is not a function" },
};

export const RECORDS: Records = {
  ends: [END],
  reloads: [
    {
      ...{ at: ago(60_000), by: "gw reload", outcome: "refused", generation: null, tookMs: 12 },
      ...{ reason: "The configuration is wrong", detail: "port: 99999" },
    },
  ],
  refusals: [{ cause: "queue_full", count: 12, firstAt: ago(300_000), lastAt: ago(30_000) }],
  refused: [
    {
      ...{ at: ago(30_000), id: "t8-9", cause: "queue_full", status: 503, method: "GET", path: "/search" },
      ...{ client: "192.0.2.7", group: "default", worker: 0, afterMs: 0, why: null },
    },
  ],
  slow: [
    {
      ...{ id: "t8-5", method: "POST", path: "/report", ageMs: 5_100, phase: "deliver", client: "192.0.2.8" },
      ...{ group: "default", worker: 2, front: 1, at: ago(90_000), endedAt: ago(84_900), status: 200 },
      ...{ cause: null, others: 3, times: { receive: 1, queue: 1_900, app: 3_100, body: 99 } },
    },
  ],
  spells: [{ kind: "queue", subject: "default", from: ago(200_000), until: ago(150_000), worst: 1_900 }],
};

export const NO_RECORDS: Records = { ends: [], reloads: [], refusals: [], refused: [], slow: [], spells: [] };

export function activeRequest(number: number, changes: Partial<ActiveRequest> = {}): ActiveRequest {
  return {
    ...{ id: `t8-${number}`, method: "GET", path: `/item/${number}`, ageMs: 20_000 - number, phase: "app" },
    ...{ client: "192.0.2.7", group: "default", worker: 1, front: 1 },
    ...changes,
  };
}

/** A wave over ten minutes. */
export function history(length = 120): History {
  const points = Array.from({ length }, (_, at) => {
    const wave = (1 + Math.sin(at / 9)) / 2;
    const latency = { p50: 3 + 4 * wave, p95: 20 + 60 * wave, p99: 60 + 500 * wave ** 3 };
    return {
      ...{
        atMs: NOW_MS - (length - 1 - at) * 5_000,
        capacity: wave * 0.8,
        queued: Math.round(wave ** 6 * 20),
      },
      ...{ oldestMs: wave ** 6 * 900, requests: 300 + 500 * wave, errors: at % 40 === 0 ? 2 : 0, latency },
    };
  });
  return { stepMs: 5_000, points };
}

export function picture({
  workers = 4,
  requests = 3,
  ...changes
}: Partial<Picture> & { workers?: number; requests?: number } = {}): Picture {
  const slots = Array.from({ length: workers }, (_, at) => at + 1);
  const listed = Array.from({ length: requests }, (_, at) => activeRequest(at + 1));
  const status = {
    ...STATUS,
    generations: [
      {
        ...{ number: 1, state: "serving" as const, startedAt: ago(3_900_000), apps: ["/srv/shop/app.ts"] },
        ...{ workers, activeRequests: requests, streams: 0, tunnels: 0 },
      },
    ],
    groups: [
      {
        ...GROUP,
        processes: { min: workers, max: workers, wanted: workers },
        workers: slots.map((slot) => workerStatus(slot)),
      },
    ],
    restarts: { crash: 1 },
  };
  return {
    ...{ atMs: NOW_MS, hasFronts: true, status },
    usages: [
      { role: "supervisor", slot: 0, pid: STATUS.pid, rssBytes: 70 * 2 ** 20, cpu: 0.01, lagMs: null },
      { role: "front", slot: 1, pid: 4_712, rssBytes: 80 * 2 ** 20, cpu: 0.31, lagMs: 1 },
      ...slots.map((slot) => ({
        ...{
          role: "worker" as const,
          slot,
          pid: 5_000 + slot,
          rssBytes: 61 * 2 ** 20,
          cpu: slot / 10,
          lagMs: slot,
        },
      })),
    ],
    loads: [{ group: "default", slots: 10 * workers, busy: 3 * workers, oldestMs: 0 }],
    history: history(),
    active: { requests: listed, total: requests },
    records: RECORDS,
    ...changes,
  };
}
