import { describe, expect, test } from "bun:test";
import type { EndRecord } from "../../../src/control/records.ts";
import type { RefusedTold, SlowTold } from "../../../src/link/requests/requests.ts";
import { Chronicle } from "../../../src/supervisor/records/chronicle.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const START = Date.UTC(2026, 0, 1);
const at = (ms: number) => new Date(START + ms).toISOString();

const END: Omit<EndRecord, "at"> = {
  ...{ process: "worker 1", role: "worker", slot: 1, pid: 42, reason: "crash", kind: "app_exit" },
  ...{ how: "exit code 1", why: null, servedMs: 5, request: null, lostIds: [], lost: 0, stack: null },
  ...{ crash: null, lastWords: null },
};
const TOLD = {
  id: "r-1",
  method: "GET",
  path: "/",
  ageMs: 20,
  client: "192.0.2.7",
  group: "default",
  worker: 1,
};
const REFUSED: RefusedTold = { ...TOLD, cause: "queue_full", status: 503, agoMs: 300 };
const SLOW: SlowTold = {
  ...{ ...TOLD, ageMs: 2_000, phase: "app", isOver: false, status: 0, others: 0 },
  times: { receive: 0, queue: 0, app: 2_000, body: null },
};

function setUp() {
  const clock = new FakeClock();
  clock.advance(10_000);
  return { clock, chronicle: new Chronicle(clock) };
}

describe("chronicle: errors by cause", () => {
  test("what a front end has counted since it last told makes a stretch, which a pause of a minute ends", () => {
    const { clock, chronicle } = setUp();
    const front = {};
    chronicle.noteErrors(front, { queue_full: 2 });
    clock.advance(1_000);
    chronicle.noteErrors(front, { queue_full: 2, worker_died: 1 });
    clock.advance(1_000);
    chronicle.noteErrors(front, { queue_full: 5, worker_died: 1 });
    clock.advance(61_000);
    chronicle.noteErrors(front, { queue_full: 6, worker_died: 1 });
    expect(chronicle.records.refusals).toEqual([
      { cause: "queue_full", count: 5, firstAt: at(10_000), lastAt: at(12_000) },
      { cause: "worker_died", count: 1, firstAt: at(11_000), lastAt: at(11_000) },
      { cause: "queue_full", count: 1, firstAt: at(73_000), lastAt: at(73_000) },
    ]);
  });

  test("several front ends add up, and one that follows another begins from nothing", () => {
    const { chronicle } = setUp();
    chronicle.noteErrors({}, { queue_full: 2 });
    chronicle.noteErrors({}, { queue_full: 3 });
    expect(chronicle.records.refusals.map(({ count }) => count)).toEqual([5]);
  });

  test("a word that is no cause is none", () => {
    const { chronicle } = setUp();
    chronicle.noteErrors({}, { toString: 1, spaceship: 2 });
    expect(chronicle.records.refusals).toEqual([]);
  });
});

describe("chronicle: single requests", () => {
  test("stand at the instant at which they were refused, in the order of these", () => {
    const { chronicle } = setUp();
    chronicle.noteNotable(1, { refused: [REFUSED, { ...REFUSED, id: "r-0", agoMs: 900 }], slow: [] });
    expect(
      chronicle.records.refused.map(({ id, at: when, afterMs, why }) => [id, when, afterMs, why]),
    ).toEqual([
      ["r-0", at(9_100), 20, null],
      ["r-1", at(9_700), 20, null],
    ]);
  });

  test("of one cause the last hundred are kept, and the only one of another", () => {
    const { chronicle } = setUp();
    chronicle.noteNotable(1, { refused: [{ ...REFUSED, id: "rare", cause: "bug" }], slow: [] });
    for (let n = 0; n < 1_000; n++)
      chronicle.noteNotable(1, { refused: [{ ...REFUSED, id: `r-${n}`, agoMs: 0 }], slow: [] });
    const ids = chronicle.records.refused.map(({ id }) => id);
    expect([ids.length, ids[0], ids[1], ids.at(-1)]).toEqual([101, "rare", "r-900", "r-999"]);
  });

  test("a slow one is one, while it goes on and when it is over", () => {
    const { clock, chronicle } = setUp();
    chronicle.noteNotable(2, { refused: [], slow: [SLOW] });
    expect(chronicle.records.slow).toMatchObject([{ id: "r-1", at: at(8_000), endedAt: null, front: 2 }]);
    clock.advance(500);
    chronicle.noteNotable(2, { refused: [], slow: [{ ...SLOW, ageMs: 2_500, isOver: true, status: 200 }] });
    expect(chronicle.records.slow).toMatchObject([
      { id: "r-1", at: at(8_000), endedAt: at(10_500), status: 200, cause: null },
    ]);
  });

  test("of a front end that has ended nothing goes on", () => {
    const { chronicle } = setUp();
    chronicle.noteNotable(1, { refused: [], slow: [SLOW] });
    chronicle.noteNotable(2, { refused: [], slow: [{ ...SLOW, id: "r-2" }] });
    chronicle.endSlow(1);
    expect(chronicle.records.slow.map(({ id, endedAt }) => [id, endedAt])).toEqual([
      ["r-1", at(10_000)],
      ["r-2", null],
    ]);
  });

  test("of very many slow ones the newest are kept", () => {
    const { chronicle } = setUp();
    for (let n = 0; n < 500; n++)
      chronicle.noteNotable(1, { refused: [], slow: [{ ...SLOW, id: `r-${n}` }] });
    const { slow } = chronicle.records;
    expect([slow.length, slow.at(-1)?.id]).toEqual([200, "r-499"]);
  });
});

test("chronicle: ends are kept with their instants, the newest last, and so many at most", () => {
  const { clock, chronicle } = setUp();
  chronicle.noteEnd(END);
  clock.advance(5);
  for (let n = 0; n < 1_000; n++) chronicle.noteEnd({ ...END, pid: n });
  const { ends } = chronicle.records;
  expect([ends.length, ends.at(-1)?.pid, ends.at(-1)?.at]).toEqual([200, 999, at(10_005)]);
});

test("chronicle: so are reloads", () => {
  const { chronicle } = setUp();
  const reload = {
    by: "gw reload",
    outcome: "refused",
    generation: 2,
    tookMs: 5,
    reason: "no",
    detail: null,
  } as const;
  chronicle.noteReload(reload);
  expect(chronicle.records.reloads).toEqual([{ at: at(10_000), ...reload }]);
});
