import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { judge, judgeDanger, type Observation, type Rules } from "../../../src/supervisor/crew/judge.ts";

const OFF: Rules = {
  concurrency: 10,
  requestTimeoutMs: 0,
  deadlockTimeoutMs: 0,
  inactivityTimeoutMs: 0,
  maximumRequests: 0,
  restartIntervalMs: 0,
  memoryLimitBytes: 0,
  cpuTimeLimitMs: 0,
  shutdownTimeoutMs: 5_000,
};
const WELL: Observation = {
  servedMs: 1_000,
  silentMs: 900,
  active: 0,
  ageSumMs: 0,
  requests: 5,
  idleMs: 0,
  rssBytes: 100,
  cpuMs: 100,
  jitter: 1,
};

type Case = [string, Partial<Rules>, Partial<Observation>, string];

test.each([
  [0, "requests that nobody waits for any more have run for 2.8 s together"],
  [1, "1 request has run for 2.8 s together"],
  [2, "2 requests have run for 2.8 s together"],
])("judge: after a request timeout it says of %d requests that they run", (active, why) => {
  const rules = { ...OFF, concurrency: 1, requestTimeoutMs: 1_000 };
  expect(judge({ ...WELL, active, ageSumMs: 2_800 }, rules)?.why).toBe(why);
});

describe("judge: each rule at its edge", () => {
  const cases: Case[] = [
    [
      "a worker at the deadlock timeout lives",
      { deadlockTimeoutMs: 60_000 },
      { silentMs: 60_000 },
      "nothing",
    ],
    [
      "a worker silent for longer is killed",
      { deadlockTimeoutMs: 60_000 },
      { silentMs: 60_001 },
      "kill deadlock_timeout",
    ],
    ["memory at the limit is allowed", { memoryLimitBytes: 1_000 }, { rssBytes: 1_000 }, "nothing"],
    [
      "memory over the limit replaces",
      { memoryLimitBytes: 1_000 },
      { rssBytes: 1_001 },
      "replace memory_limit",
    ],
    [
      "memory at five quarters still replaces",
      { memoryLimitBytes: 1_000 },
      { rssBytes: 1_250 },
      "replace memory_limit",
    ],
    [
      "memory over five quarters dismisses",
      { memoryLimitBytes: 1_000 },
      { rssBytes: 1_251 },
      "dismiss memory_limit",
    ],
    ["memory that nobody can tell is no reason", { memoryLimitBytes: 1 }, { rssBytes: undefined }, "nothing"],
    [
      "processor time over the limit replaces",
      { cpuTimeLimitMs: 10_000 },
      { cpuMs: 10_001 },
      "replace cpu_time_limit",
    ],
    [
      "processor time over the limit and the shutdown timeout dismisses",
      { cpuTimeLimitMs: 10_000 },
      { cpuMs: 15_001 },
      "dismiss cpu_time_limit",
    ],
    [
      "one request for ever leaves nine places to others",
      { requestTimeoutMs: 60_000 },
      { active: 1, ageSumMs: 599_000 },
      "nothing",
    ],
    [
      "ages over the timeout on the average of all places replace",
      { requestTimeoutMs: 60_000 },
      { active: 10, ageSumMs: 600_001 },
      "replace request_timeout",
    ],
    [
      "with one place it is the plain deadline",
      { requestTimeoutMs: 60_000, concurrency: 1 },
      { active: 1, ageSumMs: 60_001 },
      "replace request_timeout",
    ],
    ["a worker whose socket is gone is replaced", {}, { isHidden: true }, "replace crash"],
    ["one request fewer than the maximum", { maximumRequests: 6 }, { requests: 5 }, "nothing"],
    ["as many requests as the maximum", { maximumRequests: 5 }, { requests: 5 }, "replace maximum_requests"],
    [
      "the maximum is a tenth later for some",
      { maximumRequests: 100 },
      { requests: 109, jitter: 1.1 },
      "nothing",
    ],
    [
      "the maximum is a tenth sooner for others",
      { maximumRequests: 100 },
      { requests: 90, jitter: 0.9 },
      "replace maximum_requests",
    ],
    [
      "the restart interval, give or take",
      { restartIntervalMs: 1_000 },
      { servedMs: 900, jitter: 0.9 },
      "replace restart_interval",
    ],
    [
      "an idle worker after the inactivity timeout",
      { inactivityTimeoutMs: 5_000 },
      { idleMs: 5_000 },
      "replace inactivity_timeout",
    ],
    [
      "a worker that nobody has used is left alone",
      { inactivityTimeoutMs: 5_000 },
      { idleMs: 50_000, requests: 0 },
      "nothing",
    ],
    [
      "a worker with a request is never idle",
      { inactivityTimeoutMs: 5_000 },
      { idleMs: 50_000, active: 1 },
      "nothing",
    ],
    [
      "what kills comes before what replaces",
      { deadlockTimeoutMs: 1, maximumRequests: 1, memoryLimitBytes: 1 },
      {},
      "kill deadlock_timeout",
    ],
  ];
  test.each(cases)("judge: %s", (_name, rules, seen, expected) => {
    const verdict = judge({ ...WELL, ...seen }, { ...OFF, ...rules });
    expect(verdict ? `${verdict.how} ${verdict.reason}` : "nothing").toBe(expected);
  });
});

const natural = fc.nat(10_000_000);
const anyObservation = fc.record({
  servedMs: natural,
  silentMs: natural,
  active: fc.nat(1_000),
  ageSumMs: natural,
  requests: natural,
  idleMs: natural,
  rssBytes: fc.option(natural, { nil: undefined }),
  cpuMs: fc.option(natural, { nil: undefined }),
  jitter: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
});

describe("judge: whatever is seen", () => {
  test("with every rule off nobody is judged", () => {
    fc.assert(fc.property(anyObservation, (seen) => judge(seen, OFF) === undefined));
  });

  test("a worker that leaves already is never replaced", () => {
    const anyRules = fc.record({
      concurrency: fc.integer({ min: 1, max: 100 }),
      requestTimeoutMs: natural,
      deadlockTimeoutMs: natural,
      inactivityTimeoutMs: natural,
      maximumRequests: natural,
      restartIntervalMs: natural,
      memoryLimitBytes: natural,
      cpuTimeLimitMs: natural,
      shutdownTimeoutMs: natural,
    });
    fc.assert(
      fc.property(anyObservation, anyRules, (seen, rules) => {
        const danger = judgeDanger(seen, rules);
        expect(danger?.how).not.toBe("replace");
        if (danger) expect(judge(seen, rules)).toEqual(danger);
      }),
    );
  });
});
