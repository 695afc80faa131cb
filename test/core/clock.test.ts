import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Clock, every, pause, systemClock, turnClock, within } from "../../src/core/clock.ts";
import { Alarm, Deadlines } from "../../src/core/deadlines.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("clock", () => {
  test("a pause ends at its instant and leaves no timer", async () => {
    const clock = new FakeClock();
    const paused = pause(clock, 50);
    expect(clock.pending()).toEqual([50]);
    clock.advance(50);
    await paused;
    expect(clock.pending()).toEqual([]);
  });

  test("a pause ends early, without an error, when its signal aborts", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const paused = pause(clock, 50, controller.signal);
    controller.abort();
    await paused;
    expect(clock.pending()).toEqual([]);
    await pause(clock, 50, controller.signal);
    expect(clock.pending()).toEqual([]);
  });

  test("within gives what comes in time, and the other thing when it is late; no timer is left", async () => {
    const clock = new FakeClock();
    expect(await within(clock, 50, Promise.resolve("here"), "late")).toBe("here");
    expect(clock.pending()).toEqual([]);
    const late = within(clock, 50, new Promise<string>(() => {}), "late");
    clock.advance(50);
    expect(await late).toBe("late");
    expect(clock.pending()).toEqual([]);
  });

  test("within rejects as its promise does, and leaves no timer then either", async () => {
    const clock = new FakeClock();
    const failed = within(clock, 50, Promise.reject(new Error("no")), "late");
    await expect(failed).rejects.toThrow("no");
    await failed.catch(() => {});
    expect(clock.pending()).toEqual([]);
  });

  test("the system's clock runs what is overdue in a later turn, and never what was cancelled", async () => {
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    systemClock.after(0, () => order.push("cancelled")).cancel();
    systemClock.after(-5, () => {
      order.push("overdue");
      resolve();
    });
    order.push("now");
    await promise;
    expect(order).toEqual(["now", "overdue"]);
  });

  test("a length beyond what the runtime's timers hold does not fire at once", async () => {
    let fired = false;
    const timer = systemClock.after(2 ** 40, () => {
      fired = true;
    });
    await pause(systemClock, 5);
    timer.cancel();
    expect(fired).toBe(false);
  });
});

/** A loop whose turns take time: timers run between them, and so does what is for the end of a turn. */
class Loop {
  realMs = 0;
  readonly #timers: { atMs: number; act: () => void }[] = [];
  #afterTurn: (() => void)[] = [];
  readonly real: Clock = {
    now: () => this.realMs,
    wall: () => this.realMs,
    after: (ms, act) => {
      const timer = { atMs: this.realMs + Math.max(ms, 0), act };
      this.#timers.push(timer);
      return { cancel: () => void this.#timers.splice(this.#timers.indexOf(timer), 1) };
    },
  };
  readonly clock = turnClock(this.real, (act) => this.#afterTurn.push(act));

  endTurn(): void {
    for (const act of this.#afterTurn.splice(0)) act();
    const due = this.#timers.filter(({ atMs }) => atMs <= this.realMs);
    for (const timer of due) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.act();
    }
    for (const act of this.#afterTurn.splice(0)) act();
  }

  get nextAt(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ atMs }) => atMs));
  }
}

describe("a clock read once in each turn", () => {
  test("it stands still within a turn, moves on with the next, and reads anew in a timer", () => {
    const loop = new Loop();
    const seen = [loop.clock.now()];
    loop.realMs = 7;
    seen.push(loop.clock.now());
    loop.clock.after(0, () => {
      seen.push(loop.clock.now());
    });
    loop.realMs = 9;
    loop.endTurn();
    loop.realMs = 12;
    seen.push(loop.clock.now());
    expect(seen).toEqual([0, 0, 9, 12]);
  });

  test("it does not go back, and forgets its reading by itself on the real loop", async () => {
    const clock = turnClock(systemClock);
    const first = clock.now();
    const until = systemClock.now() + 2;
    while (systemClock.now() < until);
    expect(clock.now()).toBe(first);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now()).toBeGreaterThanOrEqual(until);
  });

  test("deadlines by it ring in the order of their touches, once, and early by no more than the turn of the touch", () => {
    const LENGTH_MS = 50;
    const act = fc.oneof(
      fc.record({ do: fc.constantFrom("touch", "remove"), of: fc.nat(5) }),
      fc.record({ do: fc.constant("spend"), of: fc.nat(9) }),
    );
    const turns = fc.array(fc.record({ acts: fc.array(act, { maxLength: 6 }), restMs: fc.nat(60) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(turns, (run) => {
        const loop = new Loop();
        const deadlines = new Deadlines(loop.clock, LENGTH_MS);
        /** When each was last touched, and when that turn had begun; in the order of the touches. */
        const touched = new Map<number, { at: number; turnAt: number }>();
        const alarms = Array.from({ length: 6 }, (_, of) => new Alarm(() => ring(of)));
        const ring = (of: number) => {
          const touch = touched.get(of);
          expect([...touched.keys()][0]).toBe(of);
          expect(loop.realMs).toBeGreaterThanOrEqual((touch?.turnAt ?? Infinity) + LENGTH_MS);
          touched.delete(of);
        };
        const wait = (untilMs: number) => {
          for (let next = loop.nextAt; next !== undefined && next <= untilMs; next = loop.nextAt) {
            loop.realMs = Math.max(loop.realMs, next);
            loop.endTurn();
          }
          loop.realMs = Math.max(loop.realMs, untilMs);
        };
        for (const { acts, restMs } of run) {
          const turnAt = loop.realMs;
          for (const { do: what, of } of acts) {
            const alarm = alarms[of] as Alarm;
            if (what === "spend") loop.realMs += of;
            else if (what === "remove") deadlines.remove(alarm);
            else deadlines.touch(alarm);
            if (what !== "spend") touched.delete(of);
            if (what === "touch") touched.set(of, { at: loop.realMs, turnAt });
          }
          loop.endTurn();
          wait(loop.realMs + restMs);
          // Nobody is forgotten: what is left was touched less than its time ago.
          for (const { at } of touched.values()) expect(at + LENGTH_MS).toBeGreaterThan(loop.realMs);
        }
        wait(loop.realMs + LENGTH_MS);
        expect(touched.size).toBe(0);
      }),
    );
  });
});

test("clock: every runs again and again, each time so long after the last was done, until it is cancelled", () => {
  const clock = new FakeClock();
  const at: number[] = [];
  const timer = every(clock, 100, () => {
    at.push(clock.now());
    // It takes its time.
    clock.jump(30);
    if (at.length === 3) timer.cancel();
  });
  clock.advance(1000);
  expect(at).toEqual([100, 230, 360]);
  expect(clock.pending()).toEqual([]);
  const other = every(clock, 100, () => at.push(0));
  other.cancel();
  clock.advance(1000);
  expect(at).toHaveLength(3);
});
