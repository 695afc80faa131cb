import { describe, expect, test } from "bun:test";
import { Trial } from "../../../src/front/dispatch/trial.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";

const visits = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => ({ id: `${prefix}-${i.toString(36)}`, mark: undefined }) as Visit);
const shareOf = (trial: Trial, all: readonly Visit[]) =>
  all.filter((visit) => trial.isForNew(visit)).length / all.length;

describe("trial", () => {
  test.each([1, 5, 20, 50])("of many requests %d of a hundred are for the new generation", (percent) => {
    const share = shareOf(new Trial({ generation: 2, percent }), visits(40_000, "t8ms7q2c4f"));
    expect(Math.abs(share * 100 - percent)).toBeLessThan(1);
  });

  test("a request is for the same side each time it is looked at, in whichever front end", () => {
    const [one, other] = [
      new Trial({ generation: 2, percent: 50 }),
      new Trial({ generation: 2, percent: 50 }),
    ];
    for (const visit of visits(200, "a")) expect(one.isForNew(visit)).toBe(other.isForNew(visit));
  });

  test("a client that is known again is for one side, whatever its requests are called", () => {
    const trial = new Trial({ generation: 2, percent: 50 });
    const sides = Array.from(
      { length: 100 },
      (_, mark) =>
        new Set(visits(20, "b").map(({ id }) => trial.isForNew({ id, mark: mark * 7919 } as Visit))),
    );
    expect(sides.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(sides.flatMap((side) => [...side])).size).toBe(2);
  });

  test("a side is that of the new generation or that of any other", () => {
    const trial = new Trial({ generation: 7, percent: 5 });
    expect(trial.sideOf(7)).toBe(trial.counts.new);
    expect(trial.sideOf(6)).toBe(trial.counts.old);
  });
});
