import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatheredBytes } from "../../src/http/gathered-bytes.ts";

test("what was pushed is taken, in order and once, however it came", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 4090, maxLength: 4100 }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(piece)), (rounds) => {
      const gathered = new GatheredBytes();
      for (const pieces of rounds) {
        for (const one of pieces) gathered.push(one);
        const all = Buffer.concat(pieces);
        expect(gathered.size).toBe(all.length);
        expect(Buffer.from(gathered.take() ?? [])).toEqual(all);
        expect([gathered.size, gathered.take()]).toEqual([0, undefined]);
      }
    }),
  );
});

test("many small pieces are kept as few, which hold nothing of what they came with", () => {
  const gathered = new GatheredBytes();
  const read = new Uint8Array(65_536).fill(7);
  for (let at = 0; at < 10_000; at++) gathered.push(read.subarray(at, at + 1));
  const all = gathered.take();
  expect(all?.length).toBe(10_000);
  expect(all?.buffer).not.toBe(read.buffer);
});

test("what was thrown away is not there", () => {
  const gathered = new GatheredBytes();
  gathered.push(Uint8Array.of(1));
  gathered.push(Uint8Array.of(2));
  gathered.clear();
  gathered.push(Uint8Array.of(3));
  expect([...(gathered.take() ?? [])]).toEqual([3]);
});
