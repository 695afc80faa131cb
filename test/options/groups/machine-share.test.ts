// `auto`: what it comes to on a machine of some size, for one app and for several.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../facts.ts";

const MB = 2 ** 20;

function outcome(argv: string[], machine?: { processors: number; memoryBytes: number }) {
  const resolution = resolve({
    argv: ["app.ts", ...argv],
    env: {},
    facts: factsWith(undefined, { machine: machine && (() => machine) }),
  });
  if (resolution.problems) return resolution.problems.map(({ what }) => what);
  const { settings, groups } = resolution;
  expect(groups[0]?.settings).toBe(settings);
  return [settings.processes, settings.maxQueue / settings.listenBacklog, settings.memoryLimit / MB];
}

describe("auto", () => {
  test("a worker for each whole processor, and at least one", () => {
    const of = (processors: number) => outcome(["--processes", "auto"], { processors, memoryBytes: 1 });
    expect(of(4)).toEqual([{ min: 4, max: 4 }, 4, 0]);
    expect(of(2.5)).toEqual([{ min: 2, max: 2 }, 2, 0]);
    expect(of(0.5)).toEqual([{ min: 1, max: 1 }, 1, 0]);
  });

  test("each worker has its part of the memory, with room for a second generation", () => {
    const machine = { processors: 4, memoryBytes: 4096 * MB };
    expect(outcome(["--memory-limit", "auto", "--processes", "4"], machine)).toEqual([
      { min: 4, max: 4 },
      4,
      488,
    ]);
    expect(outcome(["--memory-limit", "auto", "--processes", "0..2"], machine)[2]).toBe(976);
    expect(outcome(["--memory-limit", "auto", "--front-ends", "3"], machine)[2]).toBe(1856);
  });

  test("too little, or unknown, is refused with what to do", () => {
    const little = { processors: 8, memoryBytes: 512 * MB };
    expect(outcome(["--memory-limit", "auto", "--processes", "auto"], little)).toEqual([
      "memoryLimit auto would be 20M for each worker, with room for a second generation of them",
    ]);
    expect(outcome(["--memory-limit", "auto"])).toEqual([
      "memoryLimit cannot be auto, because the system does not tell how much memory there is",
    ]);
  });
});
