// Replacement on a clock that stands still: who is started, told and killed, in what order, whatever happens meanwhile.
import { describe, expect, test } from "bun:test";
import { lose, makePool, settle } from "../../support/fake-pool.ts";

const REQUEST = { id: "r-1", method: "GET", path: "/x", ageMs: 120 };

describe("recycling: successor first", () => {
  test("the old worker serves until the new one is ready, is let go when it is empty, and leaves a line", async () => {
    const { pool, workers, fronts, ends, ledger } = await makePool();
    const [old] = workers();
    const [front] = fronts();
    const socket = front!.backends()[0]!;
    pool.restartAll("graceful_signal", "SIGUSR1 was sent to gw");
    const next = workers()[1]!;
    expect({ told: old!.did, backends: front!.backends() }).toEqual({
      told: ["configure"],
      backends: [socket],
    });
    next.becomeReady();
    expect(front!.backends()).toEqual([`/nowhere/w2.sock`]);
    await settle();
    expect(old!.did).toEqual(["configure"]);
    // What its app streams can say goodbye before it is done.
    const windows = { withinMs: 12_000, streamsWithinMs: 12_000 };
    expect(old!.drains).toEqual([{ type: "withdrawn", reason: "graceful_signal", ...windows }]);
    lose(front!, socket);
    await settle();
    expect(old!.heard.at(-1)).toEqual({ type: "drain", withinMs: 0 });
    old!.say({ type: "drained" });
    old!.end({ code: 0 });
    await settle();
    expect(ends()).toEqual([
      expect.objectContaining({
        text: "worker 1 ended",
        pid: old!.pid,
        reason: "graceful_signal",
        kind: "left",
      }),
    ]);
    expect(ledger.restarts).toEqual(new Map([["graceful_signal", 1]]));
    expect(workers().length).toBe(2);
  });

  test("one worker of the group at a time: the next turn comes when the one before has ended", async () => {
    const { pool, workers, fronts } = await makePool({ processes: { min: 3, max: 3 } });
    pool.restartAll("graceful_signal", "");
    for (const turn of [0, 1, 2]) {
      expect(workers().length).toBe(4 + turn);
      workers()[3 + turn]!.becomeReady();
      lose(fronts()[0]!, `/nowhere/w${turn + 1}.1.sock`);
      await settle();
      expect(workers().length).toBe(4 + turn);
      workers()[turn]!.end({ code: 0 });
    }
    expect(workers().length).toBe(6);
  });

  test("a worker that is drained by hand is not replaced, and those behind it do not wait for its end", async () => {
    const { pool, workers } = await makePool({ processes: { min: 3, max: 3 } });
    const [first, second] = pool.crew.places;
    pool.restartAll("graceful_signal", "");
    expect(workers().length).toBe(4);
    // One whose successor starts already, and one whose turn would be next.
    void pool.vacate(second!, "drain", "gw drain was typed");
    void pool.vacate(first!, "drain", "gw drain was typed");
    await settle();
    expect(workers().map(({ did }) => did.at(-1))).toEqual([
      "configure",
      "configure",
      "configure",
      "SIGTERM",
      undefined,
    ]);
    workers()[4]!.becomeReady();
    expect(pool.crew.places.map(({ current }) => current.run?.child?.pid)).toEqual(
      [workers()[0]!, workers()[1]!, workers()[4]!].map(({ pid }) => pid),
    );
  });

  test("an emptied place forgets the successor that was only to be started", async () => {
    const { pool, workers, fronts, clock } = await makePool({ processes: { min: 2, max: 2 } });
    const [place] = pool.crew.places;
    place!.renew(30_000);
    void pool.vacate(place!, "drain", "gw drain was typed");
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    workers()[0]!.end({ code: 0 });
    await settle();
    expect([...place!.departing]).toEqual([]);
    clock.advance(60_000);
    expect(workers().length).toBe(2);
  });

  test("asked many times, each worker is replaced once", async () => {
    const { pool, workers } = await makePool({ processes: { min: 2, max: 2 } });
    for (let n = 0; n < 50; n++) pool.restartAll("graceful_signal", "");
    workers()[2]!.becomeReady();
    expect(workers().length).toBe(3);
  });

  test("asked again while the successor starts, that one is replaced too: it may have loaded the old app", async () => {
    const { pool, workers, fronts } = await makePool();
    pool.restartAll("graceful_signal", "");
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    workers()[0]!.end({ code: 0 });
    expect(workers().length).toBe(3);
  });

  test("a successor that does not start leaves the old worker serving, and rests longer each time", async () => {
    const { pool, workers, fronts, clock, texts } = await makePool();
    pool.restartAll("graceful_signal", "");
    for (const restMs of [1_000, 2_000, 4_000]) {
      workers().at(-1)!.end({ code: 3 });
      await settle();
      expect(clock.pending()).toContain(restMs);
      clock.advance(restMs);
    }
    expect(fronts()[0]!.backends()).toEqual(["/nowhere/w1.sock"]);
    expect(workers()[0]!.did).toEqual(["configure"]);
    expect(texts().filter((text) => text === "worker 1 did not start").length).toBe(3);
  });

  test("an old worker that dies while its successor starts is a crash, and has no second successor", async () => {
    const { pool, workers, fronts, ends, clock } = await makePool();
    pool.restartAll("graceful_signal", "");
    workers()[0]!.end({ signal: "SIGSEGV" });
    lose(fronts()[0]!, "/nowhere/w1.sock", [REQUEST, { ...REQUEST, ageMs: 3 }], 4);
    await settle();
    expect(ends()).toEqual([
      expect.objectContaining({
        reason: "crash",
        kind: "runtime_crash",
        how: "signal SIGSEGV",
        request: "GET /x",
        ageMs: 120,
        bystanders: 3,
      }),
    ]);
    workers()[1]!.becomeReady();
    expect(fronts()[0]!.backends()).toEqual(["/nowhere/w2.sock"]);
    clock.advance(60_000);
    expect(workers().length).toBe(2);
  });

  test("an old worker that dies while it drains ends for the reason that it was to leave for", async () => {
    const { pool, workers, fronts, ends } = await makePool();
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    workers()[0]!.end({ signal: "SIGKILL" });
    lose(fronts()[0]!, "/nowhere/w1.sock", [REQUEST]);
    await settle();
    expect(ends()).toEqual([
      expect.objectContaining({ reason: "graceful_signal", kind: "outside_signal", request: "GET /x" }),
    ]);
    expect(workers().length).toBe(2);
  });

  test("requests that outlast the window are answered by the fronts; the worker meets TERM, and KILL later", async () => {
    const { pool, workers, fronts, clock } = await makePool();
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    await settle();
    clock.advance(11_999);
    await settle();
    expect(workers()[0]!.did).toEqual(["configure"]);
    clock.advance(1);
    await settle();
    expect(workers()[0]!.did).toEqual(["configure", "SIGTERM"]);
    clock.advance(3_999);
    expect(fronts()[0]!.heard.at(-1)!.type).toBe("backends");
    clock.advance(1);
    expect(fronts()[0]!.heard.at(-1)).toEqual({
      type: "condemn",
      socket: "/nowhere/w1.sock",
      cause: "worker_stopped",
      sparesStreams: false,
    });
    clock.advance(1_000);
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
  });

  test("a front that dies is not waited for", async () => {
    const { pool, workers, fronts } = await makePool({ frontEnds: 2 });
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did).toEqual(["configure"]);
    fronts()[1]!.end({ signal: "SIGKILL" });
    await settle();
    expect(workers()[0]!.did).toEqual(["configure", "drain"]);
  });

  test("in embedded mode the worker itself knows when it is empty", async () => {
    const { pool, workers } = await makePool({ embeddedMode: true });
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    expect(workers()[0]!.heard.at(-1)).toEqual({ type: "drain", withinMs: 12_000 });
  });

  test("a stop in the middle ends the old worker, its successor and everything else", async () => {
    const { pool, workers, fronts } = await makePool();
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    pool.restartAll("graceful_signal", "");
    lose(fronts()[0]!, "/nowhere/w1.sock");
    pool.recycling.close();
    const left = pool.crew.leave("stop");
    await settle();
    for (const worker of workers()) worker.end({ code: 0 });
    await left;
    expect({ count: workers().length, pids: pool.crew.pids }).toEqual({ count: 2, pids: [] });
  });
});

describe("recycling: a worker's own wish", () => {
  test("SIGUSR1 to a worker: its successor comes first", async () => {
    const { workers, fronts, ends } = await makePool();
    const [old] = workers();
    old!.say({ type: "leaving", reason: "eviction_signal" });
    old!.say({ type: "leaving", reason: "eviction_signal" });
    expect(fronts()[0]!.backends()).toEqual(["/nowhere/w1.sock"]);
    workers()[1]!.becomeReady();
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    old!.end({ code: 0 });
    await settle();
    expect(ends()).toEqual([expect.objectContaining({ reason: "eviction_signal", kind: "left" })]);
    expect(workers().length).toBe(2);
  });

  test("SIGTERM to a worker: it gets nothing more at once, and requests wait for its successor", async () => {
    const { workers, fronts, ends, clock } = await makePool();
    const [old] = workers();
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    expect(old!.heard.at(-1)).toEqual({ type: "stay" });
    clock.advance(250);
    expect({ backends: fronts()[0]!.backends(), workers: workers().length }).toEqual({
      backends: [],
      workers: 2,
    });
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(old!.heard.at(-1)).toEqual({ type: "drain", withinMs: 0 });
    old!.end({ code: 0 });
    await settle();
    expect(ends()).toEqual([expect.objectContaining({ reason: "shutdown_signal", kind: "left" })]);
    workers()[1]!.becomeReady();
    expect(fronts()[0]!.backends()).toEqual(["/nowhere/w2.sock"]);
  });

  test("SIGTERM to a worker and to gw, whichever comes first: it serves on until gw says otherwise", async () => {
    const { pool, workers, fronts, clock } = await makePool();
    const [old] = workers();
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    clock.advance(249);
    pool.recycling.close();
    clock.advance(600_000);
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    clock.advance(600_000);
    expect(fronts()[0]!.backends()).toEqual(["/nowhere/w1.sock"]);
    expect([workers().length, old!.did]).toEqual([1, ["configure", "stay", "stay"]]);
    const left = pool.crew.leave("stop");
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    expect(old!.did.slice(3)).toEqual(["SIGTERM", "drain"]);
    old!.end({ code: 0 });
    await left;
  });

  test("SIGTERM to a worker with a request that does not end: its client is answered when the time is over", async () => {
    const { workers, fronts, clock } = await makePool();
    const [old] = workers();
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    clock.advance(250 + 4_999);
    await settle();
    expect(fronts()[0]!.heard.at(-1)).toMatchObject({ type: "backends" });
    clock.advance(1);
    await settle();
    expect(fronts()[0]!.heard.at(-1)).toMatchObject({ type: "condemn", cause: "worker_stopped" });
    expect(old!.did.at(-1)).toBe("stay");
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(old!.heard.at(-1)).toEqual({ type: "drain", withinMs: 0 });
  });

  test("SIGTERM to a worker that leaves already, and may take its time: what runs has its shutdown timeout", async () => {
    const { pool, workers, fronts, clock } = await makePool({ evictionTimeout: 600_000 });
    const [old] = workers();
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    old!.say({ type: "leaving", reason: "shutdown_signal" });
    clock.advance(250 + 4_999);
    await settle();
    expect(fronts()[0]!.heard.at(-1)).toMatchObject({ type: "backends" });
    clock.advance(1);
    expect(fronts()[0]!.heard.at(-1)).toMatchObject({ type: "condemn", cause: "worker_stopped" });
  });

  test("SIGTERM to each new worker at once: the third waits", async () => {
    const { workers, fronts, clock } = await makePool();
    for (const serial of [1, 2, 3]) {
      workers().at(-1)!.say({ type: "leaving", reason: "shutdown_signal" });
      clock.advance(250);
      lose(fronts()[0]!, `/nowhere/w1.${serial}.sock`);
      await settle();
      workers()[serial - 1]!.end({ code: 0 });
      if (serial < 2) workers()[serial]!.becomeReady();
      if (serial === 2) break;
    }
    expect(workers().length).toBe(2);
    clock.advance(1_000);
    expect(workers().length).toBe(3);
  });
});

describe("recycling: dangers", () => {
  test("a deadlock: the fronts answer its clients, then it is killed, and its successor starts at once", async () => {
    const { pool, workers, fronts, ends } = await makePool();
    const [place] = pool.crew.places;
    const [front] = fronts();
    const workersLoad = [
      { slot: 1, pid: workers()[0]!.pid, active: 3, requests: 9, idleMs: 0, oldest: REQUEST },
    ];
    front!.say({
      type: "stats",
      stats: { queued: 0, groups: [], active: 3, requests: 9, errors: {}, workers: workersLoad },
    });
    pool.obey(place!, place!.current, { reason: "deadlock_timeout", how: "kill", why: "silent" });
    pool.obey(place!, place!.current, { reason: "deadlock_timeout", how: "kill", why: "silent" });
    expect(workers().length).toBe(2);
    const told = front!.heard.slice(-2);
    expect(told[0]).toEqual({
      type: "condemn",
      socket: "/nowhere/w1.sock",
      cause: "deadlock_timeout",
      sparesStreams: false,
    });
    expect(told[1]).toEqual({ type: "backends", backends: [], paused: [] });
    await settle();
    expect(workers()[0]!.did).toEqual(["configure"]);
    lose(front!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did).toEqual(["configure", "SIGKILL"]);
    workers()[0]!.end({ signal: "SIGKILL" });
    await settle();
    expect(ends()).toEqual([
      expect.objectContaining({
        reason: "deadlock_timeout",
        kind: "killed_by_gw",
        request: "GET /x",
        bystanders: 2,
      }),
    ]);
    expect(workers().length).toBe(2);
  });

  test("a deadlock whose clients a front does not answer is killed a second later", async () => {
    const { pool, workers, clock } = await makePool();
    const [place] = pool.crew.places;
    pool.obey(place!, place!.current, { reason: "deadlock_timeout", how: "kill", why: "" });
    clock.advance(1_000);
    await settle();
    expect(workers()[0]!.did).toEqual(["configure", "SIGKILL"]);
  });

  test("far over the memory limit: nothing new at once, and a second for what runs", async () => {
    const { pool, workers, fronts, clock } = await makePool();
    const [place] = pool.crew.places;
    pool.obey(place!, place!.current, { reason: "memory_limit", how: "dismiss", why: "" });
    expect({ backends: fronts()[0]!.backends(), workers: workers().length }).toEqual({
      backends: [],
      workers: 2,
    });
    clock.advance(1_000);
    await settle();
    expect(fronts()[0]!.heard.at(-1)).toMatchObject({ type: "condemn", cause: "worker_stopped" });
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
  });

  test("far over the memory limit, and a front that answers nothing: killed a second later", async () => {
    const { pool, workers, clock } = await makePool();
    const [place] = pool.crew.places;
    pool.obey(place!, place!.current, { reason: "memory_limit", how: "dismiss", why: "" });
    clock.advance(1_000);
    await settle();
    clock.advance(1_000);
    await settle();
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
  });

  test("a deadlock of a worker that leaves: its clients are answered, though it is off the list", async () => {
    const { pool, workers, fronts } = await makePool();
    const [place] = pool.crew.places;
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    const [old] = place!.departing;
    pool.obey(place!, old!, { reason: "deadlock_timeout", how: "kill", why: "" });
    expect(fronts()[0]!.heard.at(-1)).toEqual({
      type: "condemn",
      socket: "/nowhere/w1.sock",
      cause: "deadlock_timeout",
      sparesStreams: false,
    });
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
  });

  test("far over the memory limit, but empty: it leaves by itself", async () => {
    const { pool, workers, fronts, clock } = await makePool();
    const [place] = pool.crew.places;
    pool.obey(place!, place!.current, { reason: "memory_limit", how: "dismiss", why: "" });
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did).toEqual(["configure", "drain"]);
    // Without the app's own shutdown code, which might take more.
    expect(workers()[0]!.heard.at(-1)).toEqual({ type: "drain", withinMs: 0, isUrgent: true });
    workers()[0]!.end({ code: 0 });
    clock.advance(10_000);
    expect(workers()[0]!.did).toEqual(["configure", "drain"]);
  });

  test("what an app does last holds nobody up: the next one's turn comes, and the end is told when it is over", async () => {
    const { pool, workers, fronts, clock, ends } = await makePool({ processes: { min: 2, max: 2 } });
    pool.restartAll("graceful_signal", "");
    workers()[2]!.becomeReady();
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()).toHaveLength(3);
    workers()[0]!.say({ type: "drained" });
    expect([workers().length, ends().length]).toEqual([4, 0]);
    clock.advance(4_999);
    workers()[0]!.say({ type: "drained" }, { type: "exits", code: 3 });
    workers()[0]!.end({ code: 3 });
    await settle();
    expect(ends()).toEqual([expect.objectContaining({ reason: "graceful_signal", kind: "left" })]);
  });

  test("an app that does not come to its end is killed when its own time is over, whatever it says", async () => {
    const { pool, workers, fronts, clock, texts } = await makePool();
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    workers()[0]!.say({ type: "drained" });
    for (let n = 0; n < 5; n++) {
      clock.advance(1_000);
      workers()[0]!.say({ type: "drained" }, { type: "heartbeat" });
    }
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
    expect(texts()).toContain("worker 1 was killed: the app's own shutdown code did not end in time");
  });

  test("a worker that waits for its turn goes first when it becomes a danger", async () => {
    const { pool, workers } = await makePool({ processes: { min: 2, max: 2 } });
    const [, second] = pool.crew.places;
    pool.restartAll("graceful_signal", "");
    pool.obey(second!, second!.current, { reason: "deadlock_timeout", how: "kill", why: "" });
    expect(workers().length).toBe(4);
  });

  test("a worker that leaves and becomes a danger is killed, for its first reason", async () => {
    const { pool, workers, fronts, ends, clock } = await makePool();
    const [place] = pool.crew.places;
    pool.restartAll("graceful_signal", "");
    workers()[1]!.becomeReady();
    const [old] = place!.departing;
    pool.obey(place!, old!, { reason: "memory_limit", how: "dismiss", why: "" });
    clock.advance(1_000);
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    expect(workers()[0]!.did.at(-1)).toBe("SIGKILL");
    workers()[0]!.end({ signal: "SIGKILL" });
    clock.advance(500);
    await settle();
    expect(ends()).toEqual([expect.objectContaining({ reason: "graceful_signal", kind: "killed_by_gw" })]);
  });
});

describe("recycling: an app that comes to its limit before it is of use", () => {
  async function replaceForMemory(
    made: Awaited<ReturnType<typeof makePool>>,
    requests: number,
  ): Promise<number> {
    const { pool, workers, fronts, clock } = made;
    const [place] = pool.crew.places;
    const before = workers().length;
    const startedAt = clock.now();
    pool.obey(place!, place!.current, { reason: "memory_limit", how: "replace", why: "" });
    while (workers().length === before) clock.advance(100);
    const restMs = clock.now() - startedAt;
    workers().at(-1)!.becomeReady();
    lose(fronts()[0]!, `/nowhere/w1.${before}.sock`);
    await settle();
    const old = workers().at(-2)!;
    old.say({ type: "heartbeat", requests }, { type: "drained" });
    old.end({ code: 0 });
    await settle();
    return restMs;
  }

  test("is replaced more slowly each time", async () => {
    const made = await makePool();
    const rests: number[] = [];
    for (let n = 0; n < 4; n++) rests.push(await replaceForMemory(made, 0));
    expect(rests).toEqual([0, 1_000, 2_000, 4_000]);
  });

  test("one that was of use is replaced at once, however often", async () => {
    const made = await makePool();
    for (let n = 0; n < 6; n++) expect(await replaceForMemory(made, 40)).toBe(0);
  });
});
