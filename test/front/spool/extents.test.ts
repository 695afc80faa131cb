import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Extents } from "../../../src/front/spool/extents.ts";

const SIZE = 1_000;

describe("extents", () => {
  test("the first that is large enough is taken", () => {
    const extents = new Extents(SIZE);
    expect([extents.take(300), extents.take(300), extents.take(400), extents.take(1)]).toEqual([
      ...[0, 300, 600, undefined],
    ]);
    extents.give(300, 300);
    expect([extents.used, extents.take(301), extents.take(100)]).toEqual([700, undefined, 300]);
  });

  test("whatever is taken and given back, no two have the same byte, and nothing is lost", () => {
    const acts = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 400 })), { maxLength: 60 });
    fc.assert(
      fc.property(acts, (list) => {
        const extents = new Extents(SIZE);
        const taken: { at: number; length: number }[] = [];
        for (const [isTake, number] of list) {
          if (isTake) {
            const at = extents.take(number);
            if (at !== undefined) taken.push({ at, length: number });
            else expect(extents.free.every(({ length }) => length < number)).toBe(true);
          } else {
            const [one] = taken.splice(number % Math.max(1, taken.length), 1);
            if (one) extents.give(one.at, one.length);
          }
          const all = [...taken, ...extents.free].toSorted((a, b) => a.at - b.at);
          let end = 0;
          for (const { at, length } of all) {
            expect(at).toBe(end);
            end += length;
          }
          expect([end, extents.used]).toEqual([SIZE, taken.reduce((sum, { length }) => sum + length, 0)]);
        }
        for (const { at, length } of taken) extents.give(at, length);
        expect(extents.free).toEqual([{ at: 0, length: SIZE }]);
      }),
    );
  });
});
