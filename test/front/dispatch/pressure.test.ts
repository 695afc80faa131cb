import { expect, test } from "bun:test";
import { Pressure } from "../../../src/front/dispatch/pressure.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WAIT_MS = 1000;

function setUp(waitMs = WAIT_MS) {
  const clock = new FakeClock();
  const told: [at: number, waitedMs: number][] = [];
  const state: { since: number | undefined } = { since: undefined };
  const pressure = new Pressure({
    clock,
    waitMs,
    waitingSince: () => state.since,
    tell: (waitedMs) => told.push([clock.now(), waitedMs]),
  });
  const wait = (hasWorkers: boolean) => {
    state.since = clock.now();
    pressure.begin(hasWorkers);
  };
  return { clock, told, state, pressure, wait };
}

test("pressure: without a worker it is told at once, and again for as long as someone waits", () => {
  const { clock, told, state, wait } = setUp();
  clock.advance(500);
  wait(false);
  expect(told).toEqual([[500, 0]]);
  clock.advance(2 * WAIT_MS);
  expect(told.slice(1)).toEqual([
    [1500, 1000],
    [2500, 2000],
  ]);
  state.since = undefined;
  clock.advance(5 * WAIT_MS);
  expect([told.length, clock.pending()]).toEqual([3, []]);
});

test("pressure: with workers it is told when the first of those that wait has waited too long", () => {
  const { clock, told, state, wait } = setUp();
  wait(true);
  clock.advance(400);
  // The first one is served; another one has waited since then.
  state.since = 400;
  clock.advance(999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual([[1400, 1000]]);
});

test("pressure: short waits are not told, however many there are", () => {
  const { clock, told, state, wait } = setUp();
  for (let n = 0; n < 100; n++) {
    wait(true);
    clock.advance(WAIT_MS - 1);
    state.since = undefined;
    expect(clock.pending().length).toBeLessThanOrEqual(1);
    clock.advance(1);
  }
  expect(told).toEqual([]);
});

test("pressure: when nobody is to be run, nothing is told", () => {
  const { clock, told, state, pressure } = setUp();
  pressure.begin(false);
  clock.advance(5 * WAIT_MS);
  expect([told, clock.pending()]).toEqual([[], []]);
  state.since = 0;
  pressure.begin(false);
  expect(told).toEqual([[5000, 5000]]);
  pressure.stop();
  expect(clock.pending()).toEqual([]);
});

test("pressure: a wait of nothing does not flood the supervisor", () => {
  const { clock, told, wait } = setUp(0);
  wait(true);
  clock.advance(1000);
  expect(told.length).toBe(20);
});
