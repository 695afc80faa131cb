import { expect, test } from "bun:test";
import { PoisonFilter } from "../../../src/front/stages/poison-filter.ts";
import { anyVisit } from "../fakes.ts";

function visitTo(target: string, group = "default") {
  const visit = anyVisit(0, "v-1");
  visit.target = target;
  visit.group = group;
  return visit;
}

const POISON = { group: "default", method: "GET", path: "/bad" };

test("poisons: a listed request is refused with its cause, whatever its query, until it is listed no more", () => {
  const poisons = new PoisonFilter();
  expect(() => poisons.check(visitTo("/bad"))).not.toThrow();
  poisons.set([POISON]);
  for (const target of ["/bad", "/bad?", "/bad?x=1"])
    expect(() => poisons.check(visitTo(target))).toThrow(
      expect.objectContaining({ cause_: "poisonous_request" }),
    );
  poisons.set([]);
  expect(() => poisons.check(visitTo("/bad"))).not.toThrow();
});

test("poisons: other paths, methods and groups are run", () => {
  const poisons = new PoisonFilter();
  poisons.set([POISON, { group: "default", method: "POST", path: "/worse" }]);
  const others = [visitTo("/bad/"), visitTo("/ba"), visitTo("/worse"), visitTo("/bad", "shop")];
  expect(others.map((visit) => poisons.has(visit))).toEqual([false, false, false, false]);
});
