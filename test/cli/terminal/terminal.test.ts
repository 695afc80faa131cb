import { expect, test } from "bun:test";
import { createWriter } from "../../../src/cli/terminal/terminal.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A terminal that takes some bytes of each write, and is full for a while where it says so. */
function standIn(takes: (number | "full" | "broken")[]) {
  const clock = new FakeClock();
  let text = "";
  const write = createWriter((bytes) => {
    const take = takes.shift() ?? bytes.length;
    if (take === "full") throw Object.assign(new Error("full"), { code: "EAGAIN" });
    if (take === "broken") throw Object.assign(new Error("gone"), { code: "EIO" });
    text += Buffer.from(bytes.subarray(0, take)).toString();
    return take;
  }, clock);
  return { clock, write, text: () => text };
}

test("terminal: what it does not take at once it gets later, in order, each line acknowledged once", () => {
  const { clock, write, text } = standIn([2, "full", 1, "full", "full"]);
  const done: string[] = [];
  for (const line of ["one\n", "zwei\n"]) write(line, () => done.push(line));
  expect([text(), done]).toEqual(["on", []]);
  for (let turn = 0; turn < 3; turn++) clock.advance(100);
  expect([text(), done]).toEqual(["one\nzwei\n", ["one\n", "zwei\n"]]);
});

test("terminal: one that is gone takes everything", () => {
  const { write, text } = standIn(["broken", "broken"]);
  let done = 0;
  for (const line of ["one\n", "two\n"]) write(line, () => done++);
  expect([text(), done]).toEqual(["", 2]);
});
