import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Arrivals, Entrance, mostClients } from "../../../src/front/door/entrance.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

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
  const entrance = new Entrance({ gate, clock, log, most, look: () => ({ ...presence }) });
  const told = () => lines.map(({ level, fields }) => [level, fields.cause ?? fields.afterMs, fields.why]);
  return { clock, entrance, presence, turns, told, lines };
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
