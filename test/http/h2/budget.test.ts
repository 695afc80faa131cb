import { expect, test } from "bun:test";
import { BUDGET_MS, Budget, CHATTER_MOST, FAULTS_MOST } from "../../../src/http/h2/budget.ts";

function setUp() {
  const state = { now: 0, sent: 0 };
  return Object.assign(state, {
    budget: new Budget(
      () => state.now,
      () => state.sent,
    ),
  });
}

const times = (count: number, act: () => void) => {
  for (let n = 0; n < count; n++) act();
};

test("chatter is bounded by what is useful beside it", () => {
  const { budget } = setUp();
  times(CHATTER_MOST, () => budget.noteChatter());
  expect(() => budget.noteChatter()).toThrow("ask for nothing");
  budget.noteUse();
  times(9, () => budget.noteChatter());
  expect(() => budget.noteChatter()).toThrow();
});

test("a long answer pays for the windows that it needs", () => {
  const set = setUp();
  set.sent = 100 * 1024;
  times(CHATTER_MOST + 1000, () => set.budget.noteChatter());
  expect(() => set.budget.noteChatter()).toThrow();
});

test("faults are bounded by the answers beside them", () => {
  const { budget } = setUp();
  times(50, () => budget.noteAnswer());
  times(FAULTS_MOST + 50, () => budget.noteFault());
  expect(() => budget.noteFault()).toThrow("taken back or refused");
});

test("all is counted anew when the time is over", () => {
  const set = setUp();
  times(CHATTER_MOST, () => set.budget.noteChatter());
  times(FAULTS_MOST, () => set.budget.noteFault());
  set.now = BUDGET_MS - 1;
  expect(() => set.budget.noteChatter()).toThrow();
  set.now = BUDGET_MS;
  set.budget.noteChatter();
  times(FAULTS_MOST, () => set.budget.noteFault());
  expect(() => set.budget.noteFault()).toThrow();
});
