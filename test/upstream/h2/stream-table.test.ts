import { expect, test } from "bun:test";
import fc from "fast-check";
import { StreamTable } from "../../../src/upstream/h2/stream-table.ts";

test("streams are found by their numbers, which only go up, whatever ends meanwhile", () => {
  // Each step: begin one, or end the one that stands there among those under way.
  const steps = fc.array(fc.oneof(fc.constant("begin" as const), fc.nat(300)), { maxLength: 900 });
  fc.assert(
    fc.property(steps, (run) => {
      const table = new StreamTable<{ id: number }>();
      const model = new Map<number, { id: number }>();
      let last = -1;
      for (const step of run) {
        if (step === "begin") {
          if (!table.hasRoom) continue;
          const stream = { id: 0 };
          table.add(stream);
          expect(stream.id % 2).toBe(1);
          expect(stream.id).toBeGreaterThan(last);
          last = stream.id;
          model.set(stream.id, stream);
        } else {
          const stream = [...model.values()][step % Math.max(model.size, 1)];
          if (!stream) continue;
          expect(table.delete(stream)).toBe(true);
          expect(table.delete(stream)).toBe(false);
          model.delete(stream.id);
        }
        expect(table.size).toBe(model.size);
      }
      expect(table.all()).toEqual([...model.values()]);
      for (let id = 1; id <= last; id += 2) expect(table.get(id)).toBe(model.get(id));
      expect(table.get(last + 2)).toBeUndefined();
      expect([0, 2, last + 2].some((id) => table.wasGiven(id))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("it has room for as many as a worker may be given at once, and no more than its places", () => {
  const table = new StreamTable<{ id: number }>();
  const old = { id: 0 };
  table.add(old);
  for (let i = 1; i < 256; i++) table.add({ id: 0 });
  expect(table.hasRoom).toBe(false);
  const [, second] = table.all();
  if (second) table.delete(second);
  const next = { id: 0 };
  table.add(next);
  // The number after the last one would stand in the place of the first, which is still under way.
  expect(next.id).toBe(256 * 2 + 3);
  expect(table.get(256 * 2 + 1)).toBeUndefined();
  expect(table.get(1)).toBe(old);
});
