import { expect, test } from "bun:test";
import { share } from "../../../../src/options/declare/kinds/share-kind.ts";

const { parse, fromJson, print } = share();

test("share: a part of one, or of a hundred", () => {
  expect(["0", "1", "0.05", "5%", "100%", "12.5%"].map(parse)).toEqual([0, 1, 0.05, 0.05, 1, 0.125]);
  expect([0.5, "50%", 0, 1].map(fromJson)).toEqual([0.5, 0.5, 0, 1]);
  expect(parse(print(0.125))).toBe(0.125);
});

test("share: nothing else", () => {
  expect(["", "1.1", "101%", "-1", "x", "1e-1", ".5", "5 %"].map(parse)).toEqual(Array(8).fill(undefined));
  expect([2, -1, true, null, Number.NaN].map(fromJson)).toEqual(Array(5).fill(undefined));
});
