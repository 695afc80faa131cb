// One place and its processes, which are only said to exist, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { type Rest, WORKER_RESTS } from "../../../src/supervisor/child/policy.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Place, type PlaceSetup } from "../../../src/supervisor/crew/place.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { fakeLaunch, settle } from "../../support/fake-pool.ts";

const SETUP: PlaceSetup = {
  ...{ name: "worker 7", cwd: "/", dress: { env: {} }, rests: WORKER_RESTS },
  ...{ startupTimeoutMs: 15_000, drainTimeoutMs: 10_000, shutdownTimeoutMs: 5_000 },
  role: "worker",
  configure: () => ({ type: "backends", backends: [], paused: [] }),
};

function setUp() {
  const clock = new FakeClock();
  const { launch, processes } = fakeLaunch();
  const news: string[] = [];
  const rests: Rest[] = [];
  const nth = (slot: Slot) => processes.findIndex(({ pid }) => pid === slot.pid) + 1;
  const gone: (number | undefined)[] = [];
  const owner = {
    onReady: (slot: Slot) => void news.push(`ready ${nth(slot)}`),
    onReport: (slot: Slot) => void news.push(`report ${nth(slot)}`),
    onRest: (_slot: Slot, rest: Rest) => void rests.push(rest),
    onGone: (_slot: Slot, run?: { child: { pid: number } | undefined }) => void gone.push(run?.child?.pid),
    onSucceeded: (_place: Place, old: Slot) => void news.push(`${nth(old)} is succeeded`),
  };
  /** When another one may follow one that had served; otherwise only age counts. */
  const turnsMs: number[] = [];
  const turnAfter = async () => turnsMs.shift();
  const employer = { hear() {}, onWithdrawn() {}, succession: { turnAfter } };
  const tools = { clock, log: captureLog().log, random: () => 0.5, launch, print() {} };
  const place = new Place(7, SETUP, owner, employer, tools);
  return { clock, processes, news, rests, gone, turnsMs, place };
}

/** A place whose first process serves. */
function serving() {
  const set = setUp();
  set.place.start();
  set.processes[0]?.becomeReady();
  set.news.length = 0;
  return set;
}

describe("place: one process", () => {
  test("it starts when it is told to, and is whose number the place has", () => {
    const { place, processes, news } = setUp();
    expect([processes.length, place.isWanted, place.current.number]).toEqual([0, true, 7]);
    place.start();
    processes[0]?.becomeReady();
    expect([news, place.slots]).toEqual([["ready 1"], [place.current]]);
  });

  test("one that ends is followed by another in the same slot, and what it said last is kept", async () => {
    const { place, processes, clock, news, rests } = serving();
    const slot = place.current;
    processes[0]?.print("error: broken");
    processes[0]?.end({ code: 1 });
    await settle();
    expect([news, rests]).toEqual([["report 1"], [{ quickDeaths: 1, restMs: 1_000, isCrashLoop: false }]]);
    expect(place.trouble).toMatchObject({ slot, error: undefined, lastWords: "error: broken" });
    clock.advance(1_000);
    expect([processes.length, place.current]).toEqual([2, slot]);
  });

  test("one that another one follows at once is no trouble; one that rests first is", async () => {
    const { place, processes, turnsMs, clock } = serving();
    turnsMs.push(0, 500);
    processes[0]?.end({ code: 1 });
    await settle();
    expect(place.trouble).toBeUndefined();
    clock.advance(0);
    processes[1]?.becomeReady();
    processes[1]?.end({ code: 1 });
    await settle();
    expect(place.trouble?.rest).toEqual({ quickDeaths: 0, restMs: 500, isCrashLoop: false });
  });

  test("one that never served is trouble with its error", async () => {
    const { place, processes } = setUp();
    place.start();
    processes[0]?.end({ code: 3 });
    await settle();
    expect(place.trouble?.error?.cause_).toBe("worker_died_at_start");
  });
});

describe("place: a successor", () => {
  test("the old one serves until it is ready, has the place no more then, and waits to be let go", async () => {
    const { place, processes, news, gone } = serving();
    const old = place.current;
    place.renew();
    place.renew();
    expect([processes.length, place.current, place.slots]).toEqual([2, old, [old, place.successor as Slot]]);
    processes[1]?.becomeReady();
    expect(news).toEqual(["ready 2", "1 is succeeded"]);
    expect([place.current === old, [...place.departing], place.successor]).toEqual([false, [old], undefined]);
    expect(processes[0]?.did).not.toContain("SIGTERM");
    const left = old.leave("stop");
    processes[0]?.end({ code: 0 });
    await left;
    expect([place.slots, gone]).toEqual([[place.current], [processes[0]?.pid]]);
  });

  test("one that is to come later comes when its rest is over", () => {
    const { place, processes, clock } = serving();
    place.renew(500);
    clock.advance(499);
    expect(processes).toHaveLength(1);
    clock.advance(1);
    expect(processes).toHaveLength(2);
  });

  test("where the old one ends before, it has the place at once and is the only one that follows", async () => {
    const { place, processes, clock, gone } = serving();
    const old = place.current;
    place.renew();
    processes[0]?.end({ signal: "SIGSEGV" });
    await settle();
    expect([place.current === old, place.slots.length, gone.length]).toEqual([false, 1, 1]);
    clock.advance(60_000);
    // The one that starts has its own time, and is not ready yet.
    expect(processes[1]?.did).toContain("SIGKILL");
    expect(processes.filter(({ hasEnded }) => !hasEnded).length).toBe(1);
  });

  test("where the old one ends before a later one was begun, that is forgotten: the slot tries by itself", async () => {
    const { place, processes, clock } = serving();
    const old = place.current;
    place.renew(30_000);
    processes[0]?.end({ signal: "SIGSEGV" });
    await settle();
    expect([place.current, place.successor]).toEqual([old, undefined]);
    clock.advance(1_000);
    processes[1]?.becomeReady();
    clock.advance(60_000);
    expect(processes).toHaveLength(2);
  });

  test("relieved, the old one has the place no more at once, whether the other one is ready or not", () => {
    const { place } = serving();
    const old = place.current;
    expect(place.relieve()).toBe(old);
    expect([place.current === old, [...place.departing], place.current.state]).toEqual([
      false,
      [old],
      "greeting",
    ]);
  });

  test("one that was to be let go and ends by itself is not followed", async () => {
    const { place, processes, news, clock, gone } = serving();
    place.relieve();
    processes[1]?.becomeReady();
    news.length = 0;
    processes[0]?.end({ code: 1 });
    await settle();
    clock.advance(60_000);
    expect([news, processes.length, gone.length, place.departing.size]).toEqual([[], 2, 1, 0]);
  });
});

describe("place: the rest before a renewal for which the process itself was the reason", () => {
  test("none at first, longer each time that it comes to that quickly, and none after a good run", () => {
    const { place } = serving();
    const rests = [0, 0, 0, WORKER_RESTS.goodRunMs, 0].map((servedMs) => place.restBeforeRenewal(servedMs));
    expect(rests).toEqual([0, 1_000, 2_000, 0, 1_000]);
  });

  test("a process that was of use begins a new row, however short its life", async () => {
    for (const [requests, restMs] of [
      [9, 1_000],
      [10, 0],
    ] as const) {
      const { place, processes } = serving();
      place.restBeforeRenewal(0);
      processes[0]?.say({ type: "heartbeat", requests });
      const left = place.vacate().leave("stop");
      processes[0]?.end({ code: 0 });
      await left;
      expect(place.restBeforeRenewal(0)).toBe(restMs);
    }
  });
});

describe("place: its end", () => {
  test("vacated, nothing follows, and a successor that starts is given up; what serves is the caller's", async () => {
    const { place, processes, clock } = serving();
    const old = place.current;
    place.renew();
    expect(place.vacate()).toBe(old);
    expect([
      place.isWanted,
      place.departing.size,
      processes[0]?.did.at(-1),
      processes[1]?.did.at(-1),
    ]).toEqual([false, 2, "backends", "SIGTERM"]);
    processes[1]?.end({ code: 0 });
    place.renew();
    const left = old.leave("stop");
    processes[0]?.end({ code: 0 });
    await left;
    clock.advance(60_000);
    expect([processes.length, place.departing.size, place.current.state]).toEqual([2, 0, "empty"]);
  });

  test("a vacated place that never had a process, or was only to get another one, is empty", () => {
    const fresh = setUp();
    fresh.place.vacate();
    expect(fresh.place.departing.size).toBe(0);
    const { place, processes, clock } = serving();
    place.renew(1_000);
    const old = place.vacate();
    clock.advance(5_000);
    expect([[...place.departing], processes.length]).toEqual([[old], 1]);
  });

  test("started anew, what still leaves goes on leaving beside another one", async () => {
    const { place, processes } = serving();
    const old = place.vacate();
    place.start();
    expect([place.isWanted, place.current === old, processes.length]).toEqual([true, false, 2]);
    processes[1]?.becomeReady();
    const left = old.leave("stop");
    processes[0]?.end({ code: 0 });
    await left;
    expect(place.slots).toEqual([place.current]);
  });

  test("all that is there leaves, and is waited for", async () => {
    const { place, processes, clock } = serving();
    place.renew();
    let isLeft = false;
    const left = place.leave("stop").then(() => {
      isLeft = true;
    });
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["SIGTERM", "SIGTERM"]);
    processes[0]?.end({ code: 0 });
    await settle();
    expect(isLeft).toBe(false);
    processes[1]?.end({ code: 0 });
    await left;
    clock.advance(60_000);
    expect([processes.length, place.isWanted]).toEqual([2, false]);
  });

  test("killed, each is killed, and one that was to come does not", () => {
    const { place, processes, clock } = serving();
    place.renew(1_000);
    place.kill();
    expect(processes[0]?.did.at(-1)).toBe("SIGKILL");
    processes[0]?.end({ signal: "SIGKILL" });
    clock.advance(60_000);
    expect(processes).toHaveLength(1);
  });
});
