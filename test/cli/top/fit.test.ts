import { expect, test } from "bun:test";
import fc from "fast-check";
import { fit, widthOf } from "../../../src/cli/top/fit.ts";

test.each([
  ["abc", 5, "abc  "],
  ["abcdef", 5, "abcd…"],
  ["漢字漢字", 5, "漢字…"],
  ["漢字漢", 4, "漢… "],
  ["abc", 0, ""],
])("fit: %s into %i", (text, width, fitted) => expect(fit(text, width)).toBe(fitted));

test("fit: colours cost no room, and do not run out over what is cut", () => {
  expect(fit("\x1b[1mabc\x1b[0m", 4)).toBe("\x1b[1mabc\x1b[0m ");
  expect(fit("\x1b[1mabcdef\x1b[0m", 4)).toBe("abc…");
});

test("fit: whatever the text, it is exactly so wide", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~äöü漢字]*$/), fc.integer({ min: 0, max: 30 }), (text, width) => {
      expect(widthOf(fit(text, width))).toBe(width);
    }),
  );
});
