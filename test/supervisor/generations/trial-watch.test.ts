import { describe, expect, test } from "bun:test";
import { BOUNDS_MS } from "../../../src/link/figures.ts";
import { type FrontStats, STATUS_GROUP, type TrialCounts } from "../../../src/link/messages.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Objection, TrialWatch } from "../../../src/supervisor/generations/trial-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const REQUEST = { percent: 5, watchMs: 10_000, errorsOver: 1, slowerBy: 50 };
const heads = Array<number>(BOUNDS_MS.length + 1).fill(0);
const counts = (old: number, fresh: number, failed = 0): TrialCounts => ({
  old: { ended: old, failed: 0, heads },
  new: { ended: fresh, failed, heads },
});

function watched() {
  const clock = new FakeClock();
  const stats = new Map<Slot, FrontStats>();
  const traffic = { stats, newsWithin: async () => {} };
  const watch = new TrialWatch(2, REQUEST, traffic, clock);
  const outcome = watch.watch().then(
    () => "well",
    (error) => error,
  );
  return {
    clock,
    watch,
    outcome,
    say: (front: Slot, trial: TrialCounts, name = "default") =>
      stats.set(front, { groups: [{ name, queued: 0, trial }] } as FrontStats),
    /** As timers of the clock run one after the other, each behind what the one before has set. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 250) {
        clock.advance(Math.min(250, left));
        for (let i = 0; i < 10; i++) await Promise.resolve();
      }
    },
  };
}

describe("trial watch", () => {
  test("the time is over, and nothing speaks against it", async () => {
    const { watch, outcome, say, pass } = watched();
    say({ pid: 1 } as Slot, counts(95, 5));
    await pass(4_000);
    expect(watch.told).toMatchObject({
      generation: 2,
      percent: 5,
      leftMs: 6_000,
      new: { requests: 5, failed: 0 },
    });
    await pass(6_000);
    expect(await outcome).toBe("well");
  });

  test("as soon as something does, it says so", async () => {
    const { outcome, say, pass } = watched();
    const front = { pid: 1 } as Slot;
    say(front, counts(95, 5));
    await pass(2_000);
    say(front, counts(195, 10, 5));
    await pass(500);
    const error = await outcome;
    expect(error).toBeInstanceOf(Objection);
    expect((error as Error).message).toStartWith("5 of 10 requests failed on it (50 %)");
  });

  test("what a front end counted that has died counts on; of the status page nothing does", async () => {
    const { watch, say, pass } = watched();
    const front = { pid: 1 };
    say(front as Slot, counts(95, 5));
    await pass(500);
    front.pid = 2;
    say(front as Slot, counts(10, 1));
    say({ pid: 3 } as Slot, counts(1, 1));
    say({ pid: 4 } as Slot, counts(50, 50), STATUS_GROUP);
    await pass(500);
    expect([watch.told.old.requests, watch.told.new.requests]).toEqual([106, 7]);
  });

  test("that its answers begin later counts once it has been so for a while, or at the end", async () => {
    const slow = (at: number) => heads.map((_, i) => (i === at ? 200 : 0));
    const later = {
      old: { ended: 200, failed: 0, heads: slow(4) },
      new: { ended: 200, failed: 0, heads: slow(10) },
    };
    const { outcome, say, pass, watch } = watched();
    const front = { pid: 1 } as Slot;
    say(front, later);
    await pass(4_000);
    say(front, { ...later, new: later.old });
    await pass(1_000);
    say(front, later);
    await pass(2_000);
    expect(watch.told.leftMs).toBe(3_000);
    await pass(3_000);
    expect((await outcome).message).toContain("95 of 100 of its answers begin within");
    const steady = watched();
    steady.say(front, later);
    await steady.pass(5_500);
    expect(await steady.outcome).toBeInstanceOf(Objection);
    expect(steady.watch.told.leftMs).toBeGreaterThan(0);
  });

  test("stopped, it looks no more, and finds nothing", async () => {
    const { outcome, say, pass, watch } = watched();
    await pass(500);
    watch.stop();
    say({ pid: 1 } as Slot, counts(100, 100, 100));
    await pass(500);
    expect(await outcome).toBe("well");
    expect(watch.told.new.requests).toBe(0);
  });

  test("nobody has been asked anything: that is no objection", async () => {
    const { outcome, watch, pass } = watched();
    await pass(10_000);
    expect(await outcome).toBe("well");
    expect(watch.told.new).toEqual({ requests: 0, failed: 0, headMs: null });
  });
});
