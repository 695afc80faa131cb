import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BodyWait, PastWaits } from "../../../src/front/limit/body-waits.ts";

describe("body waits: of one request", () => {
  test("only the time counts in which its client is waited for", () => {
    const wait = new BodyWait();
    expect(wait.read(5)).toBe(0);
    wait.set(true, 10);
    wait.set(true, 20);
    expect(wait.read(30)).toBe(20);
    wait.set(false, 30);
    wait.set(false, 50);
    expect(wait.read(70)).toBe(20);
    wait.set(true, 100);
    expect(wait.read(101)).toBe(21);
  });
});

describe("body waits: of those that are over", () => {
  test("each is kept for as long as is said, and forgotten after twice that", () => {
    const waits = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 50 })));
    fc.assert(
      fc.property(waits, (list) => {
        const past = new PastWaits(100);
        const told: [number, number][] = [];
        let now = 0;
        for (const [later, ms] of list) {
          now += later;
          past.add(ms, now);
          told.push([now, ms]);
          const within = (most: number) =>
            told.reduce((sum, [at, waited]) => sum + (now - at < most ? waited : 0), 0);
          expect(past.read(now)).toBeGreaterThanOrEqual(within(100));
          expect(past.read(now)).toBeLessThanOrEqual(within(200));
        }
        expect(past.read(now + 200)).toBe(0);
      }),
    );
  });
});
