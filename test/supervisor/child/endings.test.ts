import { describe, expect, test } from "bun:test";
import { lastErrorIn, type Signs, tellEnding } from "../../../src/supervisor/child/endings.ts";

const KNOWN: Signs = {
  ending: { code: null, signal: null },
  hasCalledExit: false,
  isKilledByGw: false,
  isAsked: false,
  hasParted: false,
  lastLines: [],
  cpuMs: 0,
  cpuTimeLimitMs: 0,
  hasMemoryLimit: false,
  hasOomKill: false,
};
const code = (value: number) => ({ ending: { code: value, signal: null } });
const signal = (name: string) => ({ ending: { code: null, signal: name } });
const REPORT = ["Bun v1.4.5", "panic(main thread): Segmentation fault at address 0x8", "oh no"];

describe("endings", () => {
  const cases: [string, Partial<Signs>, string, string][] = [
    ["the app called exit", { ...code(3), hasCalledExit: true }, "app_exit", "crash"],
    ["the app called exit with 0", { ...code(0), hasCalledExit: true }, "app_exit", "crash"],
    ["an error that nobody caught", code(1), "uncaught_error", "crash"],
    ["nothing was left to do", code(0), "nothing_to_do", "crash"],
    ["told to leave", { ...code(0), isAsked: true }, "left", "crash"],
    ["told to leave, but an error came first", { ...code(1), isAsked: true }, "uncaught_error", "crash"],
    ["killed by gw", { ...signal("SIGKILL"), isKilledByGw: true }, "killed_by_gw", "crash"],
    ["killed by somebody", signal("SIGKILL"), "outside_signal", "crash"],
    ["a signal of somebody", signal("SIGPIPE"), "outside_signal", "crash"],
    ["killed for want of memory", { ...signal("SIGKILL"), hasOomKill: true }, "oom_killer", "crash"],
    [
      "killed at the hard processor limit",
      { ...signal("SIGKILL"), cpuMs: 11_000, cpuTimeLimitMs: 10_000 },
      "cpu_limit",
      "cpu_time_limit",
    ],
    [
      "killed long before the processor limit",
      { ...signal("SIGKILL"), cpuMs: 100, cpuTimeLimitMs: 10_000 },
      "outside_signal",
      "crash",
    ],
    ["SIGXCPU itself", { ...signal("SIGXCPU"), cpuTimeLimitMs: 10_000 }, "cpu_limit", "cpu_time_limit"],
    ["a crash of the runtime", { ...signal("SIGSEGV"), lastLines: REPORT }, "runtime_crash", "crash"],
    ["an illegal instruction", signal("SIGILL"), "runtime_crash", "crash"],
    ["a trap", signal("SIGTRAP"), "runtime_crash", "crash"],
    ["an abort", signal("SIGABRT"), "runtime_crash", "crash"],
    [
      "an abort under a memory limit",
      { ...signal("SIGABRT"), hasMemoryLimit: true },
      "memory_limit",
      "memory_limit",
    ],
    ["an abort as a shell writes it", { ...code(134), hasMemoryLimit: true }, "memory_limit", "memory_limit"],
    [
      "a crash that speaks of memory under a limit",
      { ...signal("SIGTRAP"), hasMemoryLimit: true, lastLines: ["FATAL: out of memory"] },
      "memory_limit",
      "memory_limit",
    ],
    [
      "a crash that speaks of something else under a limit",
      { ...signal("SIGSEGV"), hasMemoryLimit: true, lastLines: REPORT },
      "runtime_crash",
      "crash",
    ],
    ["could not be made", { ending: { code: null, signal: null, reason: "EAGAIN" } }, "not_made", "crash"],
  ];
  test.each(cases)("endings: %s", (_name, known, kind, reason) => {
    expect(tellEnding({ ...KNOWN, ...known })).toMatchObject({ kind, reason });
  });

  test("endings: the first line of a crash report is kept", () => {
    expect(tellEnding({ ...KNOWN, ...signal("SIGSEGV"), lastLines: REPORT })).toEqual({
      kind: "runtime_crash",
      reason: "crash",
      crash: "panic(main thread): Segmentation fault at address 0x8",
    });
  });
});

describe("last words", () => {
  const PRINTED = [
    "error: an old one",
    "",
    "1 | throw new Error('x')",
    "error: late boom",
    "      at <anonymous> (/srv/app.ts:1:47)",
    "      at /srv/main.ts:3:1",
    "",
    "Bun v1.4.5 (Linux x64)",
  ];
  const cases: [string, Partial<Signs>, string | undefined][] = [
    ["an error with its place", { ...code(1), lastLines: PRINTED }, "error: late boom (/srv/app.ts:1:47)"],
    ["one without", { ...code(1), lastLines: ["RangeError: too deep"] }, "RangeError: too deep"],
    [
      "one whose frame is bare",
      { ...code(1), lastLines: ["error: x", "  at /a.ts:1:2"] },
      "error: x (/a.ts:1:2)",
    ],
    ["nothing that is an error", { ...code(1), lastLines: ["errors: none", "bye"] }, undefined],
    ["an error before a signal", { ...signal("SIGKILL"), lastLines: PRINTED }, undefined],
    ["an error before exit was called", { ...code(3), hasCalledExit: true, lastLines: PRINTED }, undefined],
  ];
  for (const [name, known, words] of cases)
    test(`endings: ${name}`, () => expect(lastErrorIn({ ...KNOWN, ...known })).toBe(words));
});
