import { describe, expect, test } from "bun:test";
import type { EndRecord } from "../../../src/control/records.ts";
import { GwError } from "../../../src/core/errors.ts";
import { REASONS, type Reason } from "../../../src/core/reasons.ts";
import type { Casualty } from "../../../src/link/front-stats.ts";
import { beginRun, type Run } from "../../../src/supervisor/child/run.ts";
import { type Entry, Ledger } from "../../../src/supervisor/crew/ledger.ts";
import { noLoss } from "../../../src/supervisor/traffic/farewell.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";

const REQUEST: Casualty = { id: "r-1", method: "GET", path: "/x", ageMs: 120.4 };

function setUp() {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  clock.advance(10_000);
  return { clock, lines, ledger: new Ledger(clock, log) };
}

const runWith = (given: Partial<Run> = {}): Run => ({
  ...beginRun(0, 0),
  child: { pid: 42, send() {}, signal() {} },
  readyAtMs: 4_000,
  ...given,
});

const WHO = { name: "worker 1", role: "worker", slot: 1 } as const;

const entry = (given: Partial<Entry> = {}): Entry => ({
  ...WHO,
  run: runWith(),
  ending: { code: 1, signal: null },
  ...given,
});

describe("ledger: the end of a process", () => {
  test("nobody had told it to go: the line says how it ended, as what that counts, and how long it served", async () => {
    const { ledger, lines } = setUp();
    await ledger.note(entry());
    expect(lines.map(({ level, text, fields }) => ({ level, text, fields }))).toEqual([
      {
        level: "error",
        text: "worker 1 ended",
        fields: { pid: 42, how: "exit code 1", reason: "crash", kind: "uncaught_error", servedMs: 6_000 },
      },
    ]);
    expect([...ledger.restarts]).toEqual([["crash", 1]]);
    expect(ledger.last).toEqual({ reason: "crash", name: "worker 1", atMs: 10_000 });
  });

  test("told to go, it ends for that reason, with the figures behind it", async () => {
    const { ledger, lines } = setUp();
    const order = { reason: "memory_limit", why: "it uses 300 MiB" } as const;
    await ledger.note(entry({ order, ending: { code: 0, signal: null } }));
    expect(lines[0]?.fields).toMatchObject({ reason: "memory_limit", kind: "left", why: "it uses 300 MiB" });
    expect(ledger.last?.reason).toBe("memory_limit");
  });

  // docs/faults.md relies on it where it names a reason.
  test.each(Object.keys(REASONS) as Reason[])(
    "%s is told by this word to the log, the metrics and whoever looks at ends",
    async (reason) => {
      const { ledger, lines } = setUp();
      const ends: EndRecord[] = [];
      ledger.chronicle.follow({ onEnd: (end) => void ends.push(end) });
      await ledger.note(entry({ order: { reason, why: "it is told to" } }));
      expect(lines.map(({ level, fields }) => [level, fields.reason])).toEqual([
        [REASONS[reason].level, reason],
      ]);
      expect([...ledger.restarts]).toEqual([[reason, 1]]);
      expect(ends.map((end) => [end.process, end.reason])).toEqual([["worker 1", reason]]);
    },
  );

  test("one that never served has served for no time", async () => {
    const { ledger, lines } = setUp();
    await ledger.note(entry({ run: runWith({ readyAtMs: undefined }) }));
    expect(lines[0]?.fields?.servedMs).toBeUndefined();
  });

  test.each([
    ["gw has killed it", { run: runWith({ isKilled: true }) }, "killed_by_gw"],
    [
      "it had closed its channel",
      { ending: { code: null, signal: "SIGKILL", isOutcast: true } },
      "killed_by_gw",
    ],
    ["its app has called exit", { run: runWith({ hasCalledExit: true }) }, "app_exit"],
    ["somebody's signal", { ending: { code: null, signal: "SIGKILL" } }, "outside_signal"],
    [
      "its time on the processor is over",
      {
        ending: { code: null, signal: "SIGKILL" },
        run: runWith({ usage: { cpuMs: 5_000 } as Run["usage"] }),
        limits: { cpuTimeLimit: 5_000, memoryLimit: 0, virtualMemoryLimit: 0 },
      },
      "cpu_limit",
    ],
    [
      "it had no more memory",
      {
        ending: { code: null, signal: "SIGABRT" },
        limits: { cpuTimeLimit: 0, memoryLimit: 0, virtualMemoryLimit: 1 },
      },
      "memory_limit",
    ],
    ["the same without a limit", { ending: { code: null, signal: "SIGABRT" } }, "runtime_crash"],
  ] as [string, Partial<Entry>, string][])("%s", async (_, given, kind) => {
    const { ledger, lines } = setUp();
    await ledger.note(entry(given));
    expect(lines[0]?.fields?.kind).toBe(kind);
  });

  test("each reason is counted by itself", async () => {
    const { ledger } = setUp();
    const order = { reason: "graceful_signal", why: "" } as const;
    for (const given of [{}, { order }, {}]) await ledger.note(entry(given));
    expect(Object.fromEntries(ledger.restarts)).toEqual({ crash: 2, graceful_signal: 1 });
  });
});

describe("ledger: what ended with it", () => {
  const farewell = (requests: Casualty[], count = requests.length) =>
    Promise.resolve({ ...noLoss(), requests, count });

  test("the request that was longest on it, and how many stood by", async () => {
    const { ledger, lines } = setUp();
    await ledger.note(entry({ farewell: farewell([REQUEST, { ...REQUEST, id: "r-2" }], 4) }));
    expect(lines[0]?.fields).toMatchObject({
      request: "GET /x",
      requestId: "r-1",
      ageMs: 120,
      bystanders: 3,
    });
  });

  test("what it did when it was judged, where the fronts tell of nothing", async () => {
    const { ledger, lines } = setUp();
    const order = { reason: "deadlock_timeout", why: "silent", culprit: REQUEST, active: 3 } as const;
    await ledger.note(entry({ order, farewell: farewell([]) }));
    expect(lines[0]?.fields).toMatchObject({ request: "GET /x", bystanders: 2 });
  });

  describe("whose client had its answer before", () => {
    const over = (overAtMs: number, startedAtMs = 3_000) => ({
      ...{ request: { ...REQUEST, id: "r-over", ageMs: 7_000, cause: "request_timeout" } },
      ...{ startedAtMs, overAtMs, toldAtMs: 10_000 },
    });
    const NAMED = { requestId: "r-over", ageMs: 7_000, requestCause: "request_timeout" };
    // Its loop was last heard to turn at 3 s.
    const table: [string, ReturnType<typeof over>, object, Casualty[], Partial<Entry>][] = [
      ["it may stand in that one", over(4_000), { ...NAMED, bystanders: 0 }, [], {}],
      ["others only waited behind it", over(4_000), { ...NAMED, bystanders: 1 }, [REQUEST], {}],
      ["its loop has turned since that was over", over(2_999), { requestId: "r-1" }, [REQUEST], {}],
      ["that came when it stood still", over(4_000, 3_501), { requestId: "r-1" }, [REQUEST], {}],
      [
        "it has left as it was told",
        over(4_000),
        { kind: "left", requestId: "r-1" },
        [REQUEST],
        { ending: { code: 0, signal: null }, order: { reason: "graceful_signal", why: "" } },
      ],
      [
        "its loop turned",
        over(9_500, 9_000),
        { requestId: "r-1" },
        [REQUEST],
        { run: runWith({ pulse: { atMs: 9_001 } as Run["pulse"] }) },
      ],
    ];
    test.each(table)("%s", async (_, unawaited, wanted, requests, given) => {
      const { ledger, lines } = setUp();
      const told = { ...noLoss(), requests, count: requests.length, unawaited: [unawaited] };
      const run = runWith({ pulse: { atMs: 3_000 } as Run["pulse"] });
      await ledger.note(entry({ run, ...given, farewell: Promise.resolve(told) }));
      expect(lines[0]?.fields).toMatchObject(wanted);
    });
  });

  test("an orderly end with which requests were lost is no mere information", async () => {
    const order = { reason: "graceful_signal", why: "" } as const;
    const levels = [];
    for (const lost of [[], [REQUEST]]) {
      const { ledger, lines } = setUp();
      await ledger.note(entry({ order, farewell: farewell(lost) }));
      levels.push(lines[0]?.level);
    }
    expect(levels).toEqual(["info", "warn"]);
  });

  test("fronts that do not answer are not waited for, and it is counted at once", async () => {
    const { ledger, lines, clock } = setUp();
    const noted = ledger.note(entry({ farewell: new Promise(() => {}) }));
    expect(ledger.restarts.get("crash")).toBe(1);
    clock.advance(499);
    await settle();
    expect(lines).toEqual([]);
    clock.advance(1);
    await noted;
    expect(lines[0]?.fields?.request).toBeUndefined();
  });
});

describe("ledger: a process that could not be started", () => {
  test.each([
    [false, "crash"],
    [true, "startup_timeout"],
  ])("late: %p", (isLate, reason) => {
    const { ledger, lines } = setUp();
    const error = new GwError("worker_died_at_start", { step: "load", how: "exit code 3" });
    ledger.noteLostStart(WHO, 42, { error, isLate, steps: "spawn 0 ms" });
    expect(lines.map(({ level, text, fields }) => ({ level, text, fields })) as unknown[]).toEqual([
      {
        level: "error",
        text: "worker 1 did not start",
        fields: { pid: 42, reason, why: error.message, steps: "spawn 0 ms" },
      },
    ]);
    expect(Object.fromEntries(ledger.restarts)).toEqual({ [reason]: 1 });
  });
});
