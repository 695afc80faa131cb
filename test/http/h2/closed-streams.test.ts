import { expect, test } from "bun:test";
import { ClosedStreams } from "../../../src/http/h2/closed-streams.ts";

test("the last streams are remembered with their ends, and those long ago are not", () => {
  const closed = new ClosedStreams();
  expect(closed.endOf(1)).toBeUndefined();
  for (let n = 0; n < 300; n++) closed.note(n * 2 + 1, n % 2 === 0 ? "cut" : "ended");
  expect([closed.endOf(1), closed.endOf(599), closed.endOf(597), closed.endOf(601)]).toEqual([
    undefined,
    "ended",
    "cut",
    undefined,
  ]);
});
