import { expect, test } from "bun:test";
import fc from "fast-check";
import { StreamPlaces } from "../../../src/http/h2/stream-places.ts";

test("it holds what a map would hold, also where numbers lead to one place", () => {
  // Multiples of 512 lead to the same place.
  const id = fc.tuple(fc.nat(3), fc.nat(5)).map(([low, high]) => low * 2 + 1 + high * 512);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), id), { maxLength: 60 }), (steps) => {
      const places = new StreamPlaces<{ id: number }>();
      const map = new Map<number, { id: number }>();
      for (const [isAdded, at] of steps) {
        const known = map.get(at);
        if (isAdded && !known) {
          const stream = { id: at };
          places.add(stream);
          map.set(at, stream);
        } else if (!isAdded) {
          places.delete(known ?? { id: at });
          map.delete(at);
        }
        expect(places.size).toBe(map.size);
      }
      for (const [at, stream] of map) expect(places.get(at)).toBe(stream);
      expect(places.get(99_999)).toBeUndefined();
      expect(new Set(places.all())).toEqual(new Set(map.values()));
    }),
  );
});
