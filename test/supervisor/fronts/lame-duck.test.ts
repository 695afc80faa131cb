import { expect, test } from "bun:test";
import type { ToChild } from "../../../src/link/messages.ts";
import { LameDuck } from "../../../src/supervisor/fronts/lame-duck.ts";

function front() {
  const heard: ToChild[] = [];
  return { heard, send: (order: ToChild) => heard.push(order) };
}

test("lame duck: who is there hears of it, who comes later too, and nobody before", () => {
  const duck = new LameDuck();
  const [first, second, later] = [front(), front(), front()];
  duck.tell(first);
  expect(first.heard).toEqual([]);
  duck.begin([first, second]);
  duck.tell(later);
  for (const { heard } of [first, second, later]) expect(heard).toEqual([{ type: "lameDuck" }]);
});
