import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "../../../src/supervisor/records/ring.ts";

test("ring: holds the last so many of whatever was added, in their order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer(), { maxLength: 60 }), (most, all) => {
      const ring = new Ring<number>(most);
      for (const one of all) ring.add(one);
      expect([ring.all, ring.last]).toEqual([all.slice(-most), all.at(-1)]);
    }),
  );
});
