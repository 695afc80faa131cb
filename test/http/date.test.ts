import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseHttpDate, printHttpDate } from "../../src/http/date.ts";

const NOW = Date.UTC(2024, 5, 1);
const AT = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each([
  ["Sun, 06 Nov 1994 08:49:37 GMT", AT],
  ["Sunday, 06-Nov-94 08:49:37 GMT", AT],
  ["Sun Nov  6 08:49:37 1994", AT],
  ["sun, 06 nov 1994 08:49:37 gmt", AT],
  ["Sunday, 06-Nov-30 08:49:37 GMT", Date.UTC(2030, 10, 6, 8, 49, 37)],
  ["Sunday, 06-Nov-80 08:49:37 GMT", Date.UTC(1980, 10, 6, 8, 49, 37)],
  ["Sun, 06 Nov 1994 08:49:37", undefined],
  ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
  ["Sun, 31 Feb 1994 08:49:37 GMT", undefined],
  ["Sun, 06 Nov 1994 24:00:00 GMT", undefined],
  ["Sun, 6 Nov 1994 08:49:37 GMT", undefined],
  ["784111777", undefined],
  ["1994-11-06T08:49:37Z", undefined],
  ["", undefined],
])("%s", (text, expected) => {
  expect(parseHttpDate(text, NOW)).toBe(expected as never);
});

test("what is printed is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      expect(parseHttpDate(printHttpDate(seconds * 1000), NOW)).toBe(seconds * 1000);
    }),
  );
});
