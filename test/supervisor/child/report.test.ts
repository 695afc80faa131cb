import { expect, test } from "bun:test";
import { awaitedOf, reportOf } from "../../../src/supervisor/child/report.ts";
import { beginRun, type Run } from "../../../src/supervisor/child/run.ts";

const PLACE = { role: "worker", startupTimeoutMs: 4_000 } as const;
const ENDED = { code: 3, signal: null };
const AWAITED = { type: "awaits", cause: "app_port_missing", facts: { port: 3000, instead: "" } } as const;

function report(known: Partial<Run>, hasEnded: boolean) {
  const told = reportOf({ ...beginRun(0, 0), ...known }, PLACE, hasEnded);
  return "error" in told ? [told.error.cause_, told.isLate] : told;
}

test("report: a start whose time is over, in its own words where it has said what it waits for", () => {
  expect(report({}, false)).toEqual(["startup_timeout", true]);
  expect(report({ awaits: awaitedOf(AWAITED) }, false)).toEqual(["app_port_missing", true]);
  expect(report({ awaits: awaitedOf({ type: "awaits" }) }, false)).toEqual(["startup_timeout", true]);
});

test("report: a process that ended in its start is told of as that, whatever it waited for", () => {
  expect(report({ awaits: awaitedOf(AWAITED), ending: ENDED }, true)).toEqual([
    "worker_died_at_start",
    false,
  ]);
  expect(report({ failure: awaitedOf(AWAITED), ending: ENDED }, true)).toEqual(["app_port_missing", false]);
});

test("report: a cause that gw does not know is the app's own word", () => {
  expect(awaitedOf({ type: "awaits", cause: "nonsense" })?.cause_).toBe("app_load_failed");
});

test("report: one that served has an ending, and no error", () => {
  expect(report({ readyAtMs: 5, ending: ENDED }, true)).toEqual({ ending: ENDED });
});
