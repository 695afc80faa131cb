import { expect, test } from "bun:test";
import type { ToChild } from "../../../src/link/messages.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { RequestLists, type RequestsTold } from "../../../src/supervisor/traffic/request-lists.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const heard: ToChild[] = [];
  const front = { send: (order: ToChild) => void heard.push(order) } as unknown as Slot;
  return { clock, heard, front, lists: new RequestLists(clock) };
}

const answer = (id: number, total: number): RequestsTold => ({ type: "requests", id, requests: [], total });

test("request lists: each question gets its own answer, and only from whom it was asked", async () => {
  const { heard, front, lists } = setUp();
  const [first, second] = [lists.ask(front, 5), lists.ask(front, 6)];
  expect(heard).toEqual([
    { type: "list", id: 1, most: 5 },
    { type: "list", id: 2, most: 6 },
  ]);
  lists.hear({} as Slot, answer(1, 99));
  lists.hear(front, answer(2, 20));
  lists.hear(front, answer(1, 10));
  expect([(await first)?.total, (await second)?.total]).toEqual([10, 20]);
  // Too late, or never asked.
  lists.hear(front, answer(1, 11));
  lists.hear(front, answer(7, 11));
});

test("request lists: one that is silent, or has ended, is left out", async () => {
  const { clock, front, lists } = setUp();
  const silent = lists.ask(front, 5);
  clock.advance(1_000);
  expect(await silent).toBeUndefined();
  const ended = lists.ask(front, 5);
  lists.forget(front);
  expect(await ended).toBeUndefined();
});
