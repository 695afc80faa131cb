// What fronts are told of workers whose limits they find, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import type { FrontStats, WorkerLoad } from "../../../src/link/messages.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Paces } from "../../../src/supervisor/traffic/paces.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Told = { slot: Slot; lagMs: number; freeMs?: number; measure?: true }[];

/** One worker, and as many fronts as have something to say of it. */
function setUp(...loads: Partial<WorkerLoad>[]) {
  const clock = new FakeClock();
  const pulse = { atMs: 0, lagMs: 0 };
  const slot = { pid: 7, run: { pulse } } as unknown as Slot;
  const told: Told[] = [];
  const stats = new Map<Slot, FrontStats>(
    loads.map((load) => [{} as Slot, { workers: [{ pid: 7, ...load }] } as unknown as FrontStats]),
  );
  const tellPaces = (paces: Told) => void told.push(paces);
  const paces = new Paces({ clock, slots: () => [slot], traffic: { stats, tellPaces } });
  paces.start();
  return { clock, pulse, told, paces, stats };
}

describe("paces", () => {
  test("each word of a worker that its loop came too late is told once", () => {
    const { clock, pulse, told } = setUp({});
    clock.advance(250);
    Object.assign(pulse, { atMs: 260, lagMs: 80 });
    clock.advance(500);
    expect(told.flat().map(({ lagMs }) => lagMs)).toEqual([80]);
    Object.assign(pulse, { atMs: 700, lagMs: 4 });
    clock.advance(250);
    expect(told.flat()).toHaveLength(1);
  });

  test("several fronts are told the mean of what they have found; one that is alone knows it", () => {
    const several = setUp({ freeMs: 10 }, { freeMs: 20 }, {});
    several.clock.advance(250);
    expect(several.told.flat().map(({ freeMs }) => freeMs)).toEqual([15]);
    const alone = setUp({ freeMs: 10, wantsMeasuring: true });
    alone.clock.advance(250);
    expect(alone.told.flat()).toEqual([]);
  });

  test("where one wants the worker measured all do it, and not again before they have spoken", () => {
    const { clock, told } = setUp({ wantsMeasuring: true }, {});
    clock.advance(250 * 9);
    expect(told.flat().map(({ measure }) => measure)).toEqual([true, true]);
  });

  test("nothing is told after the end", () => {
    const { clock, told, paces } = setUp({ freeMs: 1 }, { freeMs: 1 });
    paces.stop();
    clock.advance(1_000);
    expect([told, clock.pending()]).toEqual([[], []]);
  });
});
