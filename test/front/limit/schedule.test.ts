import { expect, test } from "bun:test";
import fc from "fast-check";
import { scheduleFor } from "../../../src/front/limit/schedule.ts";

const jitterOf = (count: number) => Math.abs(Math.sin(count));

test("schedule: front ends that began at different instants measure at the same ones", () => {
  const wall = { wall: () => 1_700_000_000_000 };
  const at = (now: number) => scheduleFor(wall, jitterOf)(now, false) - now;
  expect(at(5)).toBe(at(77_777));
});

test("schedule: the next instant comes within one and a half times, and is never now", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.boolean(), fc.nat(1000), (wall, isEarly, jitter) => {
      const waits = scheduleFor({ wall: () => wall }, () => jitter / 1000)(1_000, isEarly) - 1_000;
      expect(waits).toBeGreaterThan(0);
      expect(waits).toBeLessThanOrEqual((isEarly ? 2_000 : 15_000) * 1.5);
    }),
  );
});

test("schedule: one after the other, at distances that differ", () => {
  let wall = 1_700_000_000_000;
  const next = scheduleFor({ wall: () => wall }, jitterOf);
  const waits = Array.from({ length: 20 }, () => {
    const ms = next(0, false);
    wall += ms;
    return Math.round(ms);
  });
  expect(new Set(waits).size).toBeGreaterThan(10);
  expect(waits.reduce((sum, ms) => sum + ms, 0) / 20).toBeCloseTo(15_000, -4);
});
