import { expect, test } from "bun:test";
import fc from "fast-check";
import { BOUNDS_MS, quantileOf } from "../../src/link/figures.ts";

test("a quantile lies in the bucket where its rank falls", () => {
  const counts = fc.array(fc.nat(50), { minLength: BOUNDS_MS.length + 1, maxLength: BOUNDS_MS.length + 1 });
  fc.assert(
    fc.property(counts, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, part) => {
      const total = all.reduce((sum, count) => sum + count, 0);
      fc.pre(total > 0);
      const value = quantileOf(all, part);
      const atMost = all.filter((_, at) => (BOUNDS_MS[at - 1] ?? 0) < value).reduce((sum, n) => sum + n, 0);
      const below = all
        .filter((_, at) => (BOUNDS_MS[at] ?? Infinity) <= value)
        .reduce((sum, n) => sum + n, 0);
      expect(below).toBeLessThanOrEqual(total * part + 1e-6);
      if (value < (BOUNDS_MS.at(-1) ?? 0)) expect(atMost).toBeGreaterThanOrEqual(total * part - 1e-6);
    }),
  );
});
