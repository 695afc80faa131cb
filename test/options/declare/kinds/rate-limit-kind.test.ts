import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { printRule, rateLimits } from "../../../../src/options/declare/kinds/rate-limit-kind.ts";

const kind = rateLimits();
const rule = (by: unknown, count: number, windowMs: number, burst = count, path?: string) => ({
  by,
  count,
  windowMs,
  burst,
  path,
});

describe("rates of requests", () => {
  for (const [text, value] of [
    ["address 10/s burst=20", [rule("address", 10, 1000, 20)]],
    ["header:X-Api-Key 1000/m", [rule({ header: "x-api-key" }, 1000, 60_000)]],
    ["user 5/s path=/login", [rule("user", 5, 1000, 5, "/login")]],
    ["address  1/h   burst=2  path=/a/b", [rule("address", 1, 3_600_000, 2, "/a/b")]],
    ["address 7/d, user 1/s", [rule("address", 7, 86_400_000), rule("user", 1, 1000)]],
    ["", []],
    ["address", undefined],
    ["address 10", undefined],
    ["address 0/s", undefined],
    ["address 1/s burst=0", undefined],
    ["address 1000001/s", undefined],
    ["address 1.5/s", undefined],
    ["address 1/w", undefined],
    ["address 1/s path=login", undefined],
    ["address 1/s path=/a?b", undefined],
    ['address 1/s path=/a"b', undefined],
    ["address 1/s path=/a burst=2", undefined],
    ["client 1/s", undefined],
    ["header: 1/s", undefined],
    ["header:a b 1/s", undefined],
    ["address 1/s,", undefined],
  ] as const)
    test(JSON.stringify(text), () => expect(kind.parse(text)).toEqual(value as never));

  test("in a file a text, or a list of them", () => {
    const one = rule("address", 1, 1000);
    expect(kind.fromJson("address 1/s")).toEqual([one] as never);
    expect(kind.fromJson(["address 1/s", "address 1/s"])).toEqual([one, one] as never);
    expect(kind.fromJson([])).toEqual([]);
    for (const wrong of [5, null, {}, [5], ["address"]]) expect(kind.fromJson(wrong)).toBeUndefined();
  });

  test("each has one spelling, which reads back as the same", () => {
    const by = fc.oneof(fc.constantFrom("address", "user"), fc.constant({ header: "x-api-key" }));
    const number = fc.integer({ min: 1, max: 1_000_000 });
    const window = fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000);
    const path = fc.option(fc.stringMatching(/^\/[a-z/]{0,9}$/), { nil: undefined });
    const rules = fc.array(fc.record({ by, count: number, windowMs: window, burst: number, path }));
    fc.assert(
      fc.property(rules, (given) => {
        expect(kind.parse(kind.print(given as never))).toEqual(given as never);
      }),
    );
    expect(printRule(rule("address", 10, 1000) as never)).toBe("address 10/s");
  });
});
