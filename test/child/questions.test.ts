import { expect, test } from "bun:test";
import { Questions } from "../../src/child/questions.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const asked: number[] = [];
  return { clock, asked, questions: new Questions<string>(clock, (id) => void asked.push(id)) };
}

test("questions: who asks while one is under way gets the same answer, and the next one asks anew", async () => {
  const { asked, questions } = setUp();
  const both = [questions.ask(), questions.ask()];
  expect(asked).toEqual([1]);
  questions.settle(1, "one");
  expect(await Promise.all(both)).toEqual(["one", "one"]);
  const next = questions.ask();
  questions.settle(2, "two");
  expect([await next, asked]).toEqual(["two", [1, 2]]);
});

test("questions: without an answer in time there is none, and a late one is none to the next question", async () => {
  const { clock, asked, questions } = setUp();
  const first = questions.ask();
  clock.advance(2000);
  expect(await first).toBeUndefined();
  const second = questions.ask();
  questions.settle(1, "late");
  questions.settle(2, "right");
  expect([await second, asked]).toEqual(["right", [1, 2]]);
});
