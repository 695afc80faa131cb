import { describe, expect, test } from "bun:test";
import { createIds } from "../../src/front/visit.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anyVisit } from "./fakes.ts";

describe("visit: ids", () => {
  test("they differ within a front, between fronts, and between a front and its successor", () => {
    const clock = new FakeClock();
    const take = (random: number) => {
      const newId = createIds(() => random, clock);
      return Array.from({ length: 1000 }, newId);
    };
    const ids = [...take(0), ...take(0.5), ...take(0.999999)];
    clock.advance(1000);
    ids.push(...take(0));
    expect(new Set(ids).size).toBe(4000);
  });

  test("they are short, and harmless in a header, a log line and a page", () => {
    for (const random of [0, 0.5, 1 - Number.EPSILON]) {
      const newId = createIds(() => random, new FakeClock());
      for (let n = 0; n < 100; n++) expect(newId()).toMatch(/^[a-z0-9]{10}-[a-z0-9]{1,6}$/);
    }
  });
});

describe("visit: the path for the log", () => {
  for (const [target, path] of [
    ["/", "/"],
    ["/a?token=secret", "/a"],
    ["/a?", "/a"],
    ["/a?b?c", "/a"],
    ["/a%3Fb", "/a%3Fb"],
    ["?x", ""],
  ] as const) {
    test(`of ${target} it holds ${path || "nothing"}`, () => {
      const visit = anyVisit();
      visit.target = target;
      expect(visit.path).toBe(path);
    });
  }
});

describe("visit: what the worker gets of the target, and what stood in its place", () => {
  for (const [target, cut, onward, above] of [
    ["/shop/where?x", 0, "/shop/where?x", undefined],
    ["/shop/where?x", 5, "/where?x", "/shop/"],
    ["/shop/", 5, "/", "/shop/"],
    ["/shop", 5, "/", "/shop"],
    ["/shop?x", 5, "/?x", "/shop"],
    ["/sh%6fp/a", 7, "/a", "/sh%6fp/"],
  ] as const) {
    test(`of ${target} without ${cut} bytes`, () => {
      const visit = anyVisit();
      visit.target = target;
      visit.cut = cut;
      expect([visit.onward, visit.above]).toEqual([onward, above]);
      if (above !== undefined) expect(above + onward.slice(1)).toBe(target);
    });
  }
});
