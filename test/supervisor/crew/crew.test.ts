// The places of one role together, over processes that are only said to exist, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Sums } from "../../../src/metrics/sums.ts";
import { WORKER_RESTS } from "../../../src/supervisor/child/policy.ts";
import type { Run } from "../../../src/supervisor/child/run.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import type { ProcessEnding } from "../../../src/supervisor/child/spawn.ts";
import { Crew } from "../../../src/supervisor/crew/crew.ts";
import { Ledger } from "../../../src/supervisor/crew/ledger.ts";
import type { PlaceSetup } from "../../../src/supervisor/crew/place.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { failureOf, fakeLaunch, NO_SPANS, settle } from "../../support/fake-pool.ts";

const setupOf = (number: number): PlaceSetup & { number: number } => ({
  ...{ number, name: `worker ${number}`, cwd: "/", dress: { env: {} }, rests: WORKER_RESTS },
  ...{ startupTimeoutMs: 15_000, drainTimeoutMs: 10_000, shutdownTimeoutMs: 5_000 },
  role: "worker",
  configure: () => ({ type: "backends", backends: [], paused: [] }),
});

function setUp(count: number) {
  const clock = new FakeClock();
  const { log, lines, texts } = captureLog();
  const { launch, processes } = fakeLaunch();
  const news: string[] = [];
  /** Ends that are still to be written down. */
  const unwritten: (() => void)[] = [];
  const owner = {
    hear() {},
    onWithdrawn() {},
    onReady: (slot: Slot) => void news.push(`${slot.setup.name} is ready`),
    recycling: {
      onParted() {},
      onSucceeded: (old: Slot) => void news.push(`${old.setup.name} is succeeded`),
    },
    onGone: (slot: Slot) => void news.push(`${slot.setup.name} is gone`),
    onEnded: (slot: Slot, _run: Run, { code }: ProcessEnding) => {
      news.push(`${slot.setup.name} ended: ${code}`);
      return new Promise<void>((resolve) => unwritten.push(resolve));
    },
  };
  const ledger = new Ledger(clock, log);
  const tools = {
    clock,
    log,
    random: () => 0.5,
    launch,
    print() {},
    ledger,
    sums: new Sums(),
    spans: NO_SPANS,
  };
  const crew = new Crew(
    Array.from({ length: count }, (_, n) => setupOf(n + 1)),
    tools,
    owner,
  );
  return { clock, lines, texts, processes, news, unwritten, ledger, crew };
}

/** All of them serve. */
async function serving(count: number) {
  const set = setUp(count);
  const started = set.crew.start({ atOnce: count });
  for (const one of set.processes) one.becomeReady();
  await started;
  set.news.length = 0;
  return set;
}

/** Whether it has been fulfilled by now. */
function watch(done: Promise<unknown>): { isDone: boolean } {
  const state = { isDone: false };
  void done.then(
    () => {
      state.isDone = true;
    },
    () => {},
  );
  return state;
}

describe("crew: its start", () => {
  test("so many at once, and one more for each that is ready; it is ready when all are", async () => {
    const { crew, processes, news } = setUp(3);
    const started = watch(crew.start({ atOnce: 2 }));
    expect(processes).toHaveLength(2);
    processes[0]?.becomeReady();
    expect(processes).toHaveLength(3);
    processes[1]?.becomeReady();
    await settle();
    expect([processes.length, started.isDone]).toEqual([3, false]);
    processes[2]?.becomeReady();
    await settle();
    expect([started.isDone, news]).toEqual([
      true,
      ["worker 1 is ready", "worker 2 is ready", "worker 3 is ready"],
    ]);
  });

  test("one that takes its time does not hold up the others for longer than a turn", () => {
    const { crew, processes, clock } = setUp(4);
    void crew.start({ atOnce: 1, turnMs: 250 });
    clock.advance(249);
    expect(processes).toHaveLength(1);
    clock.advance(1);
    expect(processes).toHaveLength(2);
    clock.advance(500);
    expect(processes).toHaveLength(4);
    clock.advance(10_000);
    expect(processes).toHaveLength(4);
  });

  test("a crew of none is ready", async () => {
    const { crew } = setUp(0);
    await crew.start({ atOnce: 1 });
    expect(crew.pids).toEqual([]);
  });

  test("the first failure ends it, and is the error; those that follow are told to nobody", async () => {
    const { crew, processes, texts, ledger } = setUp(2);
    const failure = failureOf(crew.start({ atOnce: 2 }));
    processes[0]?.end({ code: 3 });
    processes[1]?.end({ code: 4 });
    expect((await failure).message).toContain("exit code 3");
    expect(texts()).toEqual(["worker 1 did not start"]);
    // Before the first serving nothing has been restarted.
    expect(ledger.restarts.size).toBe(0);
  });

  test("told to leave meanwhile, it is given up", async () => {
    const { crew, processes, clock } = setUp(2);
    const failure = failureOf(crew.start({ atOnce: 1, turnMs: 250 }));
    const left = crew.leave("stop");
    expect((await failure).message).toContain("it was told to leave before it was ready");
    processes[0]?.end({ code: 0 });
    await left;
    clock.advance(10_000);
    expect(processes).toHaveLength(1);
  });
});

describe("crew: while it serves", () => {
  test("each that is ready is told of, and its owner asked about each end before the next try is spoken of", async () => {
    const { crew, processes, news, texts, unwritten, clock } = await serving(1);
    processes[0]?.end({ code: 1 });
    await settle();
    expect([news, texts()]).toEqual([["worker 1 ended: 1"], ["worker 1 is ready"]]);
    unwritten[0]?.();
    await settle();
    expect(texts().at(-1)).toBe("worker 1 is started again");
    clock.advance(1_000);
    processes[1]?.becomeReady();
    expect([news.at(-1), texts().at(-1), crew.pids]).toEqual([
      "worker 1 is ready",
      "worker 1 is ready",
      [processes[1]?.pid as number],
    ]);
  });

  test("one that cannot be started again is an entry of the book, and of a row a crash loop", async () => {
    const { processes, clock, lines, ledger, unwritten } = await serving(1);
    for (let n = 0; n < 5; n++) {
      processes.at(-1)?.end({ code: 1 });
      unwritten.shift()?.();
      await settle();
      // The next try, and no further.
      if (n < 4) clock.advance(clock.pending()[0] ?? 0);
    }
    const texts = lines.map(({ level, text }) => `${level} ${text}`);
    expect(texts.filter((text) => text.includes("did not start"))).toHaveLength(4);
    expect(texts.at(-1)).toBe("error worker 1 is in a crash loop");
    expect(lines.at(-1)?.fields).toMatchObject({ deaths: 5, nextTryMs: 16_000 });
    expect(ledger.restarts.get("crash")).toBe(4);
  });

  test("that one is ready is news only after the start", async () => {
    const { crew, processes, lines } = await serving(1);
    crew.places[0]?.renew();
    processes[1]?.becomeReady();
    expect(lines.map(({ level, text }) => [level, text])).toEqual([
      ["debug", "worker 1 is ready"],
      ["info", "worker 1 is ready"],
    ]);
  });

  test("that a place was taken over is its owner's to know", async () => {
    const { crew, processes, news } = await serving(2);
    crew.places[1]?.renew();
    processes[2]?.becomeReady();
    expect(news).toEqual(["worker 2 is ready", "worker 2 is succeeded"]);
  });
});

describe("crew: one place more or less", () => {
  test("one that is added is waited for by whoever wants it, and is part of the crew", async () => {
    const { crew, processes, news } = await serving(1);
    const { place, ready } = crew.add(setupOf(5));
    const added = watch(ready);
    await settle();
    expect([crew.places.length, added.isDone]).toEqual([2, false]);
    processes[1]?.becomeReady();
    await ready;
    expect(crew.pids).toEqual(processes.map(({ pid }) => pid));
    const left = place.vacate().leave("stop");
    const removed = crew.remove(place);
    await settle();
    expect([crew.places.length, news]).toEqual([2, ["worker 5 is ready"]]);
    processes[1]?.end({ code: 0 });
    await Promise.all([left, removed]);
    expect([crew.places.map(({ number }) => number), news.at(-1)]).toEqual([[1], "worker 5 is gone"]);
  });

  test("one that does not start says so to whoever waits for it, and keeps trying", async () => {
    const { crew, processes, clock } = await serving(1);
    const failure = failureOf(crew.add(setupOf(5)).ready);
    processes[1]?.end({ code: 3 });
    expect((await failure).message).toContain("exit code 3");
    clock.advance(1_000);
    expect(processes).toHaveLength(3);
  });

  test("one that is let go before it is ready is not waited for", async () => {
    const { crew, processes } = await serving(1);
    const { place, ready } = crew.add(setupOf(5));
    const failure = failureOf(ready);
    void place.vacate().leave("stop");
    processes[1]?.end({ code: 0 });
    expect((await failure).message).toContain("worker 5 was let go before it was ready");
  });
});

describe("crew: its end", () => {
  test("it is over when no process is left, and nothing is started or spoken of on the way", async () => {
    const { crew, processes, texts, clock } = await serving(2);
    const left = watch(crew.leave("drain"));
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["drain", "drain"]);
    processes[0]?.end({ code: 0 });
    await settle();
    expect(left.isDone).toBe(false);
    const lines = texts().length;
    processes[1]?.end({ code: 1 });
    await settle();
    clock.advance(60_000);
    expect([left.isDone, processes.length, texts().length, crew.pids]).toEqual([true, 2, lines, []]);
  });

  test("a second word may hurry the first one", async () => {
    const { crew, processes } = await serving(1);
    void crew.leave("drain");
    void crew.leave("stop");
    expect(processes[0]?.did.slice(-2)).toEqual(["drain", "SIGTERM"]);
  });

  test("killed, all are killed, also those that were to start", async () => {
    const { crew, processes, clock } = setUp(3);
    const failure = failureOf(crew.start({ atOnce: 1, turnMs: 250 }));
    crew.kill();
    await failure;
    expect(processes[0]?.did.at(-1)).toBe("SIGKILL");
    clock.advance(10_000);
    expect(processes).toHaveLength(1);
  });
});
