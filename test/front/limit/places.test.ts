import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { farBehind, freePlace, type Placed, takePlace } from "../../../src/front/limit/places.ts";

class Request implements Placed {
  isHeldUp = false;
  heldBytes = 0;
  awaitsBody = true;
  awaitsTaking = false;
  readonly answerBytes: number;
  readonly behindMs: number;

  constructor(worker: Worker, { bytes = 0, behind = 0 } = {}) {
    this.answerBytes = bytes;
    this.behindMs = behind;
    worker.running.add(this);
  }
}

class Worker {
  backend: { keepsPlaces?: true } = {};
  readonly running = new Set<Request>();
  readonly heldUp = { count: 0, bytes: 0 };
}

const MOST = { count: 3, bytes: 1_500_000 };

describe("places: of a request whose client holds its answer up", () => {
  test("its place is free until it goes on", () => {
    const worker = new Worker();
    const one = new Request(worker);
    expect(freePlace(one, worker, MOST)).toBe(true);
    expect([one.isHeldUp, worker.heldUp.count]).toEqual([true, 1]);
    expect(freePlace(one, worker, MOST)).toBe(false);
    takePlace(one, worker);
    expect([one.isHeldUp, worker.heldUp]).toEqual([false, { count: 0, bytes: 0 }]);
    takePlace(one, worker);
    expect(worker.heldUp).toEqual({ count: 0, bytes: 0 });
  });

  test("it keeps it where the worker has a thread for each", () => {
    const worker = new Worker();
    worker.backend = { keepsPlaces: true };
    expect(freePlace(new Request(worker), worker, MOST)).toBe(false);
    expect(worker.heldUp.count).toBe(0);
  });

  test("of too many the newcomer keeps its place", () => {
    const worker = new Worker();
    const those = Array.from({ length: 4 }, () => new Request(worker));
    expect(those.map((one) => freePlace(one, worker, MOST))).toEqual([true, true, true, false]);
    takePlace(those[0] as Request, worker);
    expect(freePlace(those[3] as Request, worker, MOST)).toBe(true);
  });

  test("one whose answer would be too much in memory keeps its place", () => {
    const worker = new Worker();
    expect(freePlace(new Request(worker, { bytes: 800_000 }), worker, MOST)).toBe(true);
    expect(freePlace(new Request(worker, { bytes: 200_000 }), worker, MOST)).toBe(false);
    expect(worker.heldUp).toEqual({ count: 1, bytes: 1_127_680 });
  });

  test("whatever happens, what is counted is what there is", () => {
    const acts = fc.array(fc.tuple(fc.constantFrom("come", "free", "take"), fc.nat(9), fc.nat(400_000)));
    fc.assert(
      fc.property(acts, (list) => {
        const worker = new Worker();
        for (const [act, at, bytes] of list) {
          const one = [...worker.running][at % Math.max(1, worker.running.size)];
          if (act === "come") new Request(worker, { bytes });
          else if (act === "free" && one) freePlace(one, worker, MOST);
          else if (one) takePlace(one, worker);
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

describe("places: of those who send bodies while others wait", () => {
  test("so many as wait may end, of those who hold a place and are far too slow", () => {
    const worker = new Worker();
    const behind = (ms: number, given = {}) => Object.assign(new Request(worker, { behind: ms }), given);
    const slow = behind(6_000);
    behind(4_000);
    behind(9_000, { awaitsBody: false });
    behind(9_000, { isHeldUp: true });
    const slower = behind(9_000);
    expect(farBehind(worker.running, 5)).toEqual([slow, slower]);
    expect(farBehind(worker.running, 1)).toEqual([slow]);
  });
});
