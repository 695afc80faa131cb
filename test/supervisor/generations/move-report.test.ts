import { expect, test } from "bun:test";
import type { Generation, Tenure } from "../../../src/supervisor/generations/generation.ts";
import { countLeft, describeMove } from "../../../src/supervisor/generations/move-report.ts";

const LOADS: Record<number, object> = {
  11: { active: 3, streams: 1, tunnels: 2 },
  12: { active: 1, streams: 0, tunnels: 0 },
};

/** What is asked of a generation: its workers, and what the fronts say of them. */
const generationOf = (number: number, pids: (number | undefined)[], groups: string[]) =>
  ({
    number,
    workerPlaces: pids.map((pid) => ({ slots: [{ pid }] })),
    config: { groups: groups.map((name) => ({ name })) },
    traffic: { loadOf: (pid: number | undefined) => LOADS[pid ?? 0] },
  }) as unknown as Generation;

const frontsWith = (queued: Record<string, number>) =>
  ({ traffic: { queuedOf: (group: string) => queued[group] ?? 0 } }) as unknown as Tenure["fronts"];

test("move report: what clients still have on a generation is the sum over its workers", () => {
  expect(countLeft(generationOf(1, [11, 12, 13, undefined], []))).toEqual({
    requests: 4,
    streams: 1,
    tunnels: 2,
  });
  expect(countLeft(generationOf(1, [], []))).toEqual({ requests: 0, streams: 0, tunnels: 0 });
});

test("move report: with the same front ends what waits goes to the new workers, with new ones it stays behind", () => {
  const fronts = frontsWith({ a: 5, b: 7, other: 100 });
  const old = { generation: generationOf(1, [11], ["a", "b"]), fronts };
  const next = generationOf(2, [21, 22, 23], ["a", "b"]);
  expect(describeMove({ generation: next, fronts }, old)).toEqual({
    ...{ generation: 2, previous: 1, workers: 3, hasNewFronts: false },
    left: { requests: 3, streams: 1, tunnels: 2 },
  });
  expect(describeMove({ generation: next, fronts: frontsWith({}) }, old)).toEqual({
    ...{ generation: 2, previous: 1, workers: 3, hasNewFronts: true },
    left: { requests: 15, streams: 1, tunnels: 2 },
  });
});
