import { expect, test } from "bun:test";
import { ClosedStreams } from "../../../src/http/h2/closed-streams.ts";

test("the last streams are remembered with their ends, and those long ago are not", () => {
  const closed = new ClosedStreams();
  expect(closed.endOf(1)).toBeUndefined();
  for (let id = 1; id < 1000; id += 4) closed.note(id, "cut");
  for (let id = 3; id < 1000; id += 4) closed.note(id, "ended");
  expect([1, 997, 999, 995, 1001].map((id) => closed.endOf(id))).toEqual([
    "cut",
    "cut",
    "ended",
    "ended",
    undefined,
  ]);
  for (let id = 1001; id < 3000; id += 4) closed.note(id, "cut");
  expect([closed.endOf(1), closed.endOf(3)]).toEqual([undefined, undefined]);
});

test("of those that were cut, more are remembered than there can be at once", () => {
  const closed = new ClosedStreams();
  for (let id = 1; id <= 399; id += 2) closed.note(id, "cut");
  for (let id = 401; id <= 2399; id += 2) closed.note(id, "ended");
  expect(
    Array.from({ length: 200 }, (_, n) => closed.endOf(n * 2 + 1)).every((end) => end === "cut"),
  ).toBeTrue();
});
