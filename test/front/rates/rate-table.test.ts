import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RateTable } from "../../../src/front/rates/rate-table.ts";

const SECOND = 1_000_000;
const hashOf = (text: string) => Bun.hash.wyhash(text, 7n);
const small = () => new RateTable(new ArrayBuffer(4096));
const TEN = { intervalUs: SECOND / 10, burst: 20 };
const ME = hashOf("me");

/** How many of so many requests at one instant are counted. */
function burstAt(table: RateTable, at: number, asked: number, hash = ME): number {
  let taken = 0;
  for (let request = 0; request < asked; request++) if (table.take(hash, TEN, at) === 0) taken++;
  return taken;
}

describe("rate table", () => {
  test("as many as the burst at once, and no more; then one for each interval", () => {
    const table = small();
    expect(burstAt(table, SECOND, 100)).toBe(20);
    expect(table.take(ME, TEN, SECOND)).toBe(SECOND / 10);
    expect(table.take(ME, TEN, 1.05 * SECOND)).toBeCloseTo(SECOND / 20, 0);
    expect([table.take(ME, TEN, 1.1 * SECOND), table.take(ME, TEN, 1.1 * SECOND)]).toEqual([0, SECOND / 10]);
    expect(burstAt(table, 1.6 * SECOND, 100)).toBe(5);
    expect(burstAt(table, 100 * SECOND, 100)).toBe(20);
  });

  test("whoever waits as long as it is told is counted, and nobody sooner", () => {
    const rate = fc.record({
      intervalUs: fc.integer({ min: 1, max: 10 ** 9 }),
      burst: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 2 ** 40 }), (given, start) => {
        const table = small();
        for (let request = 0; request < given.burst; request++) expect(table.take(ME, given, start)).toBe(0);
        const wait = table.take(ME, given, start);
        expect(wait).toBe(given.intervalUs);
        expect(table.take(ME, given, start + wait - 1)).toBe(1);
        expect(table.take(ME, given, start + wait)).toBe(0);
      }),
    );
  });

  test("in any stretch of time never more than the burst and what the rate gives", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: SECOND }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, (all) => {
        const table = small();
        let now = 5 * SECOND;
        const times: number[] = [];
        for (const gap of all) {
          now += gap;
          if (table.take(ME, TEN, now) === 0) times.push(now);
        }
        for (const [at, from] of times.entries()) {
          const last = times.at(-1) as number;
          expect(times.length - at).toBeLessThanOrEqual(TEN.burst + (last - from) / TEN.intervalUs + 1e-6);
        }
      }),
    );
  });

  test("what is given back was never counted", () => {
    const table = small();
    expect(burstAt(table, SECOND, 20)).toBe(20);
    table.giveBack(ME, TEN);
    table.giveBack(hashOf("nobody"), TEN);
    expect(burstAt(table, SECOND, 5)).toBe(1);
  });

  test("one client does not count for another", () => {
    const table = new RateTable(new ArrayBuffer(2 ** 16));
    for (let client = 0; client < 100; client++)
      expect(burstAt(table, SECOND, 30, hashOf(`client ${client}`))).toBe(20);
  });

  test("an instant far ahead, by another clock, keeps nobody out for longer than a whole burst", () => {
    const table = small();
    expect(burstAt(table, 1e12, 1)).toBe(1);
    expect(table.take(ME, TEN, SECOND)).toBe(TEN.intervalUs);
    expect(table.take(ME, TEN, SECOND + 20 * TEN.intervalUs)).toBeLessThanOrEqual(TEN.intervalUs);
  });

  test("under a million clients who come once, one that has used up its rate stays refused, in the same memory", () => {
    const memory = new ArrayBuffer(2 ** 20);
    const table = new RateTable(memory);
    const slow = { intervalUs: 3600 * SECOND, burst: 10 };
    for (let request = 0; request < 10; request++) expect(table.take(ME, slow, SECOND)).toBe(0);
    for (let client = 0; client < 1_000_000; client++)
      table.take(BigInt(client) * 0x9e37_79b9_7f4a_7c15n, slow, SECOND);
    expect(table.take(ME, slow, SECOND)).toBeGreaterThan(0);
    // Whoever is forgotten begins anew; nobody is refused for what others did.
    expect(table.take(hashOf("new"), slow, SECOND)).toBe(0);
  });

  test("two that count in one memory count together", () => {
    const memory = new ArrayBuffer(4096);
    const [one, other] = [new RateTable(memory), new RateTable(memory)];
    expect([burstAt(one, SECOND, 12), burstAt(other, SECOND, 12), burstAt(one, SECOND, 1)]).toEqual([
      12, 8, 0,
    ]);
  });
});
