import { expect, test } from "bun:test";
import { judgeConditions, mayHaveRange } from "../../../../src/front/files/reply/conditionals.ts";

const NOW = Date.UTC(2024, 5, 1);
const AT = Date.UTC(2024, 0, 2, 3, 4, 5);
const SAME = "Tue, 02 Jan 2024 03:04:05 GMT";
const BEFORE = "Tue, 02 Jan 2024 03:04:04 GMT";
const AFTER = "Tue, 02 Jan 2024 03:04:06 GMT";
const STRONG = { etag: '"a"', modifiedAt: AT };
const WEAK = { etag: 'W/"a"', modifiedAt: AT };

test.each([
  [[], STRONG, "send"],
  [["If-Match", "*"], STRONG, "send"],
  [["If-Match", '"a"'], STRONG, "send"],
  [["If-Match", '"b", "a"'], STRONG, "send"],
  [["If-Match", '"b"', "If-Match", '"a"'], STRONG, "send"],
  [["If-Match", '"b"'], STRONG, "failed"],
  [["If-Match", 'W/"a"'], STRONG, "failed"],
  [["If-Match", '"a"'], WEAK, "failed"],
  [["If-Match", "a"], STRONG, "failed"],
  [["If-Match", '"b", nonsense, "a"'], STRONG, "failed"],
  [["If-Match", '"a"', "If-Unmodified-Since", BEFORE], STRONG, "send"],
  [["If-Unmodified-Since", SAME], STRONG, "send"],
  [["If-Unmodified-Since", AFTER], STRONG, "send"],
  [["If-Unmodified-Since", BEFORE], STRONG, "failed"],
  [["If-Unmodified-Since", "yesterday"], STRONG, "send"],
  [["If-None-Match", "*"], STRONG, "not modified"],
  [["If-None-Match", '"a"'], STRONG, "not modified"],
  [["If-None-Match", 'W/"a"'], STRONG, "not modified"],
  [["If-None-Match", '"a"'], WEAK, "not modified"],
  [["If-None-Match", '"b",,"a"'], STRONG, "not modified"],
  [["If-None-Match", '"x,y", "a"'], STRONG, "not modified"],
  [["If-None-Match", '"b"'], STRONG, "send"],
  [["If-None-Match", '"b"', "If-Modified-Since", AFTER], STRONG, "send"],
  [["if-modified-since", SAME], STRONG, "not modified"],
  [["If-Modified-Since", AFTER], STRONG, "not modified"],
  [["If-Modified-Since", "Tuesday, 02-Jan-24 03:04:05 GMT"], STRONG, "not modified"],
  [["If-Modified-Since", "Tue Jan  2 03:04:05 2024"], STRONG, "not modified"],
  [["If-Modified-Since", BEFORE], STRONG, "send"],
  [["If-Modified-Since", "Tue, 32 Jan 2024 03:04:05 GMT"], STRONG, "send"],
  [["If-Match", '"a"', "If-None-Match", '"a"'], STRONG, "not modified"],
  [["If-Match", '"b"', "If-None-Match", '"a"'], STRONG, "failed"],
] as const)("%j of %j: %s", (fields, validators, verdict) => {
  expect(judgeConditions(fields, validators, NOW)).toBe(verdict);
});

test.each([
  [[], STRONG, true],
  [["If-Range", '"a"'], STRONG, true],
  [["If-Range", '"b"'], STRONG, false],
  [["If-Range", '"a"', "If-Range", '"b"'], STRONG, false],
  [["If-Range", 'W/"a"'], STRONG, false],
  [["If-Range", 'W/"a"'], WEAK, false],
  [["If-Range", '"a"'], WEAK, false],
  [["If-Range", SAME], STRONG, true],
  [["If-Range", SAME], WEAK, false],
  [["If-Range", AFTER], STRONG, false],
  [["If-Range", BEFORE], STRONG, false],
  [["If-Range", "nonsense"], STRONG, false],
] as const)("a range under %j of %j: %s", (fields, validators, verdict) => {
  expect(mayHaveRange(fields, validators, NOW)).toBe(verdict);
});
