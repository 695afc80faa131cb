import { expect, test } from "bun:test";
import type { SeenProcess } from "../../../src/supervisor/telling/gather.ts";
import { UsageMeter } from "../../../src/supervisor/telling/usage-meter.ts";

const seen = (pid: number, cpuMs: number | undefined): SeenProcess => ({
  ...{ role: "worker", slot: 1, pid, rssBytes: 5, cpuMs, lagMs: undefined },
});

function ratesOf(...looks: [atMs: number, ...processes: SeenProcess[]][]) {
  const meter = new UsageMeter();
  return looks.map(([atMs, ...processes]) => meter.look(processes, atMs).map(({ cpu }) => cpu));
}

test("usage: time since the last look, by how long that was", () => {
  expect(ratesOf([0, seen(1, 100)], [5_000, seen(1, 2_600)], [6_000, seen(1, 2_600)])).toEqual([
    [null],
    [0.5],
    [0],
  ]);
});

test("usage: looks that are near to each other change nothing, and the next one counts from the first", () => {
  expect(
    ratesOf([0, seen(1, 0)], [1_000, seen(1, 500)], [1_100, seen(1, 600)], [2_000, seen(1, 1_000)]),
  ).toEqual([[null], [0.5], [0.5], [0.5]]);
});

test("usage: a new process with an old number of its place begins anew; what is not told is not known", () => {
  expect(ratesOf([0, seen(1, 900)], [5_000, seen(2, 10)], [10_000, seen(2, undefined)])).toEqual([
    [null],
    [null],
    [null],
  ]);
});
