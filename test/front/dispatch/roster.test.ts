import { expect, test } from "bun:test";
import { Roster } from "../../../src/front/dispatch/roster.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const BACKEND = { slot: 1, pid: 7, generation: 1, group: "default", socket: "/nowhere/1", token: "t" };

function makeRoster(given: { accepting?: boolean; capacity?: number } = {}) {
  const clock = new FakeClock();
  const roster = new Roster({ clock, log: captureLog().log, headerBufferBytes: 1024, onLost() {} });
  roster.set([{ ...BACKEND, accepting: true, capacity: 10, ...given }]);
  const state = roster.find(BACKEND.socket);
  if (!state) throw new Error("it is not on the list");
  return { clock, roster, state };
}

test("roster: the time until one that rests may be tried runs out at zero, and is never forgotten", () => {
  const { clock, roster, state } = makeRoster();
  state.restsUntil = clock.now() + 100;
  expect(roster.restMs).toBe(100);
  clock.advance(99);
  expect(roster.restMs).toBe(1);
  clock.advance(1);
  expect(roster.restMs).toBe(0);
  clock.advance(1000);
  expect(roster.restMs).toBe(0);
});

test.each([
  ["takes nothing more", { accepting: false }],
  ["is full", { capacity: 0 }],
])("roster: nobody waits for one that %s", (_what, given) => {
  const { roster, state } = makeRoster(given);
  state.restsUntil = 100;
  expect(roster.restMs).toBeUndefined();
});
