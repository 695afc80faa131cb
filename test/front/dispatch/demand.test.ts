import { describe, expect, test } from "bun:test";
import { Demand } from "../../../src/front/dispatch/demand.ts";
import type { Roster } from "../../../src/front/dispatch/roster.ts";
import type { Queue } from "../../../src/front/queue/queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyVisit } from "../fakes.ts";

const WAIT_MS = 200;

/** A group in which nothing waits, all loops turn and there is room. A test changes what it is about. */
function setUp() {
  const clock = new FakeClock();
  const told: number[] = [];
  const group = {
    waitingSince: undefined as number | undefined,
    stuckSince: undefined as number | undefined,
    hasAccepting: true,
    isCrowded: false,
    isPaused: false,
    newest: "/run/w1",
  };
  const demand = new Demand({
    clock,
    waitMs: WAIT_MS,
    queue: group as unknown as Queue,
    roster: group as unknown as Roster,
    isPaused: () => group.isPaused,
    tell: ({ waitedMs, newest }) => {
      told.push(waitedMs);
      expect(newest).toBe(group.newest);
    },
  });
  /** Answers whose heads come a tenth of a second apart, each after so long. */
  const answers = (count: number, tookMs: number) => {
    for (let n = 0; n < count; n++) {
      clock.advance(100);
      demand.noteHead(Object.assign(anyVisit(), { startedAt: clock.now() - tookMs }));
    }
  };
  return { clock, told, group, demand, answers };
}

describe("demand: requests that wait", () => {
  test.each([
    ["in the queue", { waitingSince: 0 }, [200, 400]],
    ["behind a loop that stands still", { stuckSince: 0 }, [200, 400]],
    ["where there is no worker, at once as well", { waitingSince: 0, hasAccepting: false }, [0, 200, 400]],
    ["in a pause, not at all", { waitingSince: 0, stuckSince: 0, isPaused: true }, []],
    ["nowhere", {}, []],
  ] as [string, object, number[]][])("%s", (_, given, expected) => {
    const { clock, told, group, demand } = setUp();
    Object.assign(group, given);
    demand.begin();
    clock.advance(450);
    expect(told).toEqual(expected);
  });

  test("the one that has waited longest counts, wherever it waits", () => {
    for (const given of [
      { waitingSince: 0, stuckSince: 150 },
      { waitingSince: 150, stuckSince: 0 },
    ]) {
      const { clock, told, group, demand } = setUp();
      clock.advance(160);
      Object.assign(group, given);
      demand.begin();
      clock.advance(40);
      expect(told).toEqual([200]);
    }
  });

  test("once stopped, nothing is told", () => {
    const { clock, told, group, demand } = setUp();
    group.waitingSince = 0;
    demand.begin();
    demand.stop();
    clock.advance(10_000);
    expect([told, clock.pending()]).toEqual([[], []]);
  });
});

describe("demand: answers that take longer to begin than usual", () => {
  test("a crowded group is told of, by how much longer it takes", () => {
    const { told, group, answers } = setUp();
    group.isCrowded = true;
    answers(30, 10);
    expect(told).toEqual([]);
    answers(30, 10 + WAIT_MS);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told)).toEqual(new Set([WAIT_MS]));
  });

  test.each([
    ["one that is not crowded, where another worker would not help", false, WAIT_MS * 10],
    ["where it is less than a request may wait", true, WAIT_MS - 1],
  ])("not %s", (_, isCrowded, longerMs) => {
    const { told, group, answers } = setUp();
    group.isCrowded = isCrowded;
    answers(30, 10);
    answers(30, 10 + longerMs);
    expect(told).toEqual([]);
  });
});
