import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  countForSuccessor,
  type GroupLoad,
  mayGrow,
  mayShrink,
} from "../../../src/supervisor/groups/scaling.ts";

const QUIET: GroupLoad = {
  count: 2,
  min: 1,
  max: 4,
  concurrency: 10,
  isStarting: false,
  queued: 0,
  active: 0,
  tunnels: 0,
  stalledPeak: 0,
  idleMs: 0,
};

test.each<[string, Partial<GroupLoad>, boolean]>([
  ["there is room", {}, true],
  ["as many as there may be", { count: 4 }, false],
  ["one is on its way", { isStarting: true }, false],
  ["none at all", { count: 0, min: 0 }, true],
])("scaling: %s", (_, given, grows) => {
  expect(mayGrow({ ...QUIET, ...given })).toBe(grows);
});

test.each<[string, Partial<GroupLoad>, number, number, boolean]>([
  ["half of one worker's places were enough", {}, 5, 0, true],
  ["one more, and it would have been tight", {}, 6, 0, false],
  ["one computes, and one less would compute as well", { stalledPeak: 1 }, 0, 0, false],
  ["one computes, and another one is left", { count: 3, stalledPeak: 1 }, 0, 0, true],
  ["as few as there may be", { count: 1 }, 0, 0, false],
  ["requests wait", { queued: 1 }, 0, 0, false],
  ["the last one, idle for long enough", { count: 1, min: 0, idleMs: 300 }, 0, 300, true],
  ["the last one, not idle for long enough", { count: 1, min: 0, idleMs: 299 }, 0, 300, false],
  ["the last one, with a WebSocket", { count: 1, min: 0, idleMs: 300, tunnels: 1 }, 0, 300, false],
  ["the last one, that is never to leave", { count: 1, min: 0, idleMs: 9_999 }, 0, 0, false],
])("scaling: fewer? %s", (_, given, peak, inactivityMs, shrinks) => {
  expect(mayShrink({ ...QUIET, ...given }, peak, inactivityMs)).toBe(shrinks);
});

test.each([
  ["a first generation", undefined, { min: 2, max: 2 }, 2],
  ["as it is", { wanted: 2, min: 2, max: 2 }, { min: 2, max: 2 }, 2],
  ["scaled by hand", { wanted: 5, min: 2, max: 2 }, { min: 2, max: 2 }, 5],
  ["another number in the configuration", { wanted: 5, min: 2, max: 2 }, { min: 3, max: 3 }, 3],
  ["grown with the load", { wanted: 6, min: 2, max: 8 }, { min: 2, max: 8 }, 6],
  ["that has only files", { wanted: 0, min: 0, max: 0 }, { min: 0, max: 0 }, 0],
  ["that has only files for the first time", { wanted: 2, min: 2, max: 2 }, { min: 0, max: 0 }, 0],
  ["asleep: one is started, to know whether it would", { wanted: 0, min: 0, max: 8 }, { min: 0, max: 8 }, 1],
])("scaling: a new generation of a group, %s", (_, present, processes, count) => {
  expect(countForSuccessor(present, processes)).toBe(count);
});

test("scaling: never outside of the range, and never without a worker", () => {
  const span = fc
    .tuple(fc.nat(8), fc.integer({ min: 1, max: 8 }))
    .map(([min, more]) => ({ min, max: min + more }));
  fc.assert(
    fc.property(span, fc.nat(20), (processes, wanted) => {
      const count = countForSuccessor({ ...processes, wanted }, processes);
      return count >= Math.max(1, processes.min) && count <= processes.max;
    }),
  );
});
