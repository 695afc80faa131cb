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
