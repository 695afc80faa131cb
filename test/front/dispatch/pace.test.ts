import { expect, test } from "bun:test";
import { Pace } from "../../../src/front/dispatch/pace.ts";

/** Answers a tenth of a second apart, each of which took so long; the most that any of them is told to be longer than usual. */
function run(pace: Pace, fromMs: number, tookMs: readonly number[]): number {
  const longer = tookMs.map((ms, at) => pace.note(fromMs + at * 100, ms));
  return Math.max(...longer);
}

const seconds = (count: number, ms: number) => Array.from({ length: count * 10 }, () => ms);

test("pace: what has always taken so long is usual", () => {
  expect(run(new Pace(), 0, seconds(30, 700))).toBe(0);
});

test("pace: when the middle of all takes twice as long and more, it is told by how much", () => {
  const pace = new Pace();
  run(pace, 0, seconds(5, 20));
  expect(run(pace, 5_000, seconds(3, 39))).toBe(0);
  expect(run(pace, 8_000, seconds(3, 420))).toBe(400);
});

test("pace: some that are slow, among many that are not, count for nothing", () => {
  const pace = new Pace();
  const mixed = Array.from({ length: 100 }, (_, at) => (at % 3 === 0 ? 25_000 : 20));
  run(pace, 0, seconds(5, 20));
  expect(run(pace, 5_000, mixed)).toBe(0);
});

test("pace: a few answers say nothing, and what was usual a minute ago is forgotten", () => {
  const pace = new Pace();
  run(pace, 0, seconds(5, 20));
  for (let at = 0; at < 20; at++) expect(pace.note(10_000 + at * 200, 5_000)).toBe(0);
  run(pace, 20_000, seconds(70, 500));
  expect(run(pace, 90_000, seconds(5, 500))).toBe(0);
});
