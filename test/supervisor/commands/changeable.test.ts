import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import {
  type Changeable,
  refuseDuringTrial,
  refuseUnlessServing,
  whenChangeable,
} from "../../../src/supervisor/commands/changeable.ts";
import type { Phase } from "../../../src/supervisor/commands/survey.ts";
import { failureOf, settle } from "../../support/fake-pool.ts";

type Given = {
  phase?: Phase;
  trial?: boolean;
  leftMs?: number;
  closedBy?: GwError;
  underWay?: Promise<unknown>;
};

/** What is said here may be changed later. */
function changeable(now: Given): Changeable {
  return {
    phase: () => now.phase ?? "serving",
    get site() {
      return {
        trial: now.leftMs === undefined ? undefined : { told: { generation: 7, leftMs: now.leftMs } },
      };
    },
    get reloads() {
      return { closedBy: now.closedBy, trial: now.trial ? {} : undefined, underWay: now.underWay };
    },
  } as unknown as Changeable;
}

const elsewhere = new GwError("command_failed", { what: "process 9 has taken over" });

describe("changeable", () => {
  test.each<[Given, string]>([
    [{ phase: "starting" }, "gw is starting, and changes nothing now"],
    [{ phase: "stopping", closedBy: elsewhere }, "gw is stopping, and changes nothing now"],
    [{ closedBy: elsewhere }, "process 9 has taken over"],
  ])("%j is refused by name", (given, words) => {
    expect(() => refuseUnlessServing(changeable(given))).toThrow(words);
  });

  test.each<[Given, string]>([
    [{ trial: true }, "A new generation is about to be tried out, and nothing else"],
    [{ trial: true, leftMs: 1_001 }, "Generation 7 is tried out for another 2 s, and nothing else"],
  ])("so is %j", (given, words) => {
    expect(() => refuseDuringTrial(changeable(given))).toThrow(words);
  });

  test("one that has been called off and still goes is no reason", () => {
    refuseDuringTrial(changeable({ leftMs: 1_000 }));
  });

  test("what is under way is waited for, and everything is looked at again behind it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const now: Given = { underWay: promise };
    let isDone = false;
    const waited = whenChangeable(changeable(now)).then(() => {
      isDone = true;
    });
    await settle();
    expect(isDone).toBe(false);
    delete now.underWay;
    resolve();
    await waited;
    const next = Promise.withResolvers<void>();
    const then: Given = { underWay: next.promise };
    const refused = failureOf(whenChangeable(changeable(then)));
    then.trial = true;
    next.resolve();
    expect((await refused).message).toContain("about to be tried out");
  });
});
