import { describe, expect, test } from "bun:test";
import type { BackendState, RunningRequest } from "../../../src/front/dispatch/backends.ts";
import { SilentClients } from "../../../src/front/dispatch/silent-clients.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Parts = { running?: number; isOver?: boolean; isHeldUp?: boolean };

function setUp({ running = 1, isOver = false, isHeldUp = false }: Parts = {}) {
  const clock = new FakeClock();
  const silent = new SilentClients(clock);
  let spooled = 0;
  const one = { isOver, isHeldUp, answer: { spool: () => void spooled++ } } as unknown as RunningRequest;
  const state = { running: { size: running }, heldUp: { count: 0 }, backend: { capacity: 4 } };
  const watch = (isNeeded = false) => silent.watch(one, state as unknown as BackendState, { isNeeded });
  return { clock, watch, spooled: () => spooled };
}

describe("silent clients", () => {
  test("an answer goes to the disk when its client has taken none of it for a moment", () => {
    const { clock, watch, spooled } = setUp({ running: 3 });
    watch();
    clock.advance(24);
    expect(spooled()).toBe(0);
    clock.advance(1);
    expect([spooled(), clock.pending()]).toEqual([1, []]);
  });

  test("one that holds it up again and again, each time for less, gets it from its worker", () => {
    const { clock, watch, spooled } = setUp({ running: 3 });
    for (let times = 0; times < 20; times++) {
      watch();
      clock.advance(20);
    }
    expect(spooled()).toBe(0);
  });

  test("where others wait on the disk already it goes there at once", () => {
    const { watch, spooled } = setUp({ running: 3 });
    watch(true);
    expect(spooled()).toBe(1);
  });

  test.each<[string, Parts]>([
    ["places are not short", { running: 2 }],
    ["it has ended", { running: 3, isOver: true }],
    ["it holds no place", { running: 3, isHeldUp: true }],
  ])("nothing goes there where %s", (_, parts) => {
    const { clock, watch, spooled } = setUp(parts);
    watch();
    clock.advance(1_000);
    expect(spooled()).toBe(0);
  });
});
