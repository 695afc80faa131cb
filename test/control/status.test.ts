import { expect, test } from "bun:test";
import { judgeState, type ProcessState } from "../../src/control/status.ts";

const states = (...words: ProcessState[]) => words.map((state) => ({ state }));

test.each([
  ["starting", [], "starting"],
  ["starting", ["ready"], "starting"],
  ["serving", ["ready", "crash loop"], "serving"],
  ["serving", ["starting", "resting"], "waiting"],
  ["serving", ["draining"], "waiting"],
  ["serving", ["crash loop", "resting"], "crash loop"],
  ["stopping", ["ready"], "stopping"],
  ["stopping", ["crash loop"], "stopping"],
] as const)("status: %s with workers %j is %s", (phase, words, state) => {
  expect(judgeState(phase, states(...words))).toBe(state);
});
