import { expect, test } from "bun:test";
import { AUTO, concurrency, isFound } from "../../../../src/options/declare/kinds/concurrency-kind.ts";

const { parse, fromJson, print, schema } = concurrency();

test("concurrency: a number is both bounds, auto has its own, and both can be said", () => {
  expect(["1", "7", "auto", "4..64", "100000"].map(parse)).toEqual([
    { min: 1, max: 1 },
    { min: 7, max: 7 },
    AUTO,
    { min: 4, max: 64 },
    { min: 100_000, max: 100_000 },
  ]);
  expect([5, "5", "auto", "1..9"].map(fromJson)).toEqual([
    { min: 5, max: 5 },
    { min: 5, max: 5 },
    AUTO,
    { min: 1, max: 9 },
  ]);
  expect(["7", "4..64", "auto"].map((text) => print(parse(text) ?? AUTO))).toEqual(["7", "4..64", "auto"]);
  expect([AUTO, { min: 3, max: 3 }].map(isFound)).toEqual([true, false]);
});

test("concurrency: nothing else", () => {
  expect(["", "0", "0..4", "9..4", "100001", "auto..9", "Auto", "-1", "1.5"].map(parse)).toEqual(
    Array(9).fill(undefined),
  );
  expect([0, -1, 1.5, true, null, "0..4", { min: 1 }].map(fromJson)).toEqual(Array(7).fill(undefined));
});

test("concurrency: the schema takes what is taken", () => {
  const pattern = new RegExp((schema as { anyOf: { pattern?: string }[] }).anyOf[1]?.pattern ?? "^$");
  expect(["auto", "4..64", "7", "x", "4..", "..4"].map((text) => pattern.test(text))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
