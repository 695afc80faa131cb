// What the watch sees of processes that are only said to exist, and what follows, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import type { Pulse, Run } from "../../../src/supervisor/child/run.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { rulesOf, type Verdict } from "../../../src/supervisor/crew/judge.ts";
import type { Place } from "../../../src/supervisor/crew/place.ts";
import { Watch, type WatchSetup } from "../../../src/supervisor/crew/watch.ts";
import type { Load } from "../../../src/supervisor/traffic/load.ts";
import type { Traffic } from "../../../src/supervisor/traffic/traffic.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeProcess, lose, makePool, settle } from "../../support/fake-pool.ts";

type Made = Awaited<ReturnType<typeof makePool>>;

/** So many seconds in which everybody who is not left out beats once a second. */
async function live(
  { clock, workers, fronts }: Made,
  seconds: number,
  silent: FakeProcess[] = [],
): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    for (const made of [...workers(), ...fronts()])
      if (!silent.includes(made) && !made.hasEnded) made.say({ type: "heartbeat", ...beats.get(made) });
    clock.advance(1_000);
    await settle();
  }
}

const beats = new WeakMap<FakeProcess, object>();

/** A watch over one process that is only said to exist, as far as what is told of its run says. It is to be stopped. */
function watchOver(
  told: object,
  given: Partial<Pick<WatchSetup, "os" | "evidence">> & {
    rules: Partial<WatchSetup["rules"]>;
    load?: object;
    hasSocket?: () => boolean;
  },
  kind: "workers" | "others" = "workers",
) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const run = { readyAtMs: 0 as number | undefined, child: { pid: 7 }, luck: 0, ...told };
  const slot = { run } as unknown as Slot;
  const place = { slots: [slot], current: slot, isWanted: true } as unknown as Place;
  const reasons: string[] = [];
  const { os = NO_TABLE, evidence, load, hasSocket } = given;
  const watch = new Watch({
    ...{ clock, log, os, ...(evidence && { evidence }) },
    rules: { ...rulesOf(defaultSettings()), ...given.rules },
    [kind]: {
      places: [place],
      ...(hasSocket && { hasSocket }),
      traffic: { loadOf: () => load, hasFronts: true } as unknown as Traffic,
      onVerdict: (_place: Place, _slot: Slot, { reason }: Verdict) => reasons.push(reason),
    },
  });
  watch.start();
  return { clock, lines, run, reasons, watch };
}

const NO_TABLE = { usageOf: () => ({ ok: false, reason: "no table" }) as const };
const QUIET = { atMs: 0, active: 0, requests: 0, ageSumMs: 0 };

function stats(worker: FakeProcess, load: object): object {
  const workers = [{ slot: 1, pid: worker.pid, active: 0, requests: 0, idleMs: 0, ...load }];
  return { type: "stats", stats: { queued: 0, groups: [], active: 0, requests: 0, errors: {}, workers } };
}

describe("watch: signs of life", () => {
  test("everybody who beats lives, whatever the settings", async () => {
    const made = await makePool({ processes: { min: 2, max: 2 } });
    await live(made, 200);
    expect({ workers: made.workers().length, fronts: made.fronts().length }).toEqual({
      workers: 2,
      fronts: 1,
    });
  });

  test("a worker that stops beating is replaced after the deadlock timeout, and no other one", async () => {
    const made = await makePool({ processes: { min: 2, max: 2 }, deadlockTimeout: 10_000 });
    const [stuck, well] = made.workers();
    await live(made, 10, [stuck!]);
    expect(made.workers().length).toBe(2);
    await live(made, 2, [stuck!]);
    expect({ count: made.workers().length, stuck: stuck!.did.at(-1), well: well!.did }).toEqual({
      count: 3,
      stuck: "SIGKILL",
      well: ["configure"],
    });
  });

  test("a front that stops beating is killed, and another one started at once", async () => {
    const made = await makePool({ deadlockTimeout: 10_000 });
    const [stuck] = made.fronts();
    await live(made, 12, [stuck!]);
    expect({ count: made.fronts().length, did: stuck!.did.at(-1) }).toEqual({ count: 2, did: "SIGKILL" });
    stuck!.end({ signal: "SIGKILL" });
    await settle();
    expect(made.ends()).toEqual([
      expect.objectContaining({ text: "front 1 ended", reason: "deadlock_timeout", kind: "killed_by_gw" }),
    ]);
  });

  test("a supervisor that was itself stopped shoots nobody: all get the whole time anew", async () => {
    const made = await makePool({ processes: { min: 2, max: 2 }, deadlockTimeout: 10_000 });
    await live(made, 3);
    // As after SIGSTOP and SIGCONT: one look, much too late, before anything that was said meanwhile is read.
    made.clock.jump(45_000);
    await live(made, 9, made.workers());
    expect(made.workers().length).toBe(2);
    await live(made, 3, made.workers());
    expect(made.workers().length).toBe(4);
  });

  test("a worker that was stopped is killed even when it goes on later", async () => {
    const made = await makePool({ deadlockTimeout: 10_000 });
    const [stopped] = made.workers();
    await live(made, 12, [stopped!]);
    stopped!.say({ type: "heartbeat" });
    expect(stopped!.did.at(-1)).toBe("SIGKILL");
  });
});

describe("watch: figures of the children", () => {
  test("requests count by whoever has seen more of them, the worker or the fronts", async () => {
    for (const says of ["worker", "front"] as const) {
      const made = await makePool({ maximumRequests: 100 });
      const [worker] = made.workers();
      if (says === "worker") beats.set(worker!, { requests: 100 });
      else made.fronts()[0]!.say(stats(worker!, { requests: 100 }));
      await live(made, 1);
      expect(made.workers().length).toBe(2);
    }
  });

  test("a worker is idle when the fronts say so, not before it had a request", async () => {
    const made = await makePool({ inactivityTimeout: 5_000 });
    const [worker] = made.workers();
    made.fronts()[0]!.say(stats(worker!, { requests: 0, idleMs: 60_000 }));
    await live(made, 1);
    made.fronts()[0]!.say(stats(worker!, { requests: 3, idleMs: 4_999 }));
    await live(made, 1);
    expect(made.workers().length).toBe(1);
    made.fronts()[0]!.say(stats(worker!, { requests: 3, idleMs: 5_000 }));
    await live(made, 1);
    expect(made.workers().length).toBe(2);
  });

  test("of several fronts the least idle one counts", async () => {
    const made = await makePool({ inactivityTimeout: 5_000, frontEnds: 2 });
    const [worker] = made.workers();
    const [one, other] = made.fronts();
    one!.say(stats(worker!, { requests: 1, idleMs: 60_000 }));
    other!.say(stats(worker!, { requests: 1, idleMs: 100 }));
    await live(made, 1);
    expect(made.workers().length).toBe(1);
  });

  test("in embedded mode a worker is idle while its own count stands still", async () => {
    const made = await makePool({ inactivityTimeout: 5_000, embeddedMode: true });
    const [worker] = made.workers();
    beats.set(worker!, { requests: 1 });
    await live(made, 4);
    beats.set(worker!, { requests: 2 });
    await live(made, 5);
    expect(made.workers().length).toBe(1);
    await live(made, 1);
    expect(made.workers().length).toBe(2);
  });

  test("ages over the request timeout on the average replace; the oldest request is named", async () => {
    const made = await makePool({ requestTimeout: 10_000, concurrency: { min: 2, max: 2 } });
    const [worker] = made.workers();
    const oldest = { id: "r-9", method: "POST", path: "/slow", ageMs: 11_000 };
    beats.set(worker!, { active: 2, ageSumMs: 20_001, requests: 2 });
    made.fronts()[0]!.say(stats(worker!, { active: 2, requests: 2, oldest }));
    await live(made, 1);
    made.workers()[1]!.becomeReady();
    lose(made.fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    worker!.end({ code: 0 });
    await settle();
    expect(made.ends()).toEqual([
      expect.objectContaining({ reason: "request_timeout", request: "POST /slow", bystanders: 1 }),
    ]);
  });

  test("with one place at a time a worker that is stuck is replaced at the request timeout", async () => {
    const made = await makePool({ requestTimeout: 5_000, concurrency: { min: 1, max: 1 } });
    const [worker] = made.workers();
    await live(made, 1);
    made.fronts()[0]!.say(stats(worker!, { active: 1, requests: 1 }));
    await live(made, 4, [worker!]);
    expect(made.workers().length).toBe(1);
    await live(made, 1, [worker!]);
    expect(made.workers().length).toBe(2);
  });

  test("a busy worker whose heartbeat is a moment late is not taken for a stuck one", async () => {
    const made = await makePool({ requestTimeout: 1_000, concurrency: { min: 2, max: 2 } });
    const [worker] = made.workers();
    beats.set(worker!, { active: 2, ageSumMs: 10, requests: 5_000 });
    await live(made, 3);
    await live(made, 1, [worker!]);
    expect(made.workers().length).toBe(1);
  });

  test("workers that were started together leave at times of their own", async () => {
    const made = await makePool(
      { processes: { min: 2, max: 2 }, restartInterval: 100_000 },
      { luck: [0, 0.99] },
    );
    await live(made, 89);
    expect(made.workers().length).toBe(2);
    await live(made, 1);
    expect(made.workers().length).toBe(3);
    expect(made.pool.crew.places[0]!.successor).toBeDefined();
  });
});

test("watch: where the system does not tell what a process uses, that is said once, and its limits do not bind", () => {
  const rules = { memoryLimitBytes: 1, deadlockTimeoutMs: 0 };
  const { watch, clock, lines, reasons } = watchOver({ pulse: QUIET }, { rules });
  clock.advance(1_000);
  watch.stop();
  expect(reasons).toEqual([]);
  expect(lines).toMatchObject([
    {
      level: "warn",
      text: "what workers use cannot be seen here; their limits are not watched",
      fields: { why: "no table" },
    },
  ]);
});

test.each([true, false])(
  "watch: without a limit nobody asks what a process uses, but for evidence: %p",
  (isKept) => {
    const [asked, noted]: unknown[][] = [[], []];
    const usage = { rssBytes: 5, cpuMs: 6 };
    const usageOf = (pid: number) => {
      asked?.push(pid);
      return { ok: true, value: usage } as const;
    };
    const evidence = { isKept, note: (_run: Run, told: unknown) => noted?.push(told) };
    const rules = { memoryLimitBytes: 0, cpuTimeLimitMs: 0, deadlockTimeoutMs: 0 };
    const { watch, clock } = watchOver({ pulse: QUIET }, { rules, evidence, os: { usageOf } });
    clock.advance(1_000);
    watch.stop();
    expect([asked, noted]).toEqual(isKept ? [[7], [usage]] : [[], []]);
  },
);

test("watch: of gw's own processes one that is silent, or whose socket has vanished, is told of", () => {
  for (const [told, isHidden, expected] of [
    [{ atMs: 0 }, false, "deadlock_timeout"],
    [{ atMs: 60_000 }, true, "crash"],
    [{ atMs: 60_000 }, false, undefined],
  ] as const) {
    const rules = { deadlockTimeoutMs: 5_000 };
    const { watch, clock, reasons } = watchOver(
      { pulse: told },
      { rules, hasSocket: () => !isHidden },
      "others",
    );
    clock.advance(6_000);
    watch.stop();
    expect(reasons[0]).toBe(expected as string);
  }
});

test("watch: a front end that is silent for twice its time is lost, and one that starts is not", () => {
  for (const [deadlockTimeoutMs, mostMs] of [
    [10_000, 20_000],
    [0, 60_000],
  ] as const) {
    const { watch, clock, run } = watchOver({ pulse: QUIET }, { rules: { deadlockTimeoutMs } }, "others");
    clock.advance(mostMs);
    expect(watch.hasLostFront).toBe(false);
    clock.advance(1_000);
    expect(watch.hasLostFront).toBe(true);
    run.readyAtMs = undefined;
    expect(watch.hasLostFront).toBe(false);
    watch.stop();
  }
});

describe("watch: time in which clients send their bodies is not the app's", () => {
  const RULES = { requestTimeoutMs: 60_000, deadlockTimeoutMs: 0 };

  /** Whether a worker is replaced of which that is told. */
  function isReplaced(pulse: Partial<Pulse>, load: Partial<Load>, concurrency: number): boolean {
    const known = { streams: 0, idleMs: 0, bodyWaitMs: 0, pastBodyWaitMs: 0, ...load };
    const { watch, clock, reasons } = watchOver(
      { pulse: { atMs: 0, requests: 99, ...pulse } },
      { rules: { ...RULES, concurrency }, load: known },
    );
    clock.advance(1_000);
    watch.stop();
    return reasons.includes("request_timeout");
  }

  test.each([
    ["bodies come", { active: 1, ageSumMs: 90_000 }, { active: 1, bodyWaitMs: 85_000 }, 1, false],
    ["nobody was waited for", { active: 1, ageSumMs: 90_000 }, { active: 1 }, 1, true],
    [
      "the app has had its time since the body was there",
      { active: 1, ageSumMs: 150_000 },
      { active: 1, bodyWaitMs: 85_000 },
      ...([1, true] as const),
    ],
    [
      "a worker with a hundred places",
      { active: 100, ageSumMs: 9_000_000 },
      { active: 100, bodyWaitMs: 8_500_000 },
      ...([100, false] as const),
    ],
    [
      "the answer has begun, which the worker has yet to tell",
      { active: 1, ageSumMs: 90_000 },
      { active: 1, streams: 1, pastBodyWaitMs: 85_000 },
      ...([1, false] as const),
    ],
    [
      "the client has left, and its handler goes on",
      { active: 1, ageSumMs: 90_000 },
      { active: 0, pastBodyWaitMs: 85_000 },
      ...([1, false] as const),
    ],
    [
      "bodies of others, all of whom have their answers",
      { active: 1, ageSumMs: 90_000 },
      { active: 1, pastBodyWaitMs: 85_000 },
      ...([1, true] as const),
    ],
  ])("%s", (_, pulse, load, concurrency, expected) => {
    expect(isReplaced(pulse, load, concurrency)).toBe(expected);
  });
});
