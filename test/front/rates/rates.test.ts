import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { RateTable } from "../../../src/front/rates/rate-table.ts";
import { Rates } from "../../../src/front/rates/rates.ts";
import type { Stage } from "../../../src/front/visit/stages.ts";
import type { FrontGroup } from "../../../src/link/messages.ts";
import type { RateLimit } from "../../../src/link/setups.ts";
import { anyHost } from "../../support/front-process.ts";
import { FakeClient, visitOf } from "../fakes.ts";

const perHour = (count: number, given: Partial<RateLimit> = {}): RateLimit => ({
  text: `address ${count}/h`,
  by: "address",
  count,
  windowMs: 3_600_000,
  burst: count,
  ...given,
});

function setUp(groups: FrontGroup[]) {
  let nowUs = 1e9;
  const table = new RateTable(new ArrayBuffer(4096));
  const rates = new Rates({ groups, setup: { parts: 1, salt: 7 }, table, nowUs: () => nowUs });
  const ask = (stages: readonly Stage[], { path = "/", group = "shop", user = "" } = {}) => {
    const visit = visitOf(new FakeClient({ target: path }).client);
    Object.assign(visit, { target: path, group, user });
    try {
      for (const stage of stages) stage(visit);
      return "passed";
    } catch (thrown) {
      if (!(thrown instanceof GwError)) throw thrown;
      expect(visit.refusalFields).toContain("RateLimit");
      return `${thrown.cause_}: ${thrown.facts.rule} in ${thrown.facts.retryAfter}`;
    }
  };
  const advance = (us: number) => {
    nowUs += us;
  };
  return { rates, ask, advance };
}

const shopWith = (...rates: RateLimit[]): FrontGroup => ({ ...anyHost("shop"), rates });

describe("rates: stages", () => {
  test("there is none where nothing is limited", () => {
    const { early, late } = setUp([anyHost("shop"), shopWith()]).rates;
    expect([early.length, late.length]).toEqual([0, 0]);
  });

  test("a request beyond the rate is refused by the name of its rule, and the next one after a while is not", () => {
    const { rates, ask, advance } = setUp([shopWith(perHour(2))]);
    expect([ask(rates.early), ask(rates.early), ask(rates.early)]).toEqual([
      "passed",
      "passed",
      "rate_limited: address 2/h in 1800",
    ]);
    advance(1800 * 1e6);
    expect([ask(rates.early), ask(rates.early)]).toEqual(["passed", "rate_limited: address 2/h in 1800"]);
  });

  test("users are counted when they are known, and others are not", () => {
    const { rates, ask } = setUp([shopWith(perHour(1, { by: "user", text: "user 1/h" }))]);
    expect([rates.early.length, rates.late.length]).toEqual([0, 1]);
    expect([ask(rates.late), ask(rates.late)]).toEqual(["passed", "passed"]);
    expect([ask(rates.late, { user: "ann" }), ask(rates.late, { user: "bob" })]).toEqual([
      "passed",
      "passed",
    ]);
    expect(ask(rates.late, { user: "ann" })).toBe("rate_limited: user 1/h in 3600");
  });

  test("what one rule refuses no other one counts", () => {
    const strict = perHour(1, { text: "address 1/h path=/login", path: "/login" });
    const { rates, ask } = setUp([shopWith(perHour(5), strict)]);
    expect(ask(rates.early, { path: "/login" })).toBe("passed");
    for (let times = 0; times < 10; times++)
      expect(ask(rates.early, { path: "/login" })).toBe("rate_limited: address 1/h path=/login in 3600");
    const others = Array.from({ length: 5 }, () => ask(rates.early));
    expect(others).toEqual([...Array(4).fill("passed"), "rate_limited: address 5/h in 720"]);
  });

  test("a group's rule is about that group alone", () => {
    const { rates, ask } = setUp([
      shopWith(perHour(1)),
      { ...anyHost("api"), rates: [perHour(1)] },
      anyHost("free"),
    ]);
    const all = ["shop", "api", "free", "shop", "api", "free"].map((group) => ask(rates.early, { group }));
    const refused = "rate_limited: address 1/h in 3600";
    expect(all).toEqual(["passed", "passed", "passed", refused, refused, "passed"]);
  });
});
