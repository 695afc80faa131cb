// One record of each kind, for tests that need some.
import type { EndRecord, RefusedRequest, SlowRequest } from "../../src/control/records.ts";

const TOLD = { id: "r-1", method: "GET", path: "/", client: "192.0.2.7", group: "default", worker: 1 };

export const ENDED: EndRecord = {
  ...{ at: "2026-11-29T02:11:07.000Z", process: "worker 1", role: "worker", slot: 1, pid: 42 },
  ...{ reason: "crash", kind: "app_exit", how: "exit code 1", why: null, servedMs: 5, request: null },
  ...{ lostIds: [], lost: 0, stack: null, crash: null, lastWords: null },
};

export const REFUSED: RefusedRequest = {
  ...TOLD,
  ...{ at: "2026-11-29T02:11:07.000Z", cause: "queue_full", status: 503, afterMs: 20, why: null },
};

export const SLOW: SlowRequest = {
  ...{ ...TOLD, at: "2026-11-29T02:11:07.000Z", endedAt: null, ageMs: 2_500, phase: "app", front: 1 },
  ...{ times: { receive: 1, queue: 200, app: 2_299, body: null }, status: 0, cause: null, others: 2 },
};
