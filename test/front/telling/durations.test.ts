import { expect, test } from "bun:test";
import fc from "fast-check";
import { Durations } from "../../../src/front/telling/durations.ts";
import { BOUNDS_MS } from "../../../src/link/figures.ts";

test("durations: each value stands below the first bound that it does not pass, and all add up", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 20_000, noNaN: true })), (values) => {
      const histogram = new Durations();
      for (const value of values) histogram.observe(value);
      const { counts, sumMs } = histogram.read();
      let below = 0;
      BOUNDS_MS.forEach((bound, at) => {
        below += counts[at] as number;
        expect(below).toBe(values.filter((value) => value <= bound).length);
      });
      expect(counts).toHaveLength(BOUNDS_MS.length + 1);
      expect(sumMs).toBeCloseTo(
        values.reduce((sum, value) => sum + value, 0),
        3,
      );
      expect(histogram.isEmpty).toBe(values.length === 0);
    }),
  );
});

test("durations: the latest with a trace stands for its bucket, at its instant", () => {
  const durations = new Durations();
  expect(durations.read().exemplars).toBeUndefined();
  for (const [ms, trace, at] of [
    [3, "a", 100],
    [4, "b", 200],
    [30, "c", 300],
  ] as const) {
    durations.observe(ms);
    durations.mark(ms, trace, at);
  }
  expect(durations.read(1_000, 50_000).exemplars).toEqual([
    { bucket: BOUNDS_MS.indexOf(5), traceId: "b", ms: 4, wallMs: 49_200 },
    { bucket: BOUNDS_MS.indexOf(50), traceId: "c", ms: 30, wallMs: 49_300 },
  ]);
});
