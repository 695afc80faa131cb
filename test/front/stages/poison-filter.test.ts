import { expect, test } from "bun:test";
import { casualtyOf } from "../../../src/front/dispatch/backends.ts";
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

test("poisons: one whose path is longer than anybody is told of is known by what is told", () => {
  const poisons = new PoisonFilter();
  const path = `/bad/${"x".repeat(2_000)}`;
  const visit = visitTo(`${path}?y=1`);
  poisons.set([{ group: "default", ...casualtyOf(visit, 0) }]);
  expect(poisons.has(visit)).toBeTrue();
  expect(poisons.has(visitTo(`/good/${"x".repeat(2_000)}`))).toBeFalse();
});

test("poisons: other paths, methods and groups are run", () => {
  const poisons = new PoisonFilter();
  poisons.set([POISON, { group: "default", method: "POST", path: "/worse" }]);
  const others = [visitTo("/bad/"), visitTo("/ba"), visitTo("/worse"), visitTo("/bad", "shop")];
  expect(others.map((visit) => poisons.has(visit))).toEqual([false, false, false, false]);
});
