import { expect, test } from "bun:test";
import { Pauses } from "../../../src/supervisor/traffic/pauses.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function makePauses() {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const told: string[][] = [];
  const pauses = new Pauses(clock, log, (groups) => told.push([...groups]));
  return { clock, lines, told, pauses };
}

test("pauses: the fronts are told of the whole list at each change, and of nothing without one", () => {
  const { pauses, told } = makePauses();
  pauses.begin(["api"], 1_000);
  pauses.begin(["web"], 1_000);
  expect(pauses.end(["api", "slow"])).toEqual(["api"]);
  expect(pauses.end(["slow"])).toEqual([]);
  expect(told).toEqual([["api"], ["api", "web"], ["web"]]);
});

test("pauses: one ends by itself, and says so; one that is begun again has its whole time anew", () => {
  const { pauses, told, clock, lines } = makePauses();
  pauses.begin(["api"], 1_000);
  clock.advance(900);
  pauses.begin(["api"], 1_000);
  expect(pauses.endOf("api")).toBe(clock.now() + 1_000);
  clock.advance(999);
  expect(pauses.groups).toEqual(["api"]);
  clock.advance(1);
  expect(pauses.groups).toEqual([]);
  expect(told.at(-1)).toEqual([]);
  expect(lines).toMatchObject([{ level: "warn", fields: { group: "api", afterMs: 1_900 } }]);
});

test("pauses: a second one never shortens the first, and one that is called off leaves the first as it was", () => {
  const { pauses, clock } = makePauses();
  const endMs = clock.now() + 5_000;
  pauses.begin(["api", "web"], 5_000);
  pauses.begin(["web"], 1_000);
  const before = pauses.endsOf(["web", "slow"]);
  expect(before).toEqual(new Map([["web", endMs]]));
  pauses.begin(["web", "slow"], 60_000);
  pauses.callOff(["web", "slow"], before);
  expect(pauses.endOf("web")).toBe(endMs);
  expect(pauses.groups).toEqual(["api", "web"]);
  pauses.begin(["web"], 60_000);
  clock.advance(5_000);
  pauses.callOff(["web"], before);
  expect(pauses.groups).toEqual([]);
});

test("pauses: that one has run out is told once, and not after another has been begun", () => {
  const { pauses, clock } = makePauses();
  pauses.begin(["api", "web"], 1_000);
  pauses.begin(["slow"], 2_000);
  clock.advance(1_000);
  const overMs = clock.now();
  clock.advance(500);
  expect(pauses.takeRunOut(["web", "slow"])).toEqual(new Map([["web", overMs]]));
  expect(pauses.takeRunOut(["web", "slow"])).toEqual(new Map());
  pauses.begin(["api"], 1_000);
  expect(pauses.takeRunOut(["api"])).toEqual(new Map());
});

test("pauses: those of somebody else are followed: begun, carried on, ended, and over by themselves only when no word comes", () => {
  const { pauses, told, clock, lines } = makePauses();
  pauses.begin(["api"], 1_000);
  pauses.begin(["web"], 1_000);
  pauses.follow([
    { group: "api", forMs: 5_000 },
    { group: "slow", forMs: 2_000 },
  ]);
  expect(told.at(-1)).toEqual(["api", "slow"]);
  clock.advance(2_500);
  expect(pauses.groups).toEqual(["api", "slow"]);
  clock.advance(500);
  expect(pauses.groups).toEqual(["api"]);
  pauses.follow([]);
  expect([pauses.groups, told.at(-1)]).toEqual([[], []]);
  expect(lines.map(({ fields }) => fields?.group)).toEqual(["slow"]);
});

test("pauses: who listens as well hears of what is so now, and of each change, with the time that is left", () => {
  const { pauses, clock } = makePauses();
  const heard: object[] = [];
  pauses.begin(["api"], 1_000);
  clock.advance(400);
  pauses.addListener(() => heard.push(pauses.left));
  pauses.end(["api"]);
  expect(heard).toEqual([[{ group: "api", forMs: 600 }], []]);
});
