import { expect, test } from "bun:test";
import fc from "fast-check";
import { allowedMs, type PaceRule, TimeAllowance } from "../../../src/front/visit/allowance.ts";

for (const [what, rule, bytes, ms] of [
  ["what there is at the start", { timeoutMs: 5000, maxTimeoutMs: 0, minRate: 500 }, 0, 5000],
  ["more for what has moved", { timeoutMs: 5000, maxTimeoutMs: 0, minRate: 500 }, 1000, 7000],
  ["no more than the most", { timeoutMs: 5000, maxTimeoutMs: 6000, minRate: 500 }, 1000, 6000],
  ["without a rate always the same", { timeoutMs: 5000, maxTimeoutMs: 0, minRate: 0 }, 1e9, 5000],
  ["without a time the most alone", { timeoutMs: 0, maxTimeoutMs: 6000, minRate: 500 }, 0, 6000],
  [
    "without any of them no end",
    { timeoutMs: 0, maxTimeoutMs: 0, minRate: 500 },
    0,
    Number.POSITIVE_INFINITY,
  ],
] as [string, PaceRule, number, number][])
  test(`allowance: ${what}`, () => expect(allowedMs(rule, bytes)).toBe(ms));

test("allowance: whoever is at least as fast as the rate is never late, and whoever is slower is at some time", () => {
  const cases = fc.record({
    minRate: fc.integer({ min: 1, max: 10_000 }),
    timeoutMs: fc.integer({ min: 1000, max: 60_000 }),
    percent: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(cases, ({ minRate, timeoutMs, percent }) => {
      const pace = new TimeAllowance({ minRate, timeoutMs, maxTimeoutMs: 0 });
      pace.wait(0);
      let isLate = false;
      // At 99 hundredths of the rate the time at the start lasts a hundred times as long.
      for (let second = 1; second <= 6100; second++) {
        pace.count((minRate * percent) / 100);
        isLate ||= pace.isOver(second * 1000);
      }
      expect(isLate).toBe(percent < 100);
    }),
    { numRuns: 40 },
  );
});

test("allowance: time counts only while the other side is waited for", () => {
  const pace = new TimeAllowance({ timeoutMs: 1000, maxTimeoutMs: 0, minRate: 0 });
  expect(pace.isOver(1e9)).toBe(false);
  pace.wait(0);
  pace.wait(500);
  pace.rest(600);
  pace.rest(5000);
  expect(pace.isOver(1e9)).toBe(false);
  pace.wait(10_000);
  expect([pace.isOver(10_400), pace.isOver(10_401)]).toEqual([false, true]);
});

test("allowance: how far behind somebody is, is the time beyond what the rate gives; faster, it is less than nothing, without a rate it is nothing", () => {
  const pace = new TimeAllowance({ minRate: 500, timeoutMs: 20_000, maxTimeoutMs: 0 });
  pace.wait(0);
  expect(pace.behindMs(3_000)).toBe(3_000);
  pace.count(1_000);
  expect(pace.behindMs(3_000)).toBe(1_000);
  pace.rest(3_000);
  pace.count(1_000);
  expect(pace.behindMs(60_000)).toBe(-1_000);
  const timeless = new TimeAllowance({ minRate: 0, timeoutMs: 20_000, maxTimeoutMs: 0 });
  timeless.wait(0);
  timeless.count(1_000_000);
  expect(timeless.behindMs(100)).toBe(0);
});
