import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  choice,
  count,
  countOr,
  duration,
  type Kind,
  octal,
  onOff,
  path,
  size,
  span,
  text,
} from "../../../../src/options/declare/kinds/kinds.ts";
import { list } from "../../../../src/options/declare/kinds/list-kinds.ts";

const word = text({
  placeholder: "X",
  accepts: "x",
  read: (value) => (value.includes(" ") ? undefined : value),
});

const words = list({ placeholder: "X", accepts: "x", separator: ",", item: /^[a-z]+$/ });
const lines = list({ placeholder: "X", accepts: "x", separator: "\n", item: /^[A-Z]+=/ });
const mask = octal({ placeholder: "MASK", max: 0o777 });
const nice = count({ min: -20, max: 19 });
const few = span({ max: 8 });
const seed = countOr("random", { max: 2 ** 32 - 1 });

describe("text is read as its kind says", () => {
  const table: [string, Kind<unknown>, string, unknown][] = [
    ["milliseconds", duration(), "1500ms", 1500],
    ["seconds", duration(), "30s", 30_000],
    ["minutes", duration(), "5m", 300_000],
    ["hours", duration(), "1h", 3_600_000],
    ["bare seconds", duration(), "30", 30_000],
    ["fractions of a second", duration(), "0.25", 250],
    ["fractions of a unit", duration(), "1.5h", 5_400_000],
    ["parts of a millisecond, where they count", duration({ min: 0.125, stepMs: 0.125 }), "0.3ms", 0.25],
    ["and not less than the least", duration({ min: 0.125, stepMs: 0.125 }), "0.05ms", undefined],
    ["a time that rounds to nothing is refused", duration(), "0.0001s", undefined],
    ["zero where it is allowed", duration({ min: 0 }), "0", 0],
    ["zero where it is not", duration(), "0s", undefined],
    ["a negative time", duration(), "-1s", undefined],
    ["an unknown unit", duration(), "3d", undefined],
    ["a space before the unit", duration(), "3 s", undefined],
    ["an exponent", duration(), "1e3", undefined],
    ["a time beyond the timers of the runtime", duration(), "577h", undefined],
    ["nothing as a time", duration(), "", undefined],
    ["kilobytes", size(), "512k", 524_288],
    ["megabytes", size(), "64M", 67_108_864],
    ["gigabytes, small letter", size(), "2g", 2_147_483_648],
    ["bare bytes", size(), "100", 100],
    ["a fraction of a size", size(), "1.5M", undefined],
    ["a size under its least", size({ min: 8192 }), "4k", undefined],
    ["a size over its greatest", size({ max: 10 }), "11", undefined],
    ["a decimal unit, which would be ambiguous", size(), "10MB", undefined],
    ["a number", count(), "8000", 8000],
    ["a number with a sign", count(), "+8", undefined],
    ["a fraction of a count", count(), "1.0", undefined],
    ["a hexadecimal number", count(), "0x10", undefined],
    ["a number beyond its range", count({ max: 65535 }), "65536", undefined],
    ["a number that floating point cannot hold", count(), "9007199254740993", undefined],
    ["a negative number where it is allowed", nice, "-5", -5],
    ["minus zero is zero", nice, "-0", 0],
    ["a number under its least", nice, "-21", undefined],
    ["a negative number where it is not", count(), "-5", undefined],
    ["one number is from itself to itself", few, "4", { min: 4, max: 4 }],
    ["two numbers are a range", few, "2..8", { min: 2, max: 8 }],
    ["a range from nothing", few, "0..1", { min: 0, max: 1 }],
    ["a range of one number", few, "3..3", { min: 3, max: 3 }],
    ["no number at all", few, "0", undefined],
    ["a range that ends in nothing", few, "0..0", undefined],
    ["a range the wrong way round", few, "8..2", undefined],
    ["a range beyond the greatest", few, "2..9", undefined],
    ["a range without an end", few, "2..", undefined],
    ["a range with three dots", few, "2...4", undefined],
    ["a range with spaces", few, "2 .. 4", undefined],
    ["the word in place of a number", seed, "random", "random"],
    ["the number in place of a word", seed, "4294967295", 4_294_967_295],
    ["a number too great for a seed", seed, "4294967296", undefined],
    ["permissions", mask, "027", 0o27],
    ["permissions with a leading zero more", mask, "0027", 0o27],
    ["permissions that are not octal", mask, "028", undefined],
    ["permissions out of range", mask, "1000", undefined],
    ["a list, spaces around its commas", words, "a, b", ["a", "b"]],
    ["a list of lines, commas and all", lines, "A=1,2\nB=", ["A=1,2", "B="]],
    ["an empty list", words, "", []],
    ["a list with an empty item", words, "a,,b", undefined],
    ["one of the words", choice("a", "b"), "b", "b"],
    ["a word in another case", choice("a", "b"), "B", undefined],
    ["yes", onOff(), "yes", true],
    ["0", onOff(), "0", false],
    ["neither yes nor no", onOff(), "maybe", undefined],
    ["a path", path("FILE"), "a b/c.ts", "a b/c.ts"],
    ["an empty path", path("FILE"), "", undefined],
    ["a path with a zero byte", path("FILE"), "a\0b", undefined],
  ];
  test.each(table)("kinds: %s", (_name, kind, input, expected) => {
    expect(kind.parse(input)).toEqual(expected);
  });
});

describe("JSON is read as its kind says", () => {
  const table: [string, Kind<unknown>, unknown, unknown][] = [
    ["a number is a time in seconds", duration(), 1.5, 1500],
    ["text is a time with a unit", duration(), "5m", 300_000],
    ["a number is a size in bytes", size(), 1024, 1024],
    ["a fraction of a byte is refused", size(), 1.5, undefined],
    ["text is no count", count(), "8000", undefined],
    ["infinity is no count", count(), Number.POSITIVE_INFINITY, undefined],
    ["not-a-number is no time", duration({ min: 0 }), Number.NaN, undefined],
    ["a number is a range of itself", few, 2, { min: 2, max: 2 }],
    ["text is a range", few, "2..3", { min: 2, max: 3 }],
    ["zero is no range", few, 0, undefined],
    ["a fraction is no range", few, 1.5, undefined],
    ["a list is no range", few, [1, 2], undefined],
    ["true is a switch", onOff(), true, true],
    ["text is no switch", onOff(), "true", undefined],
    ["a list of texts", words, ["a", "b"], ["a", "b"]],
    ["text is a list", words, "a,b", ["a", "b"]],
    ["a list with a number", words, ["a", 1], undefined],
    ["a number is no permissions", mask, 22, undefined],
    ["text is permissions", mask, "022", 0o22],
    ["null is nothing", path("FILE"), null, undefined],
    ["a list is nothing", choice("a"), ["a"], undefined],
  ];
  test.each(table)("kinds: %s", (_name, kind, input, expected) => {
    expect(kind.fromJson(input)).toEqual(expected);
  });
});

describe("what a kind prints, it reads back", () => {
  const table: [string, Kind<unknown>, fc.Arbitrary<unknown>][] = [
    ["duration", duration({ min: 0 }), fc.integer({ min: 0, max: 576 * 3_600_000 })],
    [
      "duration in whole seconds",
      duration({ min: 0 }),
      fc.integer({ min: 0, max: 100_000 }).map((s) => s * 1000),
    ],
    ["size", size({ min: 0 }), fc.integer({ min: 0, max: 2 ** 50 })],
    [
      "size in whole units",
      size(),
      fc
        .tuple(fc.integer({ min: 1, max: 1023 }), fc.constantFrom(10, 20, 30, 40))
        .map(([n, e]) => n * 2 ** e),
    ],
    ["count", count(), fc.maxSafeNat()],
    ["negative count", nice, fc.integer({ min: -20, max: 19 })],
    ["count or word", seed, fc.oneof(fc.constant("random"), fc.nat())],
    ["octal", mask, fc.integer({ min: 0, max: 0o777 })],
    ["choice", choice("unsent", "never"), fc.constantFrom("unsent", "never")],
    ["switch", onOff(), fc.boolean()],
    ["text", word, fc.stringMatching(/^[a-z0-9.:-]+$/)],
    ["path", path("DIR"), fc.stringMatching(/^[/a-z .]+$/)],
  ];
  test.each(table)("kinds: %s", (_name, kind, values) => {
    fc.assert(fc.property(values, (value) => kind.parse(kind.print(value)) === value));
  });

  test("kinds: span", () => {
    const ends = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 8 }));
    const ranges = ends.filter(([min, max]) => min <= max).map(([min, max]) => ({ min, max }));
    fc.assert(fc.property(ranges, (value) => Bun.deepEquals(few.parse(few.print(value)), value)));
  });

  test("kinds: list", () => {
    const items = fc.array(fc.stringMatching(/^[a-z]+$/));
    fc.assert(fc.property(items, (value) => Bun.deepEquals(words.parse(words.print(value)), value)));
  });

  test("kinds: no text at all makes a kind throw or answer a value out of range", () => {
    const kinds = [duration({ min: 10, max: 20 }), size({ min: 10, max: 20 }), count({ min: 10, max: 20 })];
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...kinds), (input, kind) => {
        const value = kind.parse(input);
        return value === undefined || (Number.isInteger(value) && value >= 10 && value <= 20);
      }),
    );
  });
});

test("kinds: times are printed as people write them", () => {
  const printed = [0, 1, 999, 1500, 45_000, 60_000, 90_000, 120_000, 3_600_000].map((ms) =>
    duration().print(ms),
  );
  expect(printed).toEqual(["0s", "1ms", "999ms", "1500ms", "45s", "60s", "90s", "2m", "1h"]);
});
