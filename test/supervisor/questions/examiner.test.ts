import { expect, test } from "bun:test";
import type { ToChild } from "../../../src/link/messages.ts";
import { Examiner } from "../../../src/supervisor/questions/examiner.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const ORDER = { what: "profile", forMs: 100, path: "/p" } as const;

function setUp() {
  const sent: ToChild[] = [];
  const process = { isThere: true };
  const examiner = new Examiner();
  const clock = new FakeClock();
  const way = { send: (message: ToChild) => void sent.push(message), isThere: () => process.isThere };
  return { sent, process, examiner, clock, ask: () => examiner.ask(ORDER, way, clock, 1_000) };
}

test("examiner: the answer to its question is taken, and no other", async () => {
  const { sent, examiner, ask } = setUp();
  const asked = ask();
  expect(sent).toEqual([{ type: "examine", id: 1, ...ORDER }]);
  expect(await ask()).toBe("busy");
  examiner.settle({ type: "examined", id: 7, bytes: 1 });
  examiner.settle({ type: "examined", id: 1, bytes: 2 });
  expect(await asked).toEqual({ type: "examined", id: 1, bytes: 2 });
  void ask();
  expect(sent.at(-1)).toMatchObject({ id: 2 });
});

test("examiner: a process that ends, and one that is silent, give none", async () => {
  for (const ends of [true, false]) {
    const { process, clock, ask } = setUp();
    const asked = ask();
    if (ends) process.isThere = false;
    for (let n = 0; n < (ends ? 1 : 4); n++) {
      clock.advance(250);
      await Bun.sleep(0);
    }
    expect(await asked).toBeUndefined();
  }
});
