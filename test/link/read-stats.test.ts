import { describe, expect, test } from "bun:test";
import { BOUNDS_MS } from "../../src/link/figures.ts";
import { readStats } from "../../src/link/read-stats.ts";

const heads = Array<number>(BOUNDS_MS.length + 1).fill(0);
const side = { ended: 3, failed: 1, heads };
const statsWith = (trial: unknown) => ({
  ...{ queued: 0, active: 0, requests: 0, errors: {}, workers: [] },
  groups: [{ name: "default", queued: 0, trial }],
});
const trialOf = (trial: unknown) => readStats(statsWith(trial))?.groups[0]?.trial;

describe("read stats", () => {
  test("what is no word of a front end is none", () => {
    for (const raw of [undefined, null, 7, "x", {}, { ...statsWith(undefined), workers: [{}] }])
      expect(readStats(raw)).toBeUndefined();
  });

  test("both sides of a trial come through, with nothing else that was written there", () => {
    const said = { old: side, new: { ...side, more: "x" }, third: side };
    expect(trialOf(said)).toEqual({ old: side, new: side });
  });

  test.each([
    ["one side only", { old: side }],
    ["too few buckets", { old: side, new: { ...side, heads: [1] } }],
    ["a bucket that is no number", { old: side, new: { ...side, heads: heads.map(() => "1") } }],
    ["a count that is none", { old: { ...side, failed: Number.NaN }, new: side }],
    ["a word", "x"],
  ])("of %s nothing is taken", (_what, said) => {
    expect(trialOf(said)).toBeUndefined();
  });

  test("nothing is less than nothing", () => {
    expect(trialOf({ old: { ...side, ended: -4 }, new: side })?.old.ended).toBe(0);
  });
});
