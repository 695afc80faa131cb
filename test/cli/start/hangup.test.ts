// SIGHUP of somebody who wants a reload, and of a terminal that is closed.
import { expect, test } from "bun:test";
import { Hangup } from "../../../src/cli/start/hangup.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function setUp(hasOne: boolean, isOutlived = false) {
  const terminal = { hasOne, isThere: () => terminal.hasOne, isOutlived };
  const clock = new FakeClock();
  return { terminal, clock, hangup: new Hangup(terminal, clock) };
}

test("hangup: without a terminal, and with one that is there, it is a reload", () => {
  expect(setUp(false).hangup.meaning()).toBe("reload");
  const { hangup, clock } = setUp(true);
  clock.advance(3_600_000);
  expect(hangup.meaning()).toBe("reload");
});

test.each([
  [false, "stop"],
  [true, "nothing"],
] as const)("hangup: with a terminal that has just gone, outlived: %p, it is %s", (isOutlived, meaning) => {
  const { hangup, terminal, clock } = setUp(true, isOutlived);
  clock.advance(3_600_400);
  terminal.hasOne = false;
  clock.advance(300);
  expect(hangup.meaning()).toBe(meaning);
});

test("hangup: a terminal that left long ago has nothing to do with it, and is looked for no more", () => {
  const { hangup, terminal, clock } = setUp(true);
  clock.advance(10_000);
  terminal.hasOne = false;
  clock.advance(10_000);
  expect([hangup.meaning(), clock.pending()]).toEqual(["reload", []]);
});
