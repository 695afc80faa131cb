import { expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { admitBody } from "../../../src/front/stages/limits.ts";
import { type Stage, Stages } from "../../../src/front/visit/stages.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { settle } from "../../support/fake-pool.ts";
import { Ends, FakeClient, idleHolder, visitOf } from "../fakes.ts";

/** A visit in the middle of three stages: the second one takes its time, and the third is the last. */
function setUp(given: { hasBody?: boolean; second?: Stage } = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const stages = new Stages([
    (visit) => {
      seen.push("first");
      admitBody(visit, 5);
      return undefined;
    },
    given.second ?? (() => promise),
    (visit) => {
      seen.push("last");
      visit.handTo(idleHolder());
      return undefined;
    },
  ]);
  const ends = new Ends();
  const fake = new FakeClient(given.hasBody ? { method: "POST", hasBody: true } : {});
  const visit = visitOf(fake.client, 0, "v", ends);
  stages.begin(visit);
  return { stages, ends, fake, visit, seen, resolve, reject };
}

test("stages: one that takes its time is waited for, and its visit is held meanwhile", async () => {
  const { seen, visit, resolve } = setUp();
  expect([seen, visit.isHeld]).toEqual([["first"], true]);
  resolve();
  await settle();
  expect([seen, visit.isHeld]).toEqual([["first", "last"], true]);
});

test("stages: stages that are done at once are gone through at once", () => {
  expect(setUp({ second: () => undefined }).seen).toEqual(["first", "last"]);
});

test.each([
  ["its client leaves", ({ fake }) => fake.leave(), "client gone"],
  ["its body grows too large", ({ fake }) => fake.send("123456"), "request_body_too_large"],
  ["the front ends all", ({ stages }) => stages.abandon("shutting_down"), "shutting_down"],
] as [string, (set: ReturnType<typeof setUp>) => void, string][])(
  "stages: while one takes its time, %s: no later one gets the visit, whatever the stage says then",
  async (_what, happen, kind) => {
    for (const say of ["resolve", "reject"] as const) {
      const set = setUp({ hasBody: true });
      happen(set);
      expect(set.ends.kinds).toEqual([kind]);
      if (say === "resolve") set.resolve();
      else set.reject(new GwError("bad_host"));
      await settle();
      set.stages.abandon("shutting_down");
      expect([set.ends.kinds, set.seen]).toEqual([[kind], ["first"]]);
    }
  },
);

test("stages: the body goes on to come while one takes its time, and is there for the next", async () => {
  const { fake, visit, resolve } = setUp({ hasBody: true });
  fake.send("123");
  resolve();
  await settle();
  fake.send("45", true);
  expect(Buffer.from(visit.intake?.takeHeld() ?? []).toString()).toBe("12345");
});

test.each([
  [
    "at once",
    (error: Error) => {
      throw error;
    },
  ],
  ["later", (error: Error) => Promise.reject(error)],
] as [string, (error: Error) => Promise<void>][])(
  "stages: one refuses a visit %s, and a mistake is told as such",
  async (_when, fail) => {
    const refused = setUp({ second: (_visit: Visit) => fail(new GwError("expectation_failed")) });
    const broken = setUp({ second: () => fail(new TypeError("oh")) });
    await settle();
    expect([refused.ends.kinds, refused.seen]).toEqual([["expectation_failed"], ["first"]]);
    expect(broken.ends.kinds).toEqual(["bug"]);
  },
);
