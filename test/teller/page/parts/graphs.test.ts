import { expect, test } from "bun:test";
import fc from "fast-check";
import { drawBar, drawGraph } from "../../../../src/teller/page/parts/graphs.ts";

const graph = (series: (number | null)[][]) =>
  drawGraph({ label: "all", series, atLeast: 1, width: 120 }).text;

test("graphs: the newest is at the right edge, and a gap is one", () => {
  expect(graph([[0, 1, null, 1]])).toContain(
    '<path class="line line-1" d="M292.4 64.0L295.0 2.0M300.0 2.0h1"/>',
  );
  expect(graph([[]])).toContain('<path class="line line-1" d=""/>');
});

test("graphs: whatever was measured stays inside", () => {
  const values = fc.array(fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1e9, noNaN: true })), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(values, fc.boolean(), (series, isLogarithmic) => {
      const text = drawGraph({ label: "", series: [series], atLeast: 1, width: 120, isLogarithmic }).text;
      expect(text).not.toContain("NaN");
      const places = [...text.matchAll(/(-?\d+\.\d) (-?\d+\.\d)/g)].map(([, x, y]) => [Number(x), Number(y)]);
      for (const [x = 0, y = 0] of places)
        expect([x >= 0 && x <= 300, y >= 0 && y <= 64]).toEqual([true, true]);
    }),
  );
});

test("graphs: a bar says how much, and how grave that is", () => {
  expect(drawBar(0.4).text).toContain("bar-good");
  expect(drawBar(0.4).text).toContain('width="40"');
  expect([drawBar(0.8).text, drawBar(2).text].map((text) => /bar-(\w+)/.exec(text)?.[1])).toEqual([
    "warn",
    "bad",
  ]);
  expect(drawBar(2).text).toContain('class="part" width="100"');
});
