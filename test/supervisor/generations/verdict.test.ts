import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BOUNDS_MS } from "../../../src/link/figures.ts";
import { addTrials, failsMore, isLater, tellSide } from "../../../src/supervisor/generations/verdict.ts";

const objectionTo = (...given: Parameters<typeof isLater>) => failsMore(...given) ?? isLater(...given);
const BOUNDS = { errorsOver: 1, slowerBy: 50 };
const empty = () => Array<number>(BOUNDS_MS.length + 1).fill(0);
/** So many requests, all of whose heads came within the bucket that ends at `headMs`. */
function side(ended: number, failed = 0, headMs: (typeof BOUNDS_MS)[number] = 10) {
  const heads = empty();
  heads[BOUNDS_MS.indexOf(headMs)] = ended;
  return { ended, failed, heads };
}

describe("verdict", () => {
  test.each([
    ["nothing has come", side(0), side(0)],
    ["both fail alike", side(1_000, 500), side(100, 50)],
    ["two failures are chance", side(1_000), side(2, 2)],
    ["within the bound", side(1_000, 10), side(1_000, 20)],
    ["as soon as the other", side(1_000), side(1_000)],
    ["too few for a percentile", side(99, 0, 10), side(99, 0, 1_000)],
    ["a little later, as machines are", side(1_000, 0, 2.5), side(1_000, 0, 5)],
    ["sooner", side(1_000, 0, 1_000), side(1_000, 0, 10)],
  ])("nothing speaks against it: %s", (_what, old, fresh) => {
    expect(objectionTo({ old, new: fresh }, BOUNDS)).toBeUndefined();
  });

  test("more than so many of a hundred fail", () => {
    expect(objectionTo({ old: side(1_000, 10), new: side(1_000, 21) }, BOUNDS)).toBe(
      "21 of 1000 requests failed on it (2.1 %), 10 of 1000 on the one that serves (1 %)",
    );
    expect(objectionTo({ old: side(0), new: side(3, 3) }, BOUNDS)).toContain("3 of 3");
    expect(
      objectionTo({ old: side(1_000, 10), new: side(1_000, 21) }, { ...BOUNDS, errorsOver: 2 }),
    ).toBeUndefined();
  });

  test("its answers begin much later", () => {
    expect(objectionTo({ old: side(500, 0, 25), new: side(200, 0, 100) }, BOUNDS)).toBe(
      "95 of 100 of its answers begin within 99 ms, and within 24 ms on the one that serves",
    );
    expect(
      objectionTo({ old: side(500, 0, 25), new: side(200, 0, 100) }, { ...BOUNDS, slowerBy: 1_000 }),
    ).toBeUndefined();
  });

  test("what several front ends have counted is added up, and fewer are no better", () => {
    const count = fc.nat(1_000);
    const sides = fc.record({
      ended: count,
      failed: count,
      heads: fc.array(count, { minLength: 18, maxLength: 18 }),
    });
    const trials = fc.array(fc.record({ old: sides, new: sides }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(trials, (all) => {
        const sum = addTrials(all);
        expect(sum.new.ended).toBe(all.reduce((n, one) => n + one.new.ended, 0));
        expect(sum.old.heads).toEqual(
          empty().map((_, i) => all.reduce((n, one) => n + (one.old.heads[i] ?? 0), 0)),
        );
        if (sum.new.failed < 3) expect(objectionTo(sum, { errorsOver: 0, slowerBy: 1e9 })).toBeUndefined();
      }),
    );
  });

  test("a side that nobody has asked has no time", () => {
    expect(tellSide(side(0))).toEqual({ requests: 0, failed: 0, headMs: null });
    expect(tellSide(side(100, 2, 10))).toEqual({ requests: 100, failed: 2, headMs: 9.75 });
  });
});
