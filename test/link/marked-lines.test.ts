import { expect, test } from "bun:test";
import fc from "fast-check";
import { markLine, markText, openingWithin, openMark, readMark } from "../../src/link/marked-lines.ts";

test("marked lines: the mark is taken off, and tells the request", () => {
  expect(readMark(`${markLine("t8ms-1")}hello`)).toEqual({ id: "t8ms-1", text: "hello", isOpening: false });
  expect(readMark("hello")).toEqual({ id: undefined, text: "hello", isOpening: false });
});

test("marked lines: of several the first one counts, and what is no mark stays", () => {
  expect(readMark(`${markLine("a-1")}${markLine("b-2")}x`)).toEqual({
    id: "a-1",
    text: "x",
    isOpening: false,
  });
  for (const odd of ["\x1eno end", "\x1e\x1fx", "\x1eA B\x1fx", `x${markLine("a-1")}`])
    expect(readMark(odd)).toEqual({ id: undefined, text: odd, isOpening: false });
});

test("marked lines: whatever an app prints, an id is letters, digits and hyphens", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(readMark(`\x1e${text}`).id ?? "a").toMatch(/^[0-9a-z-]{1,64}$/);
    }),
  );
});

test("marked lines: what is printed at once begins with a mark, also in the middle of a line, and ends with a line of its own", () => {
  expect(markText("a-1", "x\ny\n").split("\n")).toEqual([`${openMark("a-1")}x`, "y", "\x1e)\x1f", ""]);
  expect(readMark(`${openMark("a-1")}x`)).toEqual({ id: "a-1", text: "x", isOpening: true });
  expect(openingWithin(`left${openMark("a-1")}x`)).toBe(4);
  for (const whole of ["left", openMark("a-1"), `left${markLine("a-1")}x`])
    expect(openingWithin(whole)).toBe(0);
});
