import { describe, expect, test } from "bun:test";
import { UNIX_CLIENT } from "../../../src/core/addresses.ts";
import { refusalOf, ruleOf } from "../../../src/front/rates/rate-rules.ts";
import type { RateLimit } from "../../../src/link/setups.ts";

const SETUP = { parts: 1, salt: 7 };
const LIMIT: RateLimit = {
  text: "address 10/s burst=20",
  by: "address",
  count: 10,
  windowMs: 1000,
  burst: 20,
};

function keyOf(
  limit: Partial<RateLimit>,
  { path = "/", fields = [] as string[], user = "", address = "192.0.2.1" } = {},
) {
  return ruleOf({ ...LIMIT, ...limit }, "shop", SETUP).keyOf({ path, fields, user, peer: { address } });
}

describe("rates: whom a request is counted for", () => {
  test("each address for itself", () => {
    const [one, same, other] = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) =>
      keyOf({}, { address }),
    );
    expect(typeof one).toBe("bigint");
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("whoever comes by a UNIX socket has no address", () => {
    expect(keyOf({}, { address: UNIX_CLIENT })).toBeUndefined();
  });

  test("a user only where one is known", () => {
    expect(keyOf({ by: "user" })).toBeUndefined();
    expect(keyOf({ by: "user" }, { user: "ann" })).toBe(
      keyOf({ by: "user" }, { user: "ann", address: "::1" }),
    );
    expect(keyOf({ by: "user" }, { user: "ann" })).not.toBe(keyOf({ by: "user" }, { user: "bob" }));
  });

  test("a field by all of its values, whatever the letter case of its name", () => {
    const by = { header: "x-key" };
    expect(keyOf({ by })).toBeUndefined();
    const one = keyOf({ by }, { fields: ["X-Key", "a"] });
    expect(keyOf({ by }, { fields: ["a", "1", "x-KEY", "a"] })).toBe(one as bigint);
    expect(keyOf({ by }, { fields: ["X-Key", "a", "X-Key", "b"] })).not.toBe(one as bigint);
    expect(keyOf({ by }, { fields: ["X-Key", "A"] })).not.toBe(one as bigint);
  });

  test("a rule, a group and a start of gw have counts of their own", () => {
    const request = { path: "/", fields: [], user: "", peer: { address: "192.0.2.1" } };
    const keys = [
      ruleOf(LIMIT, "shop", SETUP),
      ruleOf({ ...LIMIT, text: "address 10/s" }, "shop", SETUP),
      ruleOf(LIMIT, "other", SETUP),
      ruleOf(LIMIT, "shop", { ...SETUP, salt: 8 }),
    ].map((rule) => rule.keyOf(request));
    expect(new Set(keys).size).toBe(4);
  });
});

describe("rates: which paths a rule is about", () => {
  for (const [path, isCounted] of [
    ["/login", true],
    ["/login/", true],
    ["/LOGIN/a", true],
    ["/logins", false],
    ["/", false],
    // However an app may read it.
    ["/a/../login", true],
    ["/a/%2e%2e/login", true],
    ["//login", true],
    ["/lo%67in", true],
    ["/a%2f..%2flogin", true],
    ["/a;x=1/login", false],
  ] as const)
    test(path, () => {
      expect(keyOf({ path: "/login" }, { path }) !== undefined).toBe(isCounted);
    });
});

describe("rates: how a rule is counted and told", () => {
  test("by an interval and a burst", () => {
    expect(ruleOf(LIMIT, "shop", SETUP)).toMatchObject({ intervalUs: 100_000, burst: 20 });
    const perMinute = { ...LIMIT, count: 1000, windowMs: 60_000 };
    expect(ruleOf(perMinute, "shop", SETUP)).toMatchObject({ intervalUs: 60_000 });
  });

  test("each of several that count for themselves has its part", () => {
    expect(ruleOf(LIMIT, "shop", { parts: 4, salt: 7 })).toMatchObject({ intervalUs: 400_000, burst: 5 });
    expect(ruleOf({ ...LIMIT, burst: 1 }, "shop", { parts: 4, salt: 7 })).toMatchObject({ burst: 1 });
  });

  test("in whole seconds, at least one, and by its own words", () => {
    const rule = ruleOf(LIMIT, "shop", SETUP);
    expect(refusalOf(rule, 50_000)).toEqual({
      retryAfter: 1,
      fields: [
        "RateLimit-Policy",
        '"address 10/s burst=20";q=10;w=1;gw-burst=20',
        "RateLimit",
        '"address 10/s burst=20";r=0;t=1',
      ],
    });
    expect(refusalOf(rule, 2_000_001).retryAfter).toBe(3);
  });
});
