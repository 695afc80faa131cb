import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type LineKind, LineRates } from "../../../src/front/telling/line-rates.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const BAD: LineKind = { cause: "malformed_request", most: 3 };

function setUp() {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const rates = new LineRates(clock, log);
  const allowed = (kind: LineKind, times: number) =>
    Array.from({ length: times }, () => rates.allows(kind)).filter(Boolean).length;
  return { clock, rates, lines, allowed };
}

describe("rates of log lines", () => {
  test("so many lines of a cause in ten seconds, and then one that tells how many were left out", () => {
    const { clock, lines, allowed } = setUp();
    expect(allowed(BAD, 3)).toBe(3);
    clock.advance(9_999);
    expect(allowed(BAD, 5)).toBe(0);
    expect(lines).toEqual([]);
    clock.advance(1);
    const fields = { cause: "malformed_request", group: undefined, count: 5, withinMs: 10_000 };
    expect(lines).toEqual([{ level: "warn", tag: "", text: "more lines like these were left out", fields }]);
    expect(allowed(BAD, 5)).toBe(3);
  });

  test("where nothing was left out nothing is said, and no timer remains", () => {
    const { clock, lines, allowed } = setUp();
    allowed(BAD, 3);
    clock.advance(10_000);
    expect([lines, clock.pending()]).toEqual([[], []]);
  });

  test("another cause, and the same cause of another group, have their own", () => {
    const { rates, lines, allowed } = setUp();
    expect(allowed({ cause: "queue_full", group: "shop", most: 2 }, 9)).toBe(2);
    expect(allowed({ cause: "queue_full", group: "api", most: 2 }, 9)).toBe(2);
    expect(allowed(BAD, 9)).toBe(3);
    rates.tellAll();
    expect(lines.map(({ fields: { cause, group, count } }) => [cause, group, count])).toEqual([
      ["queue_full", "shop", 7],
      ["queue_full", "api", 7],
      ["malformed_request", undefined, 6],
    ]);
  });

  test("a front that leaves tells what it has left out so far, once", () => {
    const { clock, rates, lines, allowed } = setUp();
    allowed(BAD, 4);
    rates.tellAll();
    rates.tellAll();
    clock.advance(10_000);
    expect(lines).toHaveLength(1);
  });

  test("whatever comes when: each line is written or counted, and no stretch has more than its share", () => {
    const act = fc.oneof(fc.constant("line" as const), fc.integer({ min: 1, max: 4_000 }));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const { clock, rates, lines } = setUp();
        const written: number[] = [];
        let asked = 0;
        for (const one of acts) {
          if (one !== "line") clock.advance(one);
          else {
            asked++;
            if (rates.allows(BAD)) written.push(clock.now());
          }
        }
        rates.tellAll();
        const leftOut = lines.reduce((sum, { fields }) => sum + Number(fields.count), 0);
        // Two stretches may touch any ten seconds.
        const inTen = (from: number) => written.filter((at) => at >= from && at < from + 10_000).length;
        return written.length + leftOut === asked && written.every((at) => inTen(at) <= 2 * BAD.most);
      }),
    );
  });
});
