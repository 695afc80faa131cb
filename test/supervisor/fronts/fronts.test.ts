// One set of front ends, over processes that are only said to exist, on a clock that stands still: what they are told, where
// their words go, and how they leave.
import { describe, expect, test } from "bun:test";
import { Sums } from "../../../src/metrics/sums.ts";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Ledger } from "../../../src/supervisor/crew/ledger.ts";
import { Fronts } from "../../../src/supervisor/fronts/fronts.ts";
import { LameDuck } from "../../../src/supervisor/fronts/lame-duck.ts";
import type { Steering } from "../../../src/supervisor/fronts/steering.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { configOf, type FakeProcess, fakeLaunch, settle } from "../../support/fake-pool.ts";

/** Whose listeners are there, and which are being closed: each when its turn comes, which is at once. */
class NotedSteering {
  readonly did: string[] = [];
  bound({ number }: Slot): void {
    this.did.push(`bound ${number}`);
  }
  closed({ number }: Slot): void {
    this.did.push(`closed ${number}`);
  }
  async closeListener({ number }: Slot, close: () => Promise<void>): Promise<void> {
    this.did.push(`closing ${number}`);
    await close();
    this.closed({ number } as Slot);
  }
}

function setUp(given: Partial<Settings> = {}, { replacesOthers = false } = {}) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const { launch, processes } = fakeLaunch();
  const steering = new NotedSteering();
  const told: unknown[] = [];
  const port: string[] = [];
  const settings = { ...defaultSettings(), frontEnds: 2, deadlockTimeout: 0, ...given } as Settings;
  const sums = new Sums();
  const passed: string[] = [];
  const ledger = new Ledger(clock, log);
  const fronts = new Fronts(
    {
      config: configOf(settings),
      places: { main: 8000, all: [{ host: "127.0.0.1", port: 8000, isTls: false }] },
      salt: 7,
      lameDuck: new LameDuck(),
      rateMemory: { descriptor: 40, made: 40 },
      publicPort: { admit: () => void port.push("admit"), settle: () => void port.push("settle") },
      env: {},
      steering: steering as unknown as Steering,
      replacesOthers,
      employed: { introduce: (traffic) => traffic },
      owner: {
        onPressure: (_fronts, group, waitedMs) => told.push([group, waitedMs]),
        onCut: (count) => told.push(count),
      },
    },
    {
      clock,
      log,
      random: () => 0.5,
      launch,
      print() {},
      ledger,
      sums,
      spans: { pass: (given) => passed.push(given.text) },
    },
  );
  return { clock, lines, processes, steering, told, port, fronts, ledger, sums, passed };
}

async function serving(given: Partial<Settings> = {}) {
  const set = setUp(given);
  const started = set.fronts.start();
  for (let n = 0; n < 2; n++) set.processes[n]?.becomeReady();
  await started;
  return set;
}

const frontOf = (one: FakeProcess | undefined) =>
  one?.heard.flatMap((message) =>
    message.type === "configure" && "front" in message ? message.front : [],
  )[0];

describe("fronts: their start", () => {
  test("one after the other, so that the order of their listeners is known; each is let to the port for that time", async () => {
    const { fronts, processes, steering, port } = setUp();
    const started = fronts.start();
    expect([processes.length, fronts.areReady]).toEqual([1, false]);
    processes[0]?.say({ type: "hello", protocol: 1, role: "front", pid: processes[0].pid, version: "1" });
    expect(port).toEqual(["admit"]);
    processes[0]?.say({ type: "ready", port: 8000 });
    expect([processes.length, port, steering.did]).toEqual([2, ["admit", "settle"], ["bound 1"]]);
    processes[1]?.becomeReady();
    await started;
    expect([fronts.areReady, steering.did]).toEqual([true, ["bound 1", "bound 2"]]);
    expect(processes.map((one) => [frontOf(one)?.slot, frontOf(one)?.port])).toEqual([
      [1, 8000],
      [2, 8000],
    ]);
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["backends", "backends"]);
  });

  test("only those that replace others warm up, and none that follows one of them later", async () => {
    const alone = await serving();
    expect(frontOf(alone.processes[0])?.warmsUp).toBe(false);
    const { fronts, processes, clock } = setUp({ frontEnds: 1 }, { replacesOthers: true });
    const started = fronts.start();
    processes[0]?.becomeReady();
    await started;
    processes[0]?.end({ code: 1 });
    await settle();
    clock.advance(0);
    processes[1]?.becomeReady();
    expect([frontOf(processes[0])?.warmsUp, frontOf(processes[1])?.warmsUp]).toEqual([true, false]);
  });

  test("embedded, there is none", async () => {
    const { fronts, processes } = setUp({ embeddedMode: true });
    await fronts.start();
    expect([processes.length, fronts.traffic.hasFronts]).toEqual([0, false]);
  });
});

describe("fronts: their words", () => {
  test("each goes to what it is about", async () => {
    const { fronts, processes, told, sums, passed } = await serving();
    const stats = {
      queued: 3,
      groups: [{ name: "default", queued: 3 }],
      active: 0,
      requests: 0,
      errors: {},
      workers: [],
    };
    processes[0]?.say(
      { type: "stats", stats },
      { type: "pressure", group: "default", waitedMs: 70 },
      { type: "cut", count: 2 },
      { type: "spans", text: "a line\n", count: 1 },
      {
        type: "figures",
        samples: [{ metric: "gw_request_body_bytes_total", labels: ["default"], value: 5 }],
      },
    );
    expect([fronts.traffic.queuedOf("default"), told]).toMatchObject([3, [["default", { waitedMs: 70 }], 2]]);
    expect(passed).toEqual(["a line\n"]);
    // Of workers it would mean something, of front ends nothing.
    processes[0]?.say({ type: "modules", files: ["/x"], missing: [] });
    expect(processes).toHaveLength(2);
    expect(sums.samples.map(({ value }) => value)).toEqual([5]);
    // What it has counted lives on without it.
    processes[0]?.end({ code: 1 });
    await settle();
    expect(sums.samples.map(({ value }) => value)).toEqual([5]);
  });
});

describe("fronts: one that ends", () => {
  test("it is out of the traffic at once, another one follows at once, and its end is written down", async () => {
    const { fronts, processes, steering, clock, lines } = await serving();
    const worker = { number: 9, pid: 9 } as Slot;
    fronts.traffic.admit(worker, {
      ...{ slot: 9, pid: 9, generation: 1, group: "default", socket: "/w.sock", token: "t" },
      ...{ accepting: true, concurrency: { min: 1, max: 1 } },
    });
    let isLeft = false;
    void fronts.traffic.dismiss(worker).then(() => {
      isLeft = true;
    });
    processes[1]?.say({ type: "lost", socket: "/w.sock", pid: 9, requests: [], count: 0, hasLeft: true });
    processes[0]?.end({ signal: "SIGSEGV" });
    await settle();
    expect([isLeft, steering.did.includes("closed 1")]).toEqual([true, true]);
    expect(lines.find(({ text }) => text === "front 1 ended")?.fields).toMatchObject({ reason: "crash" });
    clock.advance(0);
    expect(processes).toHaveLength(3);
  });

  test("one that hears nobody is killed for that reason, and another one has its place at once", async () => {
    const { processes, clock, lines } = await serving({ frontEnds: 1, deadlockTimeout: 2_000 });
    for (const one of processes) one.say({ type: "heartbeat" });
    for (let n = 0; n < 5 && processes.length === 1; n++) {
      clock.advance(1_000);
      await settle();
    }
    expect([processes.length, processes[0]?.did.at(-1)]).toEqual([2, "SIGKILL"]);
    processes[0]?.end({ signal: "SIGKILL" });
    await settle();
    expect(lines.find(({ text }) => text === "front 1 ended")?.fields).toMatchObject({
      reason: "deadlock_timeout",
      kind: "killed_by_gw",
    });
  });
});

describe("fronts: steering", () => {
  const steerOf = (one: FakeProcess | undefined) => one?.did.filter((type) => type === "steer").length;

  test("any one of them tells the kernel; one that does not hear, or may not, is passed over", async () => {
    const { fronts, processes, clock } = await serving();
    const done = fronts.steer([0, 1]);
    expect([steerOf(processes[0]), steerOf(processes[1])]).toEqual([1, 0]);
    clock.advance(1_000);
    await settle();
    expect(steerOf(processes[1])).toBe(1);
    processes[1]?.steered();
    expect(await done).toBeUndefined();

    const refused = fronts.steer([0]);
    for (const one of processes) {
      await settle();
      const asked = one.heard.findLast((message) => message.type === "steer");
      if (asked?.type === "steer") one.say({ type: "steered", id: asked.id, reason: "EPERM" });
    }
    expect(await refused).toBe("EPERM");
  });

  test("an answer that comes too late is none to the next question, nor is another one's", async () => {
    const { fronts, processes, clock } = await serving();
    const first = fronts.steer([0]);
    clock.advance(1_000);
    await settle();
    clock.advance(1_000);
    expect(await first).toBe("the front end did not answer");
    let isAnswered = false;
    void fronts.steer([1]).then(() => {
      isAnswered = true;
    });
    processes[0]?.steered(1);
    processes[1]?.say({ type: "steered", id: 3 });
    await settle();
    expect(isAnswered).toBe(false);
    processes[0]?.steered();
    await settle();
    expect(isAnswered).toBe(true);
  });

  test("where none is ready there is nobody to tell", async () => {
    expect(await setUp().fronts.steer([0])).toBe("no front end is ready");
  });
});

describe("fronts: when another set has taken over", () => {
  const WINDOWS = { requestsMs: 5_000, streamsMs: 60_000 };

  test("each is told to, closes its listener once it is quiet, and is gone when it has finished", async () => {
    const { fronts, processes, steering } = await serving({ queueTimeout: 3_000 });
    let isGone = false;
    const gone = fronts.retire(WINDOWS).then(() => {
      isGone = true;
    });
    expect(processes[0]?.heard.at(-1)).toEqual({
      ...{ type: "retire", withinMs: 5_000, streamsWithinMs: 60_000, queueWithinMs: 3_000 },
    });
    await settle();
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["retire", "retire"]);
    processes[1]?.say({ type: "quiet" });
    await settle();
    expect([steering.did.at(-1), processes[1]?.heard.at(-1)]).toEqual([
      "closing 2",
      { type: "drain", withinMs: 5_000 },
    ]);
    processes[1]?.say({ type: "closed" });
    await settle();
    expect(steering.did.at(-1)).toBe("closed 2");
    processes[1]?.end({ code: 0 });
    processes[0]?.say({ type: "quiet" });
    await settle();
    expect(isGone).toBe(false);
    processes[0]?.end({ code: 0 });
    await gone;
    expect(processes).toHaveLength(2);
  });

  test("one that does not become quiet is told to leave when all its time is over", async () => {
    const { fronts, processes, clock } = await serving({ frontEnds: 1, queueTimeout: 3_000 });
    void fronts.retire(WINDOWS);
    clock.advance(60_999);
    await settle();
    expect(processes[0]?.did.at(-1)).toBe("retire");
    clock.advance(1);
    await settle();
    expect(processes[0]?.did.at(-1)).toBe("drain");
  });

  test("one that ends on its way, otherwise than in order, is written down; none follows it", async () => {
    for (const [ending, count] of [
      [{ signal: "SIGKILL" }, 1],
      [{ code: 0 }, 0],
    ] as const) {
      const { fronts, processes, clock, lines } = await serving({ frontEnds: 1 });
      const gone = fronts.retire(WINDOWS);
      processes[0]?.say({ type: "quiet" });
      await settle();
      processes[0]?.end(ending);
      await gone;
      await settle();
      clock.advance(60_000);
      expect(lines.filter(({ text }) => text === "front 1 ended")).toHaveLength(count);
      expect(processes).toHaveLength(1);
    }
  });

  test("one that is about to start again does not", async () => {
    const { fronts, processes, clock } = await serving({ frontEnds: 1 });
    processes[0]?.end({ code: 1 });
    await settle();
    await fronts.retire(WINDOWS);
    clock.advance(60_000);
    expect(processes).toHaveLength(1);
  });
});
