// How long a worker stays once it has been told to leave.
import { describe, expect, test } from "bun:test";
import { Departure } from "../../src/child/departure.ts";
import type { FromChild } from "../../src/link/messages.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp(active?: { count: number }) {
  const clock = new FakeClock();
  const said: FromChild[] = [];
  const ended: number[] = [];
  let stops = 0;
  const departure = new Departure({
    clock,
    say: (message) => said.push(message),
    exit: () => ended.push(clock.now()),
  });
  if (active) departure.finishFirst({ active: () => active.count, stopAccepting: () => stops++ });
  return { clock, said, ended, departure, stops: () => stops };
}

describe("departure", () => {
  test("departure: a worker that has served nothing yet goes at once", () => {
    const { departure, said, ended } = setUp();
    departure.leave("drain", 5000);
    expect(said).toEqual([{ type: "drained" }, { type: "bye", reason: "drain" }]);
    expect(ended).toHaveLength(1);
  });

  test("departure: an idle worker looks twice, for a request that is on its way", () => {
    const active = { count: 0 };
    const { departure, clock, ended, stops } = setUp(active);
    departure.leave("drain", 5000);
    expect([ended.length, stops()]).toEqual([0, 1]);
    active.count = 1;
    clock.advance(25);
    active.count = 0;
    clock.advance(25);
    expect(ended).toHaveLength(0);
    clock.advance(25);
    expect(ended).toHaveLength(1);
  });

  test("departure: the window ends it with what is unfinished told", () => {
    const { departure, clock, said, ended } = setUp({ count: 2 });
    departure.leave("drain", 1000);
    clock.advance(999);
    expect(ended).toHaveLength(0);
    clock.advance(26);
    expect(said.at(-1)).toEqual({ type: "bye", reason: "drain, 2 requests unfinished" });
  });

  test("departure: a second order can only shorten the window, and does not change the reason", () => {
    const { departure, clock, said, ended, stops } = setUp({ count: 1 });
    departure.leave("drain", 10_000);
    departure.leave("shutdown_signal", 500);
    departure.leave("shutdown_signal", 60_000);
    clock.advance(600);
    expect(ended).toHaveLength(1);
    expect(said.filter(({ type }) => type === "bye")).toEqual([
      { type: "bye", reason: "drain, 1 requests unfinished" },
    ]);
    expect(stops()).toBe(1);
  });

  const WINDOWS = { evictionTimeoutMs: 12_000, gracefulTimeoutMs: 15_000, shutdownTimeoutMs: 5_000 };
  const asked = (said: FromChild[]) => said.filter(({ type }) => type === "leaving");

  function serving() {
    const active = { count: 0 };
    const made = setUp();
    made.departure.finishFirst({ active: () => active.count, stopAccepting() {} }, WINDOWS);
    return { ...made, active };
  }

  test("departure: a signal is a wish first, and its reason is that of the end", () => {
    const { departure, clock, said, ended } = serving();
    departure.ask("eviction_signal");
    departure.ask("eviction_signal");
    clock.advance(11_999);
    expect({ said, ended }).toEqual({ said: [{ type: "leaving", reason: "eviction_signal" }], ended: [] });
    departure.leave("drain", 0);
    expect(said.at(-1)).toEqual({ type: "bye", reason: "eviction_signal" });
  });

  test.each([
    ["shutdown_signal", 2_000],
    ["eviction_signal", 12_000],
    ["cpu_time_limit", 15_000],
  ] as const)("departure: %s that nobody answers is obeyed after %d ms", (reason, ms) => {
    const { departure, clock, ended, active } = serving();
    active.count = 1;
    departure.ask(reason);
    clock.advance(ms + 4_999);
    expect(ended).toEqual([]);
    clock.advance(26);
    expect(ended).toHaveLength(1);
  });

  test("departure: a shutdown beats an eviction, and an eviction does not beat a shutdown", () => {
    const { departure, clock, said, ended } = serving();
    departure.ask("eviction_signal");
    departure.ask("shutdown_signal");
    departure.ask("eviction_signal");
    expect(asked(said)).toEqual([
      { type: "leaving", reason: "eviction_signal" },
      { type: "leaving", reason: "shutdown_signal" },
    ]);
    clock.advance(2_500);
    expect(ended).toHaveLength(1);
    expect(said.at(-1)).toEqual({ type: "bye", reason: "shutdown_signal" });
  });

  test("departure: a signal to a worker that leaves already can only shorten its window", () => {
    const { departure, clock, said, ended, active } = serving();
    active.count = 1;
    departure.leave("drain", 60_000);
    departure.ask("shutdown_signal");
    expect(asked(said)).toEqual([{ type: "leaving", reason: "shutdown_signal" }]);
    clock.advance(2_000 + 5_025);
    expect(ended).toHaveLength(1);
  });

  test("departure: once its wish is known it stays until it is told, however long that takes, and says it again", () => {
    const { departure, clock, said, ended } = serving();
    departure.ask("shutdown_signal");
    departure.stay();
    clock.advance(600_000);
    expect(ended).toEqual([]);
    departure.ask("shutdown_signal");
    expect(asked(said)).toHaveLength(2);
    departure.leave("drain", 0);
    expect(ended).toHaveLength(1);
  });

  function withGoodbye(hasOne = true) {
    const made = setUp();
    const active = { count: 0 };
    let goodbyes = 0;
    const sayGoodbye = () => {
      goodbyes++;
      return hasOne;
    };
    made.departure.finishFirst({ active: () => active.count, stopAccepting() {}, sayGoodbye }, WINDOWS);
    return { ...made, active, goodbyes: () => goodbyes };
  }

  test("departure: the app's own shutdown code runs when the requests are done, not before, and the app ends it", () => {
    const { departure, clock, said, ended, active, goodbyes } = withGoodbye();
    active.count = 1;
    departure.leave("drain", 5_000);
    clock.advance(1_000);
    expect([goodbyes(), departure.isSayingGoodbye]).toEqual([0, false]);
    active.count = 0;
    clock.advance(50);
    departure.leave("shutdown_signal", 0);
    clock.advance(60_000);
    expect({ goodbyes: goodbyes(), said, ended, isSaying: departure.isSayingGoodbye }).toEqual({
      goodbyes: 1,
      said: [{ type: "drained" }],
      ended: [],
      isSaying: true,
    });
    departure.tellEnd();
    departure.tellEnd();
    expect(said).toEqual([{ type: "drained" }, { type: "bye", reason: "drain" }]);
    expect(ended).toEqual([]);
  });

  test("departure: an app that ends itself by the signal that it was sent is let go, once", () => {
    const { departure, clock, said, ended } = withGoodbye();
    departure.leave("drain", 5_000);
    clock.advance(50);
    departure.end();
    departure.end();
    expect([said.length, ended.length]).toEqual([2, 1]);
  });

  test("departure: an app without shutdown code is over at once; in a danger nobody asks for it", () => {
    const without = withGoodbye(false);
    without.departure.leave("drain", 5_000);
    without.clock.advance(50);
    expect([without.goodbyes(), without.ended.length]).toEqual([1, 1]);
    const urgent = withGoodbye();
    urgent.departure.leave("drain", 5_000);
    urgent.departure.leave("drain", 1_000, true);
    urgent.clock.advance(50);
    expect([urgent.goodbyes(), urgent.ended.length]).toEqual([0, 1]);
  });

  test("departure: without anything to finish a signal is obeyed at once", () => {
    const { departure, said, ended } = setUp();
    departure.ask("eviction_signal");
    expect({ ended: ended.length, asked: asked(said) }).toEqual({ ended: 1, asked: [] });
  });
});
