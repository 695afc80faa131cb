import { expect, test } from "bun:test";
import fc from "fast-check";
import { readRanges } from "../../../src/http/content/ranges.ts";

test.each([
  ["bytes=0-0", 1000, [[0, 1]]],
  ["bytes=0-", 1000, [[0, 1000]]],
  ["BYTES=10-19", 1000, [[10, 20]]],
  ["bytes=990-2000", 1000, [[990, 1000]]],
  ["bytes=-10", 1000, [[990, 1000]]],
  ["bytes=-2000", 1000, [[0, 1000]]],
  [
    "bytes= 0-0 , 500-509",
    1000,
    [
      [0, 1],
      [500, 510],
    ],
  ],
  [
    "bytes=500-509,0-0",
    1000,
    [
      [500, 510],
      [0, 1],
    ],
  ],
  ["bytes=0-9,5-19", 1000, [[0, 20]]],
  ["bytes=0-9,50-59", 1000, [[0, 60]]],
  ["bytes=0-9,500-509,5-505", 100_000, [[0, 510]]],
  ["bytes=0-9,2000-", 1000, [[0, 10]]],
  ["bytes=99999999999999999999-", 1000, "none"],
  ["bytes=1000-", 1000, "none"],
  ["bytes=1000-1001,2000-", 1000, "none"],
  ["bytes=-0", 1000, "none"],
  ["bytes=0-", 0, "none"],
  ["bytes=-5", 0, undefined],
  ["bytes=5-4", 1000, undefined],
  ["bytes=", 1000, undefined],
  ["bytes=a-b", 1000, undefined],
  ["bytes=-", 1000, undefined],
  ["bytes=1", 1000, undefined],
  ["bytes=0-0,", 1000, undefined],
  ["bytes=0-0;1-1", 1000, undefined],
  ["items=0-0", 1000, undefined],
  ["bytes 0-0", 1000, undefined],
  ["bytes=0-,0-,0-", 1000, undefined],
  [`bytes=${Array.from({ length: 33 }, (_, i) => `${i * 1000}-${i * 1000}`).join(",")}`, 10 ** 6, undefined],
] as const)("%s of %d bytes", (text, size, expected) => {
  const found = readRanges(text, size);
  const pairs = typeof found === "object" ? found.map(({ start, end }) => [start, end]) : found;
  expect(pairs as unknown).toEqual(expected as unknown);
});

test("whatever is asked for, no byte is sent twice, none that there is not, and never more than the file", () => {
  const spec = fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => `${a}-${a + b}`);
  const size = fc.nat(400);
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 40 }), size, (specs, bytes) => {
      const found = readRanges(`bytes=${specs.join(",")}`, bytes);
      if (typeof found !== "object") return;
      const sent = found.toSorted((a, b) => a.start - b.start);
      for (const [at, { start, end }] of sent.entries()) {
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(bytes);
        expect(start).toBeGreaterThanOrEqual(sent[at - 1]?.end ?? 0);
      }
    }),
  );
});
