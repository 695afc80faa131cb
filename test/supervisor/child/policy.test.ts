import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  FRONT_RESTS,
  type Rest,
  restAfterDeath,
  shareOf,
  WORKER_RESTS,
} from "../../../src/supervisor/child/policy.ts";

/** With this, the jitter is nothing. */
const MIDDLE = 0.5;

function restsOf(policy: typeof WORKER_RESTS, deaths: number, servedMs = 0): Rest[] {
  const rests: Rest[] = [];
  for (let n = 0; n < deaths; n++)
    rests.push(restAfterDeath(policy, rests.at(-1)?.quickDeaths ?? 0, servedMs, MIDDLE));
  return rests;
}

describe("policy: rests", () => {
  test("third quick death rests four seconds", () => {
    expect(restsOf(WORKER_RESTS, 3).at(-1)).toEqual({ quickDeaths: 3, restMs: 4_000, isCrashLoop: false });
  });

  test("quick deaths rest 1, 2, 4, 8, 16 and then always 30 seconds", () => {
    expect(restsOf(WORKER_RESTS, 8).map(({ restMs }) => restMs / 1_000)).toEqual([
      1, 2, 4, 8, 16, 30, 30, 30,
    ]);
  });

  test("a front is replaced at once, and then like a worker", () => {
    expect(restsOf(FRONT_RESTS, 8).map(({ restMs }) => restMs / 1_000)).toEqual([0, 1, 2, 4, 8, 16, 30, 30]);
  });

  test("the fifth quick death is a crash loop", () => {
    expect(restsOf(WORKER_RESTS, 6).map(({ isCrashLoop }) => isCrashLoop)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test("a good run begins a new row, and a bit less does not", () => {
    expect(restAfterDeath(WORKER_RESTS, 7, WORKER_RESTS.goodRunMs, MIDDLE)).toEqual({
      quickDeaths: 1,
      restMs: 1_000,
      isCrashLoop: false,
    });
    expect(restAfterDeath(WORKER_RESTS, 7, WORKER_RESTS.goodRunMs - 1, MIDDLE).quickDeaths).toBe(8);
  });

  test("jitter moves a rest by a tenth at most, either way", () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (before, random) => {
          const plain = restAfterDeath(WORKER_RESTS, before, 0, MIDDLE).restMs;
          const { restMs } = restAfterDeath(WORKER_RESTS, before, 0, random);
          expect(Math.abs(restMs - plain)).toBeLessThanOrEqual(plain / 10 + 1);
        },
      ),
    );
    expect(restAfterDeath(WORKER_RESTS, 0, 0, 0).restMs).toBe(900);
    expect(restAfterDeath(WORKER_RESTS, 0, 0, 0.999999).restMs).toBe(1_100);
  });
});

describe("policy: shares of a worker", () => {
  test("the fronts' shares add up to the worker's concurrency, and differ by one at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 1_000 }), (fronts, more) => {
        const concurrency = fronts + more;
        const shares = Array.from({ length: fronts }, (_, index) => shareOf(concurrency, fronts, index));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(concurrency);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("no front is left without a share", () => {
    expect([0, 1, 2].map((index) => shareOf(1, 3, index))).toEqual([1, 1, 1]);
  });
});
