// When a process that has ended below a worker is nobody's.
import { expect, test } from "bun:test";
import { Forsaken } from "../../../src/worker/life/orphans.ts";

test("orphans: what has lain there for long enough is forsaken; what was taken away meanwhile begins anew", () => {
  const forsaken = new Forsaken(3_000);
  expect(forsaken.among([1, 2], 0)).toEqual([]);
  expect(forsaken.among([1, 2, 3], 2_999)).toEqual([]);
  expect(forsaken.among([1, 3], 3_000)).toEqual([1]);
  expect(forsaken.among([2, 3], 5_998)).toEqual([]);
  expect(forsaken.among([2, 3], 5_999)).toEqual([3]);
});
