import { expect, test } from "bun:test";
import {
  choose,
  REQUEST_ORDERS,
  requestCells,
  textOfRequest,
  textOfWorker,
  WORKER_ORDERS,
  workerCells,
  workerRowsOf,
} from "../../../src/cli/top/top-rows.ts";
import { ACTIVE, NOW_MS, topData, WORKER } from "../../support/top.ts";

const { look, rates } = topData();
const rows = workerRowsOf(look.status);
const wish = { order: undefined, isReversed: false, filter: "", rates };

test("rows: a worker's, with what is known of it, and what is not", () => {
  expect(workerCells({ ...WORKER, group: "api", kind: "app" }, rates, NOW_MS)).toEqual([
    ...["worker 1", "5001", { state: "ready" }, "3", "61.5", "50%", "85M", "12ms", "3 h 0 min", "api"],
  ]);
  const bare = {
    ...WORKER,
    slot: 9,
    pid: null,
    rssBytes: null,
    startedAt: null,
    isStalled: true,
    tunnels: 2,
  };
  expect(workerCells({ ...bare, group: "auth:default", kind: "auth" }, rates, NOW_MS)).toEqual([
    ...["auth 9", "-", { state: "computes" }, "3+2ws", "0.0", "-", "-", "-", "-", "auth:default"],
  ]);
});

test("rows: a request's", () => {
  expect(requestCells({ ...ACTIVE, worker: 0, phase: "queue" })).toEqual([
    ...["2.5 s", "queue", "-", "GET /slow", "192.0.2.7", "r-1"],
  ]);
});

test.each(WORKER_ORDERS.map((order) => [order.name, order] as const))(
  "rows: workers by %s",
  (name, order) => {
    const found = choose(rows, textOfWorker, { ...wish, order }).map(({ slot }) => slot);
    expect(found).toEqual(name === "active" ? [2, 1] : [1, 2]);
    const turned = choose(rows, textOfWorker, { ...wish, order, isReversed: true }).map(({ slot }) => slot);
    expect(turned).toEqual(found.toReversed());
  },
);

test.each(REQUEST_ORDERS.map((order) => [order.name, order] as const))(
  "rows: requests by %s",
  (name, order) => {
    const requests = [
      ACTIVE,
      { ...ACTIVE, id: "r-2", path: "/b", ageMs: 9_000, worker: 2, client: "x", phase: "body" as const },
    ];
    const ids = choose(requests, textOfRequest, { ...wish, order }).map(({ id }) => id);
    expect(ids).toEqual(name === "age" || name === "path" ? ["r-2", "r-1"] : ["r-1", "r-2"]);
  },
);

test("rows: a filter leaves what has it, whatever the case of its letters", () => {
  expect(choose(rows, textOfWorker, { ...wish, filter: "WORKER 2" }).map(({ slot }) => slot)).toEqual([2]);
  expect(choose([ACTIVE], textOfRequest, { ...wish, filter: "192.0.2" })).toHaveLength(1);
  expect(choose([ACTIVE], textOfRequest, { ...wish, filter: "nobody" })).toEqual([]);
});
