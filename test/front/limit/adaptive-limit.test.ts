import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AdaptiveLimit } from "../../../src/front/limit/adaptive-limit.ts";
import { WorkerModel } from "./worker-model.ts";

const NEVER = () => Number.POSITIVE_INFINITY;

/** So many at once, answered after this time each, one after the other's end, for so many milliseconds. */
function serve(limit: AdaptiveLimit, from: number, forMs: number, tookMs: number): number {
  let now = from;
  while (now < from + forMs) {
    let count = 0;
    for (; !limit.isFull; count++) limit.begin();
    now += tookMs;
    for (; count > 0; count--) limit.noteHead(now, now - tookMs);
  }
  return now;
}

describe("limit: one worker that computes", () => {
  test("it has what keeps it busy, and next to nothing waits in it", () => {
    const model = new WorkerModel({ computeMs: 10, awaitMs: 0 });
    model.run(10);
    const { perSecond, meanMs } = model.run(5);
    expect(perSecond).toBeGreaterThan(97);
    expect(meanMs).toBeLessThan(45);
    expect(model.limits[0]).toBeLessThanOrEqual(5);
  });

  test("whatever a request takes, and with several front ends, nothing of what it can do is lost", () => {
    const worlds = fc.record({
      computeMs: fc.double({ min: 0.5, max: 50, noNaN: true }),
      scatter: fc.double({ min: 0, max: 1, noNaN: true }),
      fronts: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(worlds, ({ computeMs, scatter, fronts, seed }) => {
        const model = new WorkerModel({ computeMs, awaitMs: 0, scatter }, { fronts, seed });
        model.run(40);
        const { perSecond, meanMs } = model.run(10);
        // Of few that scatter, a good part more or less is chance.
        expect(perSecond * computeMs).toBeGreaterThan(computeMs * scatter > 5 ? 700 : 900);
        expect(meanMs).toBeLessThan(computeMs * fronts * 8 + 40);
        for (const limit of model.limits) expect(limit).toBeGreaterThanOrEqual(1);
        // No front end has next to nothing beside one that has all.
        expect(Math.max(...model.limits)).toBeLessThanOrEqual(12 + 4 * Math.min(...model.limits));
      }),
      { numRuns: 40 },
    );
  });

  test("a worker that is ten times slower for a while, or for good, has its limit follow, down and up", () => {
    const model = new WorkerModel({ computeMs: 2, awaitMs: 0 });
    model.run(10);
    model.work = { computeMs: 20, awaitMs: 0 };
    model.run(2);
    expect(model.run(10).perSecond).toBeGreaterThan(47);
    expect(model.limits[0]).toBeLessThanOrEqual(6);
    model.work = { computeMs: 2, awaitMs: 0 };
    model.run(5);
    expect(model.run(5).perSecond).toBeGreaterThan(470);
  });
});

describe("limit: one worker that waits for something else", () => {
  test("it has as many as do good, up to the bound", () => {
    const model = new WorkerModel({ computeMs: 0.1, awaitMs: 100 });
    model.run(5);
    expect(model.run(10).perSecond).toBeGreaterThan(1_700);
    expect(model.limits).toEqual([200]);
  });

  test("where it computes as well, and times scatter, most of what it can do is done", () => {
    const model = new WorkerModel({ computeMs: 2, awaitMs: 100, scatter: 1 }, { seed: 7 });
    model.run(20);
    expect(model.run(30).perSecond).toBeGreaterThan(400);
  });
});

describe("limit: several front ends at one worker", () => {
  const several = [2, 3, 4, 8];

  test.each(several)("%d of them come to what one alone finds, or to one request each", (fronts) => {
    const work = { computeMs: 10, awaitMs: 0 };
    const model = new WorkerModel(work, { fronts });
    model.run(10);
    const { perSecond, meanMs } = model.run(20);
    expect(perSecond).toBeGreaterThan(97);
    expect(model.limit).toBeLessThanOrEqual(Math.max(4, fronts));
    expect(meanMs).toBeLessThan(45 + 10 * fronts);
    for (const { freeMs } of model.fronts) expect(freeMs).toBeCloseTo(10, 0);
  });

  test.each(several)(
    "%d of them have all that do good on a worker that waits for something else",
    (fronts) => {
      const model = new WorkerModel({ computeMs: 0.1, awaitMs: 100 }, { fronts });
      model.run(10);
      expect(model.run(20).perSecond).toBeGreaterThan(1_700);
      expect(model.limit).toBe(200);
      model.work = { computeMs: 5, awaitMs: 50 };
      model.run(30);
      expect(model.run(15).perSecond).toBeGreaterThan(185);
      expect(model.limit).toBeLessThanOrEqual(32);
    },
  );

  test.each(several)(
    "a crowd that is too much for %d of them is met anew each time, and over when it has gone",
    (fronts) => {
      const model = new WorkerModel({ computeMs: 10, awaitMs: 0 }, { fronts });
      for (let round = 0; round < 3; round++) {
        model.crowd = { perSecond: 200, patienceMs: 1_000 };
        model.run(10);
        const flood = model.run(10);
        expect(flood.perSecond).toBeGreaterThan(95);
        expect(model.limit).toBeLessThanOrEqual(Math.max(6, fronts));
        model.crowd = { perSecond: 50, patienceMs: 1_000 };
        model.run(1);
        expect(model.run(10).meanMs).toBeLessThan(40);
      }
    },
  );

  test.each([
    { computeMs: 10, awaitMs: 0, least: 97 },
    { computeMs: 0.5, awaitMs: 10, least: 950 },
  ])(
    "one that has nearly all clients gets its work done beside others that have few: $computeMs and $awaitMs ms",
    (one) => {
      const { least, ...work } = one;
      const model = new WorkerModel(work, { fronts: 3, clients: [40, 1, 1] });
      model.run(20);
      const { perSecond, meanMs } = model.run(15);
      expect(perSecond).toBeGreaterThan(least);
      expect(meanMs).toBeLessThan(100);
    },
  );

  test("least bounds of several front ends are no time that a request takes", () => {
    const model = new WorkerModel({ computeMs: 10, awaitMs: 0 }, { fronts: 2, least: 8 });
    model.run(20);
    expect(model.run(10).perSecond).toBeGreaterThan(97);
    expect(model.limit).toBe(8);
  });

  test("one of them that finds nothing leaves it to the others what the time is", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 50 }, NEVER, 2);
    serve(limit, 1, 2_000, 20);
    expect(limit.wantsMeasuring).toBe(true);
    limit.measure(3_000);
    serve(limit, 3_000, 1_400, 20);
    expect(limit.freeMs).toBeDefined();
    limit.sharedFreeMs = 30;
    limit.measure(6_000);
    limit.endMeasuring(limit.measuresUntil ?? 0);
    expect(limit.freeMs).toBeUndefined();
  });
});

describe("limit: bounds", () => {
  test("it is never below the least and never above the most, and never keeps all waiting", () => {
    const acts = fc.array(
      fc.record({
        act: fc.constantFrom("begin", "begin", "head", "head", "leave", "lag", "share", "end", "bound"),
        ms: fc.double({ min: 0, max: 3_000, noNaN: true }),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(200), acts, (least, more, all) => {
        let bounds = { least, most: least + more };
        const limit = new AdaptiveLimit(bounds, (now) => now + 500);
        let now = 0;
        const running: number[] = [];
        for (const { act, ms } of all) {
          now += ms / 10;
          if (act === "begin" && !limit.isFull) {
            running.push(now);
            limit.begin();
          } else if (act === "head" && running.length > 0) limit.noteHead(now, running.shift() ?? 0);
          else if (act === "leave" && running.pop() !== undefined) limit.leave();
          else if (act === "lag") limit.noteLag(now, ms);
          else if (act === "share") limit.sharedFreeMs = ms;
          else if (act === "end" && limit.measuresUntil !== undefined) limit.endMeasuring(now);
          else if (act === "bound") {
            bounds = { least: bounds.least, most: bounds.least + Math.floor(ms) };
            limit.bounds = bounds;
          }
          expect(limit.found).toBeGreaterThanOrEqual(bounds.least);
          expect(limit.found).toBeLessThanOrEqual(bounds.most);
          if (running.length === 0) expect(limit.isFull).toBe(false);
        }
      }),
    );
  });

  test("what left without an answer holds no place", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 1 }, NEVER);
    limit.begin();
    expect(limit.isFull).toBe(true);
    limit.leave();
    expect(limit.isFull).toBe(false);
  });
});

describe("limit: the loop", () => {
  test("one that comes late lowers the limit though answers begin in time, and it rises again after that", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 200 }, (now) => now + 1_000_000);
    let now = serve(limit, 1, 10_000, 10);
    const before = limit.found;
    expect(before).toBeGreaterThan(100);
    for (let n = 0; n < 20; n++) {
      limit.noteLag(now, 400);
      now = serve(limit, now, 200, 10);
    }
    expect(limit.found).toBeLessThanOrEqual(4);
    now = serve(limit, now, 10_000, 10);
    expect(limit.found).toBe(before);
  });

  test("some milliseconds are nothing", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 200 }, (now) => now + 1_000_000);
    let now = serve(limit, 1, 10_000, 10);
    for (let n = 0; n < 20; n++) {
      limit.noteLag(now, 15);
      now = serve(limit, now, 200, 10);
    }
    expect(limit.found).toBe(200);
  });
});

describe("limit: measurements", () => {
  test("it is measured when the limit first keeps somebody waiting, with less at once, and at the set times from then on", () => {
    const limit = new AdaptiveLimit({ least: 2, most: 50 }, (now) => now + 5_000);
    for (let n = 0; n < 16; n++) limit.begin();
    expect([limit.isFull, limit.freeMs]).toEqual([true, undefined]);
    for (let n = 1; n <= 16; n++) limit.noteHead(200 + n, 100);
    expect(limit.measuresUntil).toBeDefined();
    // Nothing is there: two may come at once.
    limit.begin();
    expect(limit.isFull).toBe(false);
    limit.begin();
    expect(limit.isFull).toBe(true);
    limit.leave();
    limit.leave();
    const now = serve(limit, 300, 1_000, 20);
    expect(limit.freeMs).toBe(20);
    expect(limit.measuresUntil).toBeUndefined();
    serve(limit, now, 6_000, 20);
    expect(limit.freeMs).toBe(20);
  });

  test("one that nothing comes of is ended by whoever watches the time, and the limit is as before", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 50 }, (now) => now + 5_000);
    for (let n = 0; n < 16; n++) limit.begin();
    // Four never are answered.
    for (let n = 1; n <= 12; n++) limit.noteHead(200 + n, 100);
    const until = limit.measuresUntil ?? 0;
    expect(until).toBeGreaterThan(200);
    expect([limit.isFull, limit.found]).toEqual([true, 16]);
    limit.endMeasuring(until);
    expect([limit.isFull, limit.found, limit.freeMs]).toEqual([false, 16, undefined]);
  });

  test("a worker that waits for something else is not held up for long by it, one that computes may be", () => {
    const until = (lagMs: number) => {
      const limit = new AdaptiveLimit({ least: 1, most: 50 }, (now) => now + 5_000);
      for (let n = 0; n < 16; n++) limit.begin();
      limit.noteLag(4_000, lagMs);
      for (let n = 1; n <= 16; n++) limit.noteHead(5_000 + n, 100);
      return Math.round((limit.measuresUntil ?? 0) / 100) * 100;
    };
    expect([until(0), until(300)]).toEqual([6_500, 15_000]);
  });

  test("a worker that nobody has to wait for is not measured", () => {
    const limit = new AdaptiveLimit({ least: 1, most: 50 }, (now) => now + 100);
    for (let now = 10; now < 5_000; now += 10) {
      limit.begin();
      limit.noteHead(now, now - 5);
      expect(limit.measuresUntil).toBeUndefined();
    }
    expect(limit.freeMs).toBeCloseTo(5);
  });
});
