import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AdaptiveLimit } from "../../../src/front/limit/adaptive-limit.ts";
import { farBehind, freePlace, type Placed, takePlace } from "../../../src/front/limit/places.ts";

class Request implements Placed {
  isHeldUp = false;
  heldBytes = 0;
  isUnanswered = true;
  awaitsBody = true;
  bodyBytes: number;
  readonly behindMs: number;

  constructor(worker: Worker, { bytes = 0, behind = 0 } = {}) {
    this.bodyBytes = bytes;
    this.behindMs = behind;
    worker.running.add(this);
  }
}

class Worker {
  backend: { keepsPlaces?: true } = {};
  readonly running = new Set<Request>();
  readonly heldUp = { count: 0, bytes: 0 };
  limit: AdaptiveLimit | undefined;
}

const MOST = { count: 3, bytes: 1_000_000 };

describe("places: of a request that waits for its client", () => {
  test("its place is free until it goes on", () => {
    const worker = new Worker();
    const one = new Request(worker);
    expect(freePlace(one, worker, MOST)).toBe(true);
    expect([one.isHeldUp, worker.heldUp.count]).toEqual([true, 1]);
    expect(freePlace(one, worker, MOST)).toBe(false);
    expect(takePlace(one, worker)).toBe(true);
    expect([one.isHeldUp, worker.heldUp]).toEqual([false, { count: 0, bytes: 0 }]);
    expect(takePlace(one, worker)).toBe(false);
  });

  test("it keeps it where the worker has a thread for each", () => {
    const worker = new Worker();
    worker.backend = { keepsPlaces: true };
    expect(freePlace(new Request(worker), worker, MOST)).toBe(false);
    expect(worker.heldUp.count).toBe(0);
  });

  test("the limit that is found counts it no more, until its body is there", () => {
    const worker = new Worker();
    worker.limit = new AdaptiveLimit({ least: 1, most: 1 }, () => Number.POSITIVE_INFINITY);
    const one = new Request(worker);
    worker.limit.begin();
    freePlace(one, worker, MOST);
    expect(worker.limit.isFull).toBe(false);
    takePlace(one, worker);
    expect(worker.limit.isFull).toBe(true);
    // What has begun to be answered was not counted any more.
    worker.limit.leave();
    one.isUnanswered = false;
    freePlace(one, worker, MOST);
    takePlace(one, worker);
    expect(worker.limit.isFull).toBe(false);
  });

  test("of too many the newcomer keeps its place", () => {
    const worker = new Worker();
    const those = Array.from({ length: 4 }, () => new Request(worker));
    expect(those.map((one) => freePlace(one, worker, MOST))).toEqual([true, true, true, false]);
    takePlace(those[0] as Request, worker);
    expect(freePlace(those[3] as Request, worker, MOST)).toBe(true);
  });

  test("while others wait, so many as wait end of those who send far too slowly, and of these first who holds a place", () => {
    const worker = new Worker();
    const [held, slow, , answered] = [9_000, 6_000, 4_000, 9_000].map(
      (behind) => new Request(worker, { behind }),
    );
    freePlace(held as Request, worker, MOST);
    Object.assign(answered as Request, { awaitsBody: false });
    expect(farBehind(worker.running, 5)).toEqual([slow as Request, held as Request]);
    expect(farBehind(worker.running, 1)).toEqual([slow as Request]);
  });

  test("one whose body would be too much in the app's memory keeps its place, or takes it again as it grows", () => {
    const worker = new Worker();
    expect(freePlace(new Request(worker, { bytes: 800_000 }), worker, MOST)).toBe(true);
    expect(freePlace(new Request(worker, { bytes: 200_000 }), worker, MOST)).toBe(false);
    const growing = new Request(worker);
    expect(freePlace(growing, worker, MOST)).toBe(true);
    growing.bodyBytes = 300_000;
    expect(freePlace(growing, worker, MOST)).toBe(false);
    expect([growing.isHeldUp, worker.heldUp]).toEqual([false, { count: 1, bytes: 849_152 }]);
  });

  test("whatever happens, what is counted is what there is", () => {
    const acts = fc.array(
      fc.tuple(fc.constantFrom("come", "free", "take", "grow"), fc.nat(9), fc.nat(400_000)),
    );
    fc.assert(
      fc.property(acts, (list) => {
        const worker = new Worker();
        for (const [act, at, bytes] of list) {
          const one = [...worker.running][at % Math.max(1, worker.running.size)];
          if (act === "come") new Request(worker, { bytes, behind: bytes % 7 });
          else if (act === "free" && one) freePlace(one, worker, MOST);
          else if (act === "take" && one) takePlace(one, worker);
          else if (one) one.bodyBytes += bytes;
          const held = [...worker.running].filter(({ isHeldUp }) => isHeldUp);
          const sum = [...worker.running].reduce((all, { heldBytes }) => all + heldBytes, 0);
          expect(worker.heldUp).toEqual({ count: held.length, bytes: sum });
          expect(held.length).toBeLessThanOrEqual(MOST.count);
          expect(sum).toBeLessThanOrEqual(MOST.bytes);
        }
      }),
    );
  });
});
