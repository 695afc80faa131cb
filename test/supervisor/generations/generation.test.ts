// All workers of one configuration together, over processes that are only said to exist, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Sums } from "../../../src/metrics/sums.ts";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { WorkerGroup } from "../../../src/options/resolve/resolve.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Ledger } from "../../../src/supervisor/crew/ledger.ts";
import type { Config } from "../../../src/supervisor/fronts/front-setup.ts";
import { Generation, StartFailure } from "../../../src/supervisor/generations/generation.ts";
import type { WorkerSockets } from "../../../src/supervisor/root/worker-sockets.ts";
import { Traffic } from "../../../src/supervisor/traffic/traffic.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { configOf, fakeLaunch, NO_SPANS, settle } from "../../support/fake-pool.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** `groups`: name and what differs from the defaults in each. */
function configWith(groups: Record<string, Partial<Settings>>): Config {
  const base = { ...defaultSettings(), home: "/", app: undefined } as Settings;
  const all = Object.entries(groups).flatMap(([name, given]): WorkerGroup[] => [
    ...configOf({ ...base, ...given } as Settings, name).groups,
  ]);
  const { settings: _, ...rest } = configOf(base);
  return { ...rest, settings: base, groups: all };
}

function setUp(
  groups: Record<string, Partial<Settings>>,
  {
    isHeld = false,
    fronts = 1,
    counts = {} as Record<string, number>,
    pins = undefined as undefined | Map<string, { app: string; home: string }>,
  } = {},
) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const { launch, processes } = fakeLaunch();
  const traffic = new Traffic({ fronts }, clock);
  const toldOf: string[][] = [];
  const loops: number[][] = [];
  const front = {
    number: 1,
    send: (message: { type: string; backends?: { socket: string }[]; stalled?: { forMs: number }[] }) => {
      if (message.type === "backends") toldOf.push(message.backends?.map(({ socket }) => socket) ?? []);
      if (message.type === "loops") loops.push(message.stalled?.map(({ forMs }) => forMs) ?? []);
    },
  };
  const frontSlot = front as unknown as Slot;
  if (fronts > 0) traffic.attach(frontSlot);
  let sockets = 0;
  const generation = new Generation(
    {
      number: 4,
      config: configWith(groups),
      counts: new Map(Object.entries(counts)),
      ...(pins && { pins }),
      port: 8000,
      sockets: {
        runtime: undefined,
        make: () => ({ path: `/run/w${++sockets}.sock`, token: "t" }),
        exists: () => true,
        remove() {},
      } as unknown as WorkerSockets,
      traffic,
      env: {},
      modules: { hear() {} },
    },
    {
      clock,
      log,
      random: () => 0.5,
      launch,
      print() {},
      ledger: new Ledger(clock, log),
      sums: new Sums(),
      spans: NO_SPANS,
    },
    { isHeld },
  );
  return { clock, lines, processes, traffic, front: frontSlot, toldOf, loops, generation };
}

const errorOf = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => undefined,
    (error: unknown) => error,
  );

const two = { min: 2, max: 2 } as Settings["processes"];

describe("generation: its groups", () => {
  test("each has as many workers as its configuration says, or somebody has scaled to; no number twice", async () => {
    const { generation } = setUp(
      { default: { processes: two }, shop: {}, blog: {} },
      { counts: { blog: 3 } },
    );
    expect(generation.pools.map(({ group, wanted }) => [group.name, wanted])).toEqual([
      ["default", 2],
      ["shop", 1],
      ["blog", 3],
    ]);
    expect(generation.places.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([generation.poolOf("blog")?.wanted, generation.poolOf("none")]).toEqual([3, undefined]);
    expect([generation.scalerOf("blog") !== undefined, generation.scalerOf("none")]).toEqual([
      true,
      undefined,
    ]);
  });

  test("embedded, there are as many as front ends would be", () => {
    const { generation } = setUp({ default: { embeddedMode: true, frontEnds: 3 } }, { fronts: 0 });
    expect(generation.places).toHaveLength(3);
  });

  test("the files are those that its paths lead to now, or those of a generation that it repeats", () => {
    using temp = makeTempDir();
    const app = temp.write("app.ts", "");
    const { generation } = setUp({ a: { app, home: temp.path }, b: { app, home: temp.path }, c: {} });
    expect(generation.apps).toEqual([app]);
    const pins = new Map([["a", { app: "/old/app.ts", home: "/old" }]]);
    expect(setUp({ a: { app, home: temp.path } }, { pins }).generation.apps).toEqual(["/old/app.ts"]);
  });
});

describe("generation: its start", () => {
  test("it has come up when every worker of every group is ready", async () => {
    const { generation, processes } = setUp({ default: { processes: two }, shop: {} });
    let isUp = false;
    const up = generation.start().then(() => {
      isUp = true;
    });
    for (const one of processes.slice(0, 2)) one.becomeReady();
    await settle();
    expect([processes.length, isUp, generation.state]).toEqual([3, false, "starting"]);
    processes[2]?.becomeReady();
    await up;
    expect([generation.pids, generation.slots.length]).toEqual([processes.map(({ pid }) => pid), 3]);
  });

  test.each([
    ["default", /^The worker ended while starting/],
    ["shop", /^shop: The worker ended while starting/],
  ])("a group that does not start is named, unless it is the only one: %s", async (name, message) => {
    const { generation, processes } = setUp({ [name]: {} });
    const failure = errorOf(generation.start());
    processes[0]?.end({ code: 3 });
    const error = await failure;
    expect(error).toBeInstanceOf(StartFailure);
    expect((error as StartFailure).message).toMatch(message);
    expect((error as StartFailure).cause_).toBe("worker_died_at_start");
  });

  test("one that was ready and ends before it takes over breaks it", async () => {
    const { generation, processes } = setUp({ shop: { processes: two } }, { isHeld: true });
    const broken = errorOf(generation.whenBroken);
    const up = generation.start();
    for (const one of processes) one.becomeReady();
    await up;
    generation.checkWhole();
    processes[1]?.end({ signal: "SIGKILL" });
    expect(String(await broken)).toContain("shop: The worker ended while starting");
    expect(() => generation.checkWhole()).toThrow(/shop: .* it was gone before it could take over/);
  });
});

describe("generation: when it serves", () => {
  test("held, its workers are nobody's until it takes over; then the fronts are to be told of all at once", async () => {
    const { generation, processes, toldOf } = setUp({ default: {}, shop: {} }, { isHeld: true });
    const up = generation.start();
    for (const one of processes) one.becomeReady();
    await up;
    expect(toldOf.at(-1)).toEqual([]);
    const coming = generation.serve();
    expect([generation.state, [...coming.values()].map(({ group }) => group)]).toEqual([
      "serving",
      ["default", "shop"],
    ]);
    expect(toldOf.at(-1)).toEqual([]);
  });

  test("not held, each is known as soon as it is ready", async () => {
    const { generation, processes, toldOf } = setUp({ default: {} });
    void generation.start();
    processes[0]?.becomeReady();
    expect([toldOf.at(-1), generation.serve().size]).toEqual([["/run/w1.sock"], 0]);
  });

  test("its workers are watched from then on: one that is silent for too long is replaced", async () => {
    const { generation, processes, clock } = setUp({ default: { deadlockTimeout: 5_000 } });
    const up = generation.start();
    processes[0]?.becomeReady();
    await up;
    clock.advance(20_000);
    expect(processes).toHaveLength(1);
    processes[0]?.say({ type: "heartbeat" });
    generation.serve();
    for (let n = 0; n < 10; n++) {
      clock.advance(1_000);
      await settle();
    }
    expect(processes.length).toBeGreaterThan(1);
  });

  test.each([
    ["several", two, [[expect.any(Number)]]],
    ["one that is always alone, who has nobody that could take its turn", { min: 1, max: 1 }, []],
  ])("the fronts hear of loops that stand still, of %s", async (_, processes_, told) => {
    const { generation, processes, clock, loops } = setUp({
      default: { processes: processes_ as Settings["processes"], deadlockTimeout: 0 },
    });
    const up = generation.start();
    for (const one of processes) one.becomeReady();
    await up;
    generation.serve();
    for (let ms = 0; ms < 3_000; ms += 100) {
      clock.advance(100);
      processes[1]?.say({ type: "heartbeat" });
    }
    expect(loops).toEqual(told);
    generation.stopWatching();
    if (loops.length > 0) expect(loops.at(-1)).toEqual([]);
  });

  test("one that was alone is watched as well once somebody has given it company by hand", async () => {
    const alone = { min: 1, max: 1 } as Settings["processes"];
    const { generation, processes, clock, loops } = setUp({
      default: { processes: alone, deadlockTimeout: 0 },
    });
    const up = generation.start();
    processes[0]?.becomeReady();
    await up;
    generation.serve();
    generation.poolOf("default")?.grow();
    processes[1]?.becomeReady();
    for (let ms = 0; ms < 3_000; ms += 100) {
      clock.advance(100);
      processes[1]?.say({ type: "heartbeat" });
    }
    expect(loops).toEqual([[expect.any(Number)]]);
    generation.stopWatching();
  });
});

describe("generation: its end", () => {
  async function serving(groups: Record<string, Partial<Settings>>) {
    const set = setUp(groups);
    const up = set.generation.start();
    for (const one of set.processes) one.becomeReady();
    await up;
    set.generation.serve();
    return set;
  }

  test("retired, its workers leave when nothing is on them any more, and none is replaced", async () => {
    const { generation, processes, traffic, front, clock, lines } = await serving({ default: {}, shop: {} });
    let isGone = false;
    const gone = generation.retire("generation 5 has taken over").then(() => {
      isGone = true;
    });
    expect([generation.state, processes.map(({ did }) => did.at(-1))]).toEqual([
      "draining",
      ["configure", "configure"],
    ]);
    // The only front says that nothing is left there.
    for (const socket of ["/run/w1.sock", "/run/w2.sock"])
      traffic.noteLost(front, { type: "lost", socket, pid: 1, requests: [], count: 0, hasLeft: true });
    await settle();
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["drain", "drain"]);
    processes[0]?.end({ code: 0 });
    await settle();
    expect(isGone).toBe(false);
    processes[1]?.end({ code: 0 });
    await gone;
    clock.advance(600_000);
    expect([processes.length, generation.slots.filter(({ pid }) => pid !== undefined)]).toEqual([2, []]);
    expect(lines.filter(({ text }) => text.endsWith(" ended")).map(({ fields }) => fields?.reason)).toEqual([
      "script_reload",
      "script_reload",
    ]);
  });

  test("told to leave, or killed, all of its workers are", async () => {
    const { generation, processes } = await serving({ default: {}, shop: {} });
    const left = generation.leave("stop");
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["SIGTERM", "SIGTERM"]);
    generation.kill();
    expect(processes.map(({ did }) => did.at(-1))).toEqual(["SIGKILL", "SIGKILL"]);
    for (const one of processes) one.end({ signal: "SIGKILL" });
    await left;
  });

  test("once it is to replace nobody, a worker that wants to leave has no successor", async () => {
    const { generation, processes } = await serving({ default: {} });
    generation.stopReplacing();
    processes[0]?.say({ type: "leaving", reason: "eviction_signal" });
    expect(processes).toHaveLength(1);
  });
});
