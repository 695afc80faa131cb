import { expect, test } from "bun:test";
import fc from "fast-check";
import { Running } from "../../../src/front/visit/running.ts";

const things = (count: number) => Array.from({ length: count }, (_, id) => ({ id, place: 0 }));

test("running: what is in it is walked as it is at that moment", () => {
  const running = new Running<{ id: number; place: number }>();
  const all = things(4);
  for (const one of all) running.add(one);
  for (const one of running) if (one !== all[1]) running.delete(one);
  expect([running.size, [...running]]).toEqual([1, [all[1]!]]);
});

test("running: added and taken out in any order it holds what a set would, and who is not in it takes nobody out", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (acts) => {
      const running = new Running<{ id: number; place: number }>();
      const all = things(5);
      const wanted = new Set<{ id: number; place: number }>();
      for (const n of acts) {
        const one = all[n % 5]!;
        if (n >= 5) expect(running.delete(one)).toBe(wanted.delete(one));
        else if (!wanted.has(one)) {
          running.add(one);
          wanted.add(one);
        }
        expect(new Set(running)).toEqual(wanted);
        expect(running.size).toBe(wanted.size);
      }
    }),
  );
});
