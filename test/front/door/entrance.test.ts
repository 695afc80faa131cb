import { expect, test } from "bun:test";
import fc from "fast-check";
import { findListeners } from "../../../ffi/socket.ts";
import { type Arrivals, Entrance, mostClients, ROW_MOST } from "../../../src/front/door/entrance.ts";
import { Gates } from "../../../src/front/door/gates.ts";
import { os } from "../../../src/os/os.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { eventually } from "../../support/gw.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

const TRIAL_MS = 20;

function setUp({ most = 3, refuses = undefined as string | undefined } = {}) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const presence: Arrivals = { accepted: 0, unaccepted: 0 };
  const turns: string[] = [];
  const turn = (what: string) => () => {
    if (refuses !== undefined) return { ok: false as const, reason: refuses };
    turns.push(what);
    return { ok: true as const };
  };
  const gate = { open: turn("open"), close: turn("close") };
  const later: (() => void)[] = [];
  const nextTurn = (act: () => void) => void later.push(act);
  const entrance = new Entrance({ gate, clock, log, most, look: () => ({ ...presence }), nextTurn });
  const endTurn = () => {
    for (const act of later.splice(0)) act();
  };
  const told = () => lines.map(({ level, fields }) => [level, fields.cause ?? fields.afterMs, fields.why]);
  return { clock, entrance, presence, turns, told, lines, endTurn };
}

test.each([
  [{ limit: 1024, inUse: 24 }, undefined, 468],
  [{ limit: 1024, inUse: 24 }, 100, 100],
  [{ limit: 1024, inUse: 24 }, 5000, 468],
  [{ limit: 64, inUse: 24 }, undefined, 15],
  [{ limit: 24, inUse: 24 }, undefined, 1],
  [{ limit: 0, inUse: 24 }, 10, 1],
  [{ limit: Number.POSITIVE_INFINITY, inUse: 24 }, undefined, 1_000_000],
  [{ limit: Number.POSITIVE_INFINITY, inUse: 24 }, 7, 7],
])("entrance: of %j and %p asked, %p clients", (descriptors, asked, most) => {
  expect(mostClients(descriptors, asked)).toBe(most);
});

test("entrance: each client that is let in finds a second descriptor, wherever two are there at all", () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.nat(500),
      fc.option(fc.integer({ min: 1, max: 200_000 })),
      (limit, inUse, asked) => {
        const most = mostClients({ limit, inUse }, asked ?? undefined);
        return (
          Number.isInteger(most) && (most === 1 || (inUse + 2 * most <= limit && most <= (asked ?? limit)))
        );
      },
    ),
  );
});

test("entrance: it closes with the last client that fits, and opens with the first that leaves", () => {
  const { entrance, turns } = setUp();
  for (const clients of [1, 2, 3]) entrance.count(clients);
  expect(turns).toEqual(["close"]);
  entrance.count(2);
  entrance.count(3);
  entrance.count(2);
  expect(turns).toEqual(["close", "open", "close", "open"]);
});

test("entrance: full and not full any more are told once each, however often it opened and closed between", () => {
  const { clock, entrance, told } = setUp();
  for (let turn = 0; turn < 100; turn++) {
    entrance.count(3);
    entrance.count(2);
    if (turn % 10 === 9) entrance.look(3);
    clock.advance(100);
  }
  expect(told()).toEqual([["warn", "too_many_clients", undefined]]);
  entrance.look(3);
  expect(told().slice(1)).toEqual([["info", 10_000, undefined]]);
  entrance.look(3);
  entrance.count(3);
  expect(told().slice(2)).toEqual([["warn", "too_many_clients", undefined]]);
});

test("entrance: a limit that is changed while it runs holds from the next look on", () => {
  const { entrance, turns } = setUp({ most: 10 });
  entrance.count(5);
  entrance.look(4);
  expect([entrance.most, turns]).toEqual([4, ["close"]]);
  entrance.look(8);
  expect([entrance.most, turns]).toEqual([8, ["close", "open"]]);
});

test("entrance: where nobody of those that wait is accepted, it closes, and tries again without turning round", () => {
  const { clock, entrance, presence, turns, told } = setUp();
  Object.assign(presence, { accepted: 1, unaccepted: 2 });
  entrance.look(3);
  clock.advance(TRIAL_MS);
  expect(turns).toEqual(["close"]);
  expect(told()).toEqual([["warn", "too_many_clients", "no descriptor is left"]]);
  entrance.look(3);
  clock.advance(TRIAL_MS);
  expect(turns).toEqual(["close", "open", "close"]);
  entrance.look(3);
  presence.accepted = 2;
  clock.advance(TRIAL_MS);
  entrance.look(3);
  clock.advance(TRIAL_MS - 1);
  presence.unaccepted = 0;
  clock.advance(1);
  entrance.look(3);
  expect(turns).toEqual(["close", "open", "close", "open"]);
  expect(told().slice(1)).toEqual([["info", 2 * TRIAL_MS, undefined]]);
});

test.each([
  ["they are accepted", { accepted: 2, unaccepted: 2 }],
  ["they are gone", { accepted: 1, unaccepted: 0 }],
  ["nobody can tell", { accepted: 1, unaccepted: undefined }],
])("entrance: some wait, and a moment later %s: it stays open", (_, later) => {
  const { clock, entrance, presence, turns } = setUp();
  Object.assign(presence, { accepted: 1, unaccepted: 2 });
  entrance.look(3);
  Object.assign(presence, later);
  clock.advance(TRIAL_MS);
  expect(turns).toEqual([]);
});

test("entrance: a gate that does not close is told of, and stays as it is", () => {
  const { entrance, told } = setUp({ refuses: "no" });
  entrance.count(3);
  entrance.count(2);
  expect(told()).toEqual([["warn", "too_many_clients", "no"]]);
});

test("entrance: at its end the listener is in its place, and stays there", () => {
  const { clock, entrance, presence, turns } = setUp();
  entrance.count(3);
  entrance.end();
  Object.assign(presence, { accepted: 1, unaccepted: 2 });
  entrance.count(5);
  entrance.look(3);
  clock.advance(TRIAL_MS);
  expect(turns).toEqual(["close", "open"]);
});

/** So many come, one after the other. */
function come(entrance: Entrance, from: number, to: number): void {
  for (let clients = from + 1; clients <= to; clients++) entrance.count(clients);
}

test("entrance: of many who come at once it lets in some, and the next when those have had their turn", () => {
  const { entrance, turns, told, endTurn } = setUp({ most: 1000 });
  come(entrance, 0, ROW_MOST - 1);
  endTurn();
  expect(turns).toEqual([]);
  come(entrance, 50, 50 + ROW_MOST);
  expect(turns).toEqual(["close"]);
  endTurn();
  expect(turns).toEqual(["close", "open"]);
  endTurn();
  // Each of them may be turned away before the next one comes.
  for (let n = 0; n < ROW_MOST; n++) {
    entrance.count(101);
    entrance.count(100);
  }
  expect(turns.slice(2)).toEqual(["close"]);
  entrance.end();
  expect(turns.slice(2)).toEqual(["close", "open"]);
  endTurn();
  expect([turns.length, told()]).toEqual([4, []]);
});

test("entrance: whoever comes and goes, a turn lets in no more than that, and behind it is open for those that fit", () => {
  const most = ROW_MOST + 10;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30, max: 60 }), { maxLength: 40 }), (steps) => {
      const { entrance, turns, endTurn } = setUp({ most });
      const isOpen = () => turns.at(-1) !== "close";
      let clients = 0;
      for (const step of steps) {
        let come = 0;
        // Leaves come first, as they may make room.
        for (let n = 0; n < -step && clients > 0; n++) entrance.count(--clients);
        for (; come < step && isOpen(); come++) entrance.count(++clients);
        if (come > ROW_MOST || clients > most) return false;
        endTurn();
        if (isOpen() !== clients < most) return false;
      }
      return true;
    }),
  );
});

testWith(ON_LINUX)("entrance: the runtime's own loop lets in so many at a time, and loses none", async () => {
  const clock = new FakeClock();
  const { log } = captureLog();
  const rows: number[] = [];
  let row = 0;
  const nextTurn = (act: () => void) =>
    void setImmediate(() => {
      rows.push(row);
      row = 0;
      act();
    });
  let entrance: Entrance | undefined;
  let clients = 0;
  const before = findListeners(os.ownDescriptors());
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: () => {
        row++;
        entrance?.count(++clients);
      },
      data() {},
    },
  });
  const after = findListeners(os.ownDescriptors());
  const gates = new Gates({
    own: (after.ok ? after.value : []).filter((fd) => !before.ok || !before.value.includes(fd)),
    shared: [],
    waits: false,
  });
  const look = () => ({ accepted: 0, unaccepted: 0 });
  entrance = new Entrance({ gate: gates, clock, log, most: 1000, look, nextTurn });
  // They come while this loop stands still, and wait in the kernel.
  const many = 3 * ROW_MOST + 5;
  const script = `
    const all = Array.from({ length: ${many} }, () => Bun.connect({ hostname: "127.0.0.1", port: ${server.port}, socket: { data() {} } }));
    for (const one of await Promise.all(all)) one.write("x");
    process.exit(0);`;
  expect(Bun.spawnSync([process.execPath, "-e", script]).exitCode).toBe(0);
  await eventually(() => clients === many && row === 0, "all are in");
  expect(rows).toEqual([ROW_MOST, ROW_MOST, ROW_MOST, 5]);
});
