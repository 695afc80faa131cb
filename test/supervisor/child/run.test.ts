import { describe, expect, test } from "bun:test";
import { beginRun, notePulse, noteStep, noteTrait, takeLine } from "../../../src/supervisor/child/run.ts";

describe("run", () => {
  test("it begins where its process is made, with nothing known of that", () => {
    const run = beginRun(1_000, 0.25);
    expect([run.spawnedAtMs, run.luck, run.journey]).toEqual([1_000, 0.25, [{ step: "spawn", atMs: 0 }]]);
    expect([run.child, run.ready, run.readyAtMs, run.failure, run.ending, run.awaits, run.usage]).toEqual(
      new Array(7).fill(undefined),
    );
    expect([run.hasCalledExit, run.hasParted, run.isKilled, run.lastLines]).toEqual([
      false,
      false,
      false,
      [],
    ]);
    expect(run.pulse).toEqual({ atMs: 1_000, lagMs: 0, active: 0, ageSumMs: 0, requests: 0 });
    // What one keeps is not another's.
    takeLine(run, "stderr", "a line");
    noteStep(run, "hello", 1_001);
    expect(beginRun(1_000, 0).lastLines).toEqual([]);
    expect(beginRun(1_000, 0).journey).toHaveLength(1);
  });

  test("each step of its journey counts once, at the time of its first word", () => {
    const run = beginRun(1_000, 0);
    noteStep(run, "hello", 1_100);
    noteStep(run, "load", 1_200);
    noteStep(run, "hello", 1_300);
    noteStep(run, "spawn", 1_400);
    expect(run.journey).toEqual([
      { step: "spawn", atMs: 0 },
      { step: "hello", atMs: 100 },
      { step: "load", atMs: 200 },
    ]);
  });

  test("a heartbeat replaces the one before, and what it does not say is nothing", () => {
    const run = beginRun(0, 0);
    notePulse(run, { type: "heartbeat", lagMs: 5, active: 2, ageSumMs: 30, requests: 9 }, 50);
    expect(run.pulse).toEqual({ atMs: 50, lagMs: 5, active: 2, ageSumMs: 30, requests: 9 });
    notePulse(run, { type: "heartbeat" }, 60);
    expect(run.pulse).toEqual({ atMs: 60, lagMs: 0, active: 0, ageSumMs: 0, requests: 0 });
  });

  test("of what it prints to its stderr the last lines are kept, each as far as it is of use", () => {
    const run = beginRun(0, 0);
    for (let n = 1; n <= 30; n++) takeLine(run, "stderr", `line ${n}`);
    expect([run.lastLines.length, run.lastLines[0], run.lastLines.at(-1)]).toEqual([24, "line 7", "line 30"]);
    takeLine(run, "stderr", "x".repeat(1_000));
    expect([run.lastLines.length, run.lastLines.at(-1)?.length]).toEqual([24, 300]);
  });

  test("the lines of its stack are no output of its app, from when it has said how they look", () => {
    const run = beginRun(0, 0);
    const mark = "0123456789abcdef0123456789abcdef";
    expect(takeLine(run, "stderr", `${mark}f`)).toBe(`${mark}f`);
    noteTrait(run, { type: "traceable", mark });
    expect(takeLine(run, "stderr", `${mark}f`)).toBeUndefined();
    expect(takeLine(run, "stdout", `${mark}f`)).toBe(`${mark}f`);
    const { stack } = run;
    noteTrait(run, { type: "traceable", mark: mark.replaceAll("0", "f") });
    expect(run.stack).toBe(stack);
    noteTrait(run, { type: "exits", code: 3 });
    expect(run.hasCalledExit).toBe(true);
  });
});
