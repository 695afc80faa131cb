import { expect, test } from "bun:test";
import { BusyMeter } from "../../../src/front/limit/busy-meter.ts";

test("busy meter: the average of the last ten seconds, of what there is at the beginning", () => {
  const meter = new BusyMeter();
  expect(meter.average(0, 0)).toBe(0);
  expect(meter.average(1000, 500)).toBe(0.5);
  expect(meter.average(2000, 2500)).toBe(1.25);
  // Two requests at all times from here on: the beginning counts until ten seconds are over.
  for (let second = 3; second <= 12; second++) meter.average(second * 1000, 500 + 2000 * (second - 1));
  expect(meter.average(13_000, 24_500)).toBe(2);
});

test("busy meter: asked twice at one instant, it divides by nothing", () => {
  const meter = new BusyMeter();
  expect([meter.average(5, 3), meter.average(5, 3)]).toEqual([0, 0]);
});
