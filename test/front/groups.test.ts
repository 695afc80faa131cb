import { describe, expect, test } from "bun:test";
import { GwError } from "../../src/core/errors.ts";
import { Groups } from "../../src/front/groups.ts";
import type { Backend, FrontGroup, FrontSettings } from "../../src/link/messages.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anyHost, SETTINGS } from "../support/front-process.ts";
import { onBug } from "../support/on-bug.ts";
import { Ends, visitOf } from "./fakes.ts";
import { PlainClient } from "./plain-client.ts";

function setUp(groups: FrontGroup[], defaultGroup?: string) {
  const clock = new FakeClock();
  const { log, texts, lines } = captureLog();
  const pressure: [string, number][] = [];
  const made = new Groups({
    clock,
    log,
    groups,
    ...(defaultGroup !== undefined && { defaultGroup }),
    date: () => "now",
    isRunning: () => false,
    owner: { onLost() {}, onBug, onPressure: (group, { waitedMs }) => pressure.push([group, waitedMs]) },
  });
  return { clock, groups: made, texts, lines, pressure };
}

/** A visit for this path, with the host that it is for. */
const visitFor = (target: string, host = "a", fields: string[] = []) =>
  Object.assign(visitOf(new PlainClient({ fields }), 0, target, new Ends()), { target, host });

const backend = (group: string, slot: number, given: Partial<Backend> = {}): Backend => ({
  ...{ slot, group, pid: slot, generation: 1, token: "t", capacity: 1, accepting: true },
  socket: `/nowhere/${group}-${slot}`,
  ...given,
});

const named = (name: string, given: Partial<FrontSettings> = {}, mount = "/") =>
  anyHost(name, { ...SETTINGS, ...given }, mount);

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GwError) return error.cause_;
    throw error;
  }
  throw new Error("not refused");
}

describe("groups: whose a request is", () => {
  test("the visit is told its group, its mount and what of the target is not passed on", () => {
    const { groups } = setUp([named("site"), named("shop", {}, "/shop")]);
    const seen = ["/shop/cart", "/shopping", "/"].map((target) => {
      const visit = visitFor(target);
      groups.route(visit);
      return [visit.group, visit.mount, visit.cut, groups.of(visit).name];
    });
    expect(seen).toEqual([
      ["shop", "/shop", 5, "shop"],
      ["site", "/", 0, "site"],
      ["site", "/", 0, "site"],
    ]);
  });

  test("what is no group's is refused, and has the socket timeout of the first", () => {
    const { groups } = setUp([named("shop", { socketTimeoutMs: 7 }, "/shop"), named("blog", {}, "/blog")]);
    const visit = visitFor("/");
    expect(refusalOf(() => groups.route(visit))).toBe("not_mounted");
    expect(groups.paceOf(visit)?.taking.lengthMs).toBe(7);
    expect(refusalOf(() => groups.of(visit))).toBe("bug");
  });

  test("a host that no group names goes to the one that takes such, if there is one", () => {
    const hosts = [{ ...named("site"), hosts: ["site.test"] }];
    expect(refusalOf(() => setUp(hosts).groups.route(visitFor("/", "other.test")))).toBe("unknown_host");
    const visit = visitFor("/", "other.test");
    setUp(hosts, "site").groups.route(visit);
    expect(visit.group).toBe("site");
  });

  test("each has a socket timeout of its own", () => {
    const { groups } = setUp([named("a", { socketTimeoutMs: 5 }), named("b", { socketTimeoutMs: 9 }, "/b")]);
    const lengths = ["/", "/b"].map((target) => {
      const visit = visitFor(target);
      groups.route(visit);
      return [groups.of(visit).silence.lengthMs, groups.paceOf(visit)?.taking.lengthMs];
    });
    expect(lengths).toEqual([
      [5, 5],
      [9, 9],
    ]);
  });

  test("where it decides about the worker, a client is known again, and nowhere else", () => {
    const sticky = { by: "header", name: "x-user", overflow: "wait", salt: 1 } as const;
    const { groups } = setUp([named("plain"), named("sticky", { sticky }, "/sticky")]);
    const marks = ["/", "/sticky"].map((target) => {
      const visit = visitFor(target, "a", ["X-User", "42"]);
      groups.route(visit);
      groups.mark(visit);
      return visit.mark;
    });
    expect(marks).toEqual([undefined, expect.any(Number)]);
  });
});

describe("groups: their workers", () => {
  test("each gets its own of the supervisor's list, and its own pause; what has no group is told of", () => {
    const { groups, lines } = setUp([named("a"), named("b", {}, "/b")]);
    const list = [backend("a", 1), backend("b", 2), backend("b", 3), backend("gone", 4)];
    groups.setBackends(list, ["b"]);
    const slots = [...groups].map(({ dispatch }) => dispatch.loads.map(({ slot }) => slot));
    expect(slots).toEqual([[1], [2, 3]]);
    expect(lines.map(({ text, fields }) => ({ text, ...fields }))).toMatchObject([
      { text: "worker of an unknown group", group: "gone", worker: 4 },
    ]);
    // In a pause nothing is given to anybody, which only the queue shows.
    for (const target of ["/b", "/b"]) {
      const visit = visitFor(target);
      groups.route(visit);
      groups.of(visit).dispatch.admit(visit);
    }
    const { queued, groups: each, workers } = groups.stats;
    expect([queued, each]).toMatchObject([
      2,
      [
        { name: "a", queued: 0 },
        { name: "b", queued: 2 },
      ],
    ]);
    expect(workers.map(({ slot, active }) => [slot, active])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  test("that requests wait is told with the name of the group", () => {
    const { groups, clock, pressure } = setUp([named("a"), named("b", { scaleUpWaitMs: 100 }, "/b")]);
    groups.setBackends([backend("a", 1, { accepting: false }), backend("b", 2, { capacity: 0 })], []);
    for (const target of ["/", "/b"]) {
      const visit = visitFor(target);
      groups.route(visit);
      groups.of(visit).dispatch.admit(visit);
    }
    clock.advance(150);
    expect(pressure).toEqual([["b", 100]]);
  });
});
