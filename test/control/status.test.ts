import { expect, test } from "bun:test";
import {
  type GroupState,
  judgeGroup,
  judgeState,
  listTroubled,
  type ProcessState,
} from "../../src/control/status.ts";

const apps = (...words: GroupState[]) => words.map((state) => ({ kind: "app" as const, state }));

test.each([
  ["starting", [], "starting"],
  ["starting", ["serving"], "starting"],
  ["serving", ["serving", "crash loop"], "serving"],
  ["serving", ["asleep"], "serving"],
  ["serving", ["paused", "waiting"], "serving"],
  ["serving", ["waiting"], "waiting"],
  ["serving", ["starting"], "waiting"],
  ["serving", ["crash loop", "waiting"], "crash loop"],
  ["stopping", ["serving"], "stopping"],
  ["stopping", ["crash loop"], "stopping"],
] as const)("status: %s with groups %j is %s", (phase, groups, state) => {
  expect(judgeState(phase, apps(...groups))).toBe(state);
});

test("status: a service that runs does not make gw serve", () => {
  expect(judgeState("serving", [...apps("waiting"), { kind: "service", state: "serving" }])).toBe("waiting");
});

test.each([
  [["ready", "crash loop"], {}, "serving"],
  [["starting", "resting"], {}, "waiting"],
  [["starting"], { hasServed: false }, "starting"],
  [["draining"], {}, "waiting"],
  [["crash loop", "resting"], {}, "crash loop"],
  [[], {}, "asleep"],
  [["ready"], { isPaused: true }, "paused"],
  [[], { hasApp: false }, "files"],
  [[], { hasApp: false, isPaused: true, hasServed: false }, "files"],
] as const)("status: a group with workers %j, %j, is %s", (states, facts, state) => {
  const workers = states.map((word): { state: ProcessState } => ({ state: word }));
  expect(judgeGroup(workers, facts)).toBe(state);
});

test("status: groups in trouble are those whose requests are neither answered nor held on purpose", () => {
  expect(listTroubled(apps("serving", "crash loop", "asleep", "files", "paused", "waiting"))).toEqual(
    apps("crash loop", "waiting"),
  );
});
