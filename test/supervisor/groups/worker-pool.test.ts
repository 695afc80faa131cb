// The workers of one group, over processes that are only said to exist: what each is told, whom the fronts hear of, and where
// a worker's word goes.
import { describe, expect, test } from "bun:test";
import type { GwError } from "../../../src/core/errors.ts";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { PlaceNumbers } from "../../../src/supervisor/crew/place-numbers.ts";
import { WorkerPool } from "../../../src/supervisor/groups/worker-pool.ts";
import type { WorkerSockets } from "../../../src/supervisor/root/worker-sockets.ts";
import { type Farewell, noLoss } from "../../../src/supervisor/traffic/farewell.ts";
import type { Endpoint, Traffic } from "../../../src/supervisor/traffic/traffic.ts";
import { configOf, type FakeProcess, makePool, settle } from "../../support/fake-pool.ts";

/** The fronts' side: who is on their list, and what they were asked. Nothing is ever left on a worker. */
class NotedTraffic {
  hasFronts = true;
  readonly admitted = new Map<Slot, Endpoint>();
  readonly refused: string[] = [];
  farewell: Farewell = noLoss();
  admit(slot: Slot, endpoint: Endpoint): void {
    this.admitted.set(slot, endpoint);
  }
  dismiss(slot: Slot): Promise<Farewell> {
    this.admitted.delete(slot);
    return Promise.resolve(this.farewell);
  }
  refuse(_by: object, requests: readonly { path: string }[]): void {
    this.refused.splice(0, this.refused.length, ...requests.map(({ path }) => path));
  }
  condemn(): void {}
  loadOf(): undefined {}
  hasAnswered(): boolean {
    return true;
  }
  async newsWithin(): Promise<void> {}
  /** Numbers of the workers that the fronts know. */
  get slots(): number[] {
    return [...this.admitted.values()].map(({ slot }) => slot);
  }
}

class NotedSockets {
  readonly runtime = "/run/gw/runtime";
  readonly there = new Set<string>();
  #count = 0;
  make() {
    const path = `/run/w${++this.#count}.sock`;
    this.there.add(path);
    return { path, token: `token-${this.#count}`, mode: 0o600 };
  }
  exists({ path }: { path: string }): boolean {
    return this.there.has(path);
  }
  remove({ path }: { path: string }): void {
    this.there.delete(path);
  }
}

type Given = { settings?: Partial<Settings>; kind?: "app" | "service"; count?: number; isHeld?: boolean };

async function setUp({ settings = {}, kind = "app", count = 2, isHeld = false }: Given = {}) {
  const { tools, clock, config, processes, lines } = await makePool({
    frontEnds: 0,
    processes: { min: 0, max: 9 },
  });
  const traffic = new NotedTraffic();
  const sockets = new NotedSockets();
  const broken: GwError[] = [];
  const modules: unknown[] = [];
  const numbers = new PlaceNumbers();
  const [group] = configOf({ ...config.settings, deadlockTimeout: 0, ...settings } as Settings).groups;
  if (!group) throw new Error("no group");
  const pool = new WorkerPool(
    {
      group: { ...group, kind },
      pins: { app: "/srv/app.ts", home: "/srv" },
      ...{ generation: 3, beganAtMs: 1_000, count, numbers, port: 8000, env: {} },
      sockets: sockets as unknown as WorkerSockets,
      traffic: traffic as unknown as Traffic,
      modules: { hear: (...told) => modules.push(told) },
      onEnded: (error) => broken.push(error),
    },
    tools,
    { isHeld },
  );
  const started = pool.crew.start({ atOnce: count });
  const hello = () =>
    processes.map((one) =>
      one.say({ type: "hello", protocol: 1, role: "worker", pid: one.pid, version: "1" }),
    );
  return { pool, traffic, sockets, broken, modules, numbers, started, processes, lines, clock, hello };
}

/** All its workers serve. */
async function serving(given: Given = {}) {
  const set = await setUp(given);
  for (const one of set.processes) one.becomeReady();
  await set.started;
  return set;
}

const configured = (one: FakeProcess | undefined) =>
  one?.heard.flatMap((message) =>
    message.type === "configure" && "worker" in message ? message.worker : [],
  )[0];

describe("worker pool: what a worker is told", () => {
  test("each has its number, its generation, and a socket and a token that no other has", async () => {
    const { processes, sockets } = await serving();
    const told = processes.map(configured);
    expect(told.map((one) => [one?.slot, one?.generation, one?.listen] as unknown[])).toEqual([
      [1, 3, { unix: "/run/w1.sock", token: "token-1", mode: 0o600 }],
      [2, 3, { unix: "/run/w2.sock", token: "token-2", mode: 0o600 }],
    ]);
    expect([...sockets.there]).toEqual(["/run/w1.sock", "/run/w2.sock"]);
  });

  test.each([
    ["a service listens to nobody", { kind: "service" }, null],
    [
      "embedded, it listens where the clients are",
      { settings: { embeddedMode: true, host: "192.0.2.1" } },
      { host: "192.0.2.1", port: 8000 },
    ],
  ] as [string, Given, object | null][])("%s", async (_, given, listen) => {
    const { processes, sockets, traffic } = await serving({ ...given, count: 1 });
    expect(configured(processes[0])?.listen as unknown).toEqual(listen);
    expect([sockets.there.size, traffic.slots]).toEqual([0, []]);
  });

  test("a process that follows has another socket, and the old one is gone", async () => {
    const { processes, sockets, clock } = await serving({ count: 1 });
    processes[0]?.end({ code: 1 });
    await settle();
    expect(sockets.there.size).toBe(0);
    clock.advance(1_000);
    processes[1]?.becomeReady();
    expect([...sockets.there]).toEqual(["/run/w2.sock"]);
  });
});

describe("worker pool: whom the fronts hear of", () => {
  test("each that is ready, with what it says that it can; not one that withdraws", async () => {
    const { processes, traffic, pool } = await setUp();
    processes[0]?.say({ type: "hello", protocol: 1, role: "worker", pid: 100, version: "1" });
    expect(traffic.slots).toEqual([]);
    processes[0]?.say({ type: "ready", kind: "fetch", http2: true });
    expect([...traffic.admitted.values()]).toEqual([
      {
        ...{ slot: 1, pid: processes[0]?.pid ?? 0, generation: 3, group: "default" },
        ...{
          socket: "/run/w1.sock",
          token: "token-1",
          accepting: true,
          http2: true,
          concurrency: { min: 10, max: 10 },
        },
      },
    ]);
    expect(pool.appKind).toBe("fetch");
    void pool.crew.leave("drain");
    expect(traffic.slots).toEqual([]);
  });

  test("held, nobody, until it takes over; and then those that are ready by then and those that come", async () => {
    const { processes, traffic, pool, hello } = await setUp({ isHeld: true, count: 3 });
    hello();
    processes[0]?.say({ type: "ready" });
    processes[1]?.say({ type: "ready" });
    processes[1]?.end({ code: 1 });
    await settle();
    const held = pool.unhold();
    expect([[...held.values()].map(({ slot }) => slot), traffic.slots]).toEqual([[1], []]);
    processes[2]?.say({ type: "ready" });
    expect([traffic.slots, pool.unhold().size]).toEqual([[3], 0]);
  });

  test("a socket that somebody has removed is known to be gone", async () => {
    const { pool, sockets } = await serving({ count: 1 });
    const slot = pool.crew.places[0]?.current as Slot;
    expect(pool.hasSocket(slot)).toBe(true);
    sockets.there.clear();
    expect(pool.hasSocket(slot)).toBe(false);
    const embedded = await serving({ count: 1, settings: { embeddedMode: true } });
    expect(embedded.pool.hasSocket(embedded.pool.crew.places[0]?.current as Slot)).toBe(true);
  });
});

describe("worker pool: a worker's word", () => {
  test("which files it has loaded is passed on with its generation, in gw's own words", async () => {
    const { processes, modules } = await serving({ count: 1, settings: { chroot: "/jail" } });
    processes[0]?.say({ type: "modules", files: ["/app.ts"], missing: ["/x.ts"] });
    expect(modules).toEqual([
      [3, 1_000, { type: "modules", files: ["/jail/app.ts"], missing: ["/jail/x.ts"] }],
    ]);
  });

  test.each([
    { type: "lost", socket: "/run/w1.sock", pid: 1, requests: [], count: 9, hasLeft: true },
    { type: "pressure", group: "default", waitedMs: 9_999 },
    { type: "cut", count: 9 },
    { type: "quiet" },
    { type: "closed" },
    { type: "steered", id: 1 },
    { type: "stats", stats: { queued: 1, groups: [], active: 1, requests: 1, errors: {}, workers: [] } },
  ])("what fronts say is not believed of an app: %j", async (message) => {
    const { processes, traffic, pool, lines } = await serving({ count: 1 });
    const before = lines.length;
    processes[0]?.say(message);
    await settle();
    expect([traffic.slots, pool.wanted, processes.length, lines.length]).toEqual([[1], 1, 1, before]);
  });

  test("that it was told to leave has another one come, for as long as a worker has for that", async () => {
    const { processes, clock } = await serving({ count: 1, settings: { evictionTimeout: 5_000 } });
    processes[0]?.say({ type: "leaving", reason: "eviction_signal" });
    expect(processes).toHaveLength(2);
    processes[1]?.becomeReady();
    await settle();
    // Nothing is on it: it goes at once.
    expect(processes[0]?.did.at(-1)).toBe("drain");
    clock.advance(1);
  });
});

describe("worker pool: an end", () => {
  test("one that had served and ends by itself is written down, blamed, and told to whoever waits for the generation", async () => {
    const { processes, traffic, broken, lines } = await serving({ count: 1, settings: { poisonLimit: 1 } });
    traffic.farewell = {
      ...traffic.farewell,
      requests: [{ id: "r", method: "GET", path: "/kills", ageMs: 9 }],
      count: 1,
    };
    processes[0]?.end({ signal: "SIGSEGV" });
    await settle();
    expect(broken.map(({ message }) => message)).toEqual([expect.stringContaining("signal SIGSEGV")]);
    expect(traffic.refused).toEqual(["/kills"]);
    expect(lines.findLast(({ text }) => text === "worker 1 ended")?.fields).toMatchObject({
      reason: "crash",
      request: "GET /kills",
    });
  });

  test("one that may have stood in a request whose client had its answer before is not put down to the one that waited", async () => {
    const { processes, traffic, lines } = await serving({ count: 1, settings: { poisonLimit: 1 } });
    const request = { id: "l", method: "GET", path: "/loop", ageMs: 20_000, cause: "request_timeout" };
    traffic.farewell = {
      ...traffic.farewell,
      requests: [{ id: "r", method: "GET", path: "/waits", ageMs: 9 }],
      unawaited: [{ request, startedAtMs: 0, overAtMs: 10_000, toldAtMs: 20_000 }],
      count: 1,
    };
    processes[0]?.end({ signal: "SIGKILL" });
    await settle();
    expect(traffic.refused).toEqual([]);
    expect(lines.findLast(({ text }) => text === "worker 1 ended")?.fields).toMatchObject({
      ...{ request: "GET /loop", requestCause: "request_timeout", bystanders: 1 },
    });
  });

  test("one that was let go has ended for that reason, and is nobody's fault", async () => {
    const { pool, processes, traffic, broken, lines } = await serving({
      count: 1,
      settings: { poisonLimit: 1 },
    });
    traffic.farewell = {
      ...traffic.farewell,
      requests: [{ id: "r", method: "GET", path: "/x", ageMs: 9 }],
      count: 1,
    };
    const left = pool.retire("script_reload", "generation 4 has taken over");
    await settle();
    processes[0]?.end({ code: 0 });
    await left;
    await settle();
    expect([broken, traffic.refused]).toEqual([[], []]);
    expect(lines.findLast(({ text }) => text === "worker 1 ended")?.fields?.reason).toBe("script_reload");
  });
});

describe("worker pool: another generation has taken over", () => {
  test("nobody is replaced any more, and what was refused may be asked of the new one", async () => {
    const { pool, processes, traffic, clock } = await serving({ settings: { poisonLimit: 1 } });
    const requests = [{ id: "r", method: "GET", path: "/kills", ageMs: 9 }];
    traffic.farewell = { ...traffic.farewell, requests, count: 1 };
    processes[0]?.end({ signal: "SIGSEGV" });
    await settle();
    expect(traffic.refused).toEqual(["/kills"]);
    traffic.farewell = { ...traffic.farewell, requests: [], count: 0 };
    const left = pool.retire("script_reload", "generation 4 has taken over");
    expect(traffic.refused).toEqual([]);
    processes[1]?.say({ type: "leaving", reason: "eviction_signal" });
    await settle();
    processes[1]?.end({ code: 0 });
    await left;
    clock.advance(600_000);
    expect([processes.length, pool.crew.pids]).toEqual([2, []]);
  });
});

describe("worker pool: verdicts", () => {
  test.each([
    ["replace", "configure", [1]],
    ["dismiss", "drain", []],
    ["kill", "SIGKILL", []],
  ] as const)("%s: how it is done, and whether it still gets requests", async (how, did, slots) => {
    const { pool, processes, traffic } = await serving({ count: 1 });
    const [place] = pool.crew.places;
    if (!place) throw new Error("no place");
    pool.obey(place, place.current, { reason: "memory_limit", how, why: "300 MiB" });
    await settle();
    expect([processes.length, processes[0]?.did.at(-1), traffic.slots]).toEqual([2, did, [...slots]]);
  });

  test("one that is killed is one death of its request, though its end is told as well", async () => {
    const { pool, processes, traffic } = await serving({ count: 1, settings: { poisonLimit: 2 } });
    const requests = [{ id: "r", method: "GET", path: "/hangs", ageMs: 9 }];
    traffic.farewell = { ...traffic.farewell, requests, count: 1 };
    for (const refused of [[], ["/hangs"]]) {
      const [place] = pool.crew.places;
      if (!place) throw new Error("no place");
      pool.obey(place, place.current, { reason: "deadlock_timeout", how: "kill", why: "no sign of life" });
      await settle();
      const doomed = processes.findLast(({ did }) => did.at(-1) === "SIGKILL");
      processes.at(-1)?.becomeReady();
      doomed?.end({ signal: "SIGKILL" });
      await settle();
      expect(traffic.refused).toEqual(refused);
    }
  });

  test("one that had served is followed at once, by the word of the fronts", async () => {
    const { processes, clock } = await serving({ count: 1 });
    processes[0]?.end({ signal: "SIGKILL" });
    await settle();
    clock.advance(0);
    expect(processes).toHaveLength(2);
  });
});

describe("worker pool: how many", () => {
  test("one more has the next number; one less gives its number back when its process is gone", async () => {
    const { pool, processes, numbers, traffic } = await serving();
    const { place, ready } = pool.grow();
    processes[2]?.becomeReady();
    await ready;
    expect([pool.wanted, place.number, traffic.slots]).toEqual([3, 3, [1, 2, 3]]);
    const [first] = pool.crew.places;
    if (!first) throw new Error("no place");
    await Promise.all([
      pool.shrink(first, "drain", "gw scale was typed"),
      settle().then(() => processes[0]?.say({ type: "drained" })),
    ]);
    expect([pool.wanted, pool.livePlaces.length, pool.crew.places.length]).toEqual([2, 2, 3]);
    processes[0]?.end({ code: 0 });
    await settle();
    expect([pool.crew.places.length, numbers.take()]).toEqual([2, 1]);
  });

  test("restarted, each is replaced, one after the other", async () => {
    const { pool, processes, lines } = await serving();
    pool.restartAll("graceful_signal", "SIGUSR1 was sent to gw");
    expect(processes).toHaveLength(3);
    expect(
      lines.find(({ text }) => text === "all workers are replaced, one after the other")?.fields,
    ).toEqual({
      why: "SIGUSR1 was sent to gw",
    });
    processes[2]?.becomeReady();
    await settle();
    processes[0]?.end({ code: 0 });
    await settle();
    expect(processes).toHaveLength(4);
  });
});
