import { describe, expect, test } from "bun:test";
import { pause, systemClock, within } from "../../src/core/clock.ts";
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
    expect(failed).rejects.toThrow("no");
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
