import { describe, expect, test } from "bun:test";
import type { Role } from "../../../src/link/messages.ts";
import { tellLastFailure, tellLate } from "../../../src/supervisor/child/last-words.ts";
import { beginRun, type Run } from "../../../src/supervisor/child/run.ts";
import type { SlotState } from "../../../src/supervisor/child/slot-machine.ts";
import { captureLog } from "../../support/capture-log.ts";

describe("last words: of one that is killed because its time is over", () => {
  test.each([
    ["worker", "stopping", ["worker 1 did not stop in time and was killed"]],
    ["front", "stopping", ["front 1 did not stop in time and was killed"]],
    ["worker", "parting", ["worker 1 was killed: the app's own shutdown code did not end in time"]],
    // A front runs no app.
    ["front", "parting", []],
    ["worker", "loading", []],
    ["worker", "draining", []],
  ] as [Role, SlotState, string[]][])("%s, %s", (role, from, lines) => {
    const { log, texts } = captureLog();
    tellLate(log, { name: `${role} 1`, role, shutdownTimeoutMs: 5_000 }, from, 42);
    expect(texts()).toEqual(lines);
  });

  test("of the app's own code it is told how long that had", () => {
    const { log, lines } = captureLog();
    tellLate(log, { name: "worker 1", role: "worker", shutdownTimeoutMs: 5_000 }, "parting", 42);
    expect(lines[0]?.fields).toEqual({ pid: 42, withinMs: 5_000 });
  });
});

describe("last words: of an app's own shutdown code that failed", () => {
  const ended: Partial<Run> = { hasParted: true, ending: { code: 1, signal: null } };

  test.each([
    ["it threw", {}, true],
    ["it was ended by a signal that was not gw's", { ending: { code: null, signal: "SIGSEGV" } }, true],
    ["it has called exit, whatever the code", { hasCalledExit: true }, false],
    ["it has come to its end", { ending: { code: 0, signal: null } }, false],
    [
      "gw has killed it, which is told already",
      { isKilled: true, ending: { code: null, signal: "SIGKILL" } },
      false,
    ],
    ["it had requests yet, and its end is told as such", { hasParted: false }, false],
    ["it has not ended", { ending: undefined }, false],
  ] as [string, Partial<Run>, boolean][])("%s", (_, given, isTold) => {
    const { log, texts } = captureLog();
    tellLastFailure(log, "worker 1", { ...beginRun(0, 0), ...ended, ...given });
    expect(texts()).toEqual(isTold ? ["worker 1 failed in the app's own shutdown code"] : []);
  });

  test("the line says how it ended, and with which error", () => {
    const { log, lines } = captureLog();
    const child = { pid: 42, send() {}, signal() {} };
    const lastLines = ["error: the database is gone", "    at /app/close.ts:3:9"];
    tellLastFailure(log, "worker 1", { ...beginRun(0, 0), ...ended, child, lastLines });
    expect(lines[0]?.fields).toEqual({
      pid: 42,
      how: "exit code 1",
      error: "error: the database is gone (/app/close.ts:3:9)",
    });
  });

  test("where there was no process nothing is said", () => {
    const { log, texts } = captureLog();
    tellLastFailure(log, "worker 1", undefined);
    expect(texts()).toEqual([]);
  });
});
