// What runs, and how the traffic moves from one generation to the next: places, slots and traffic are real, the processes only
// said to exist.
import { describe, expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import { configOf, failureOf, lose, makePool, settle } from "../../support/fake-pool.ts";

const NONE = new Map<string, number>();
/** Nobody calls it off. */
const WANTED = new AbortController().signal;

async function setUp(given: Parameters<typeof makePool>[0] = {}) {
  const made = await makePool({ deadlockTimeout: 0, ...given });
  const { site, config, workers } = made;
  return {
    ...made,
    configWith: (changes: Partial<Settings>) => configOf({ ...config.settings, ...changes } as Settings),
    /** A generation whose workers are all ready. */
    async prepare(target: Partial<Parameters<typeof site.prepare>[1]> = {}) {
      const next = site.prepare(site.nextNumber(), { config, ...target }, NONE);
      const up = next.generation.start();
      for (const worker of workers()) if (worker.did.length === 0) worker.becomeReady();
      await up;
      return next;
    },
  };
}

describe("site: what runs", () => {
  test("the first generation and its front ends", async () => {
    const { site, processes } = await setUp({ processes: { min: 2, max: 2 } });
    expect([site.hasBegun, site.generation.number, site.generation.state]).toEqual([true, 1, "serving"]);
    expect([site.generations.length, site.fronts.length]).toEqual([1, 1]);
    expect(new Set(site.pids)).toEqual(new Set(processes.map(({ pid }) => pid)));
  });

  test("numbers are used up by asking", async () => {
    const { site } = await setUp();
    expect([site.nextNumber(), site.nextNumber()]).toEqual([2, 3]);
  });

  test("one that is being started stands first, and serves nobody", async () => {
    const { site, prepare, fronts } = await setUp();
    const { generation } = await prepare();
    expect([site.candidate, site.generations, site.generation.number]).toEqual([
      generation,
      [generation, site.generation],
      1,
    ]);
    expect(fronts()[0]?.backends()).toEqual(["/nowhere/w1.sock"]);
  });
});

describe("site: who takes over", () => {
  test("with the same front ends, in one message; the one before leaves when nothing is on it", async () => {
    const { site, prepare, fronts, workers } = await setUp();
    const next = await prepare();
    const said = fronts()[0]?.heard.length ?? 0;
    await site.takeOver(next, WANTED);
    expect([fronts()[0]?.heard.length, fronts()[0]?.backends()]).toEqual([said + 1, ["/nowhere/w2.sock"]]);
    expect([site.generation, site.candidate, next.generation.state]).toEqual([
      next.generation,
      undefined,
      "serving",
    ]);
    expect(site.generations.map(({ number, state }) => [number, state])).toEqual([
      [2, "serving"],
      [1, "draining"],
    ]);
    let isGone = false;
    const gone = site.whenGone(1).then(() => {
      isGone = true;
    });
    lose(fronts()[0] as never, "/nowhere/w1.sock");
    await settle();
    expect(isGone).toBe(false);
    workers()[0]?.end({ code: 0 });
    await gone;
    expect(site.generations.map(({ number }) => number)).toEqual([2]);
    await site.whenGone(1);
  });

  test.each([
    ["these would do, but others are wanted", { wantsNewFronts: true }, {}],
    ["these would not do", {}, { limitRequestBody: [{ path: "/", bytes: 5 }] }],
  ])("with new front ends where %s", async (_, target, changes) => {
    const { site, prepare, configWith, fronts, workers } = await setUp();
    const next = await prepare({ ...target, config: configWith(changes) });
    expect([next.fronts === site.tenure.fronts, fronts().length]).toEqual([false, 1]);
    expect(site.fronts).toEqual([site.tenure.fronts, next.fronts]);
    void site.takeOver(next, WANTED);
    await settle();
    expect(fronts()[0]?.did.at(-1)).toBe("steer");
    expect(workers()[0]?.did).toEqual(["configure"]);
  });

  test("not one of which a worker has gone since it was ready, nor any once gw is to stop", async () => {
    const { site, prepare, workers } = await setUp();
    const next = await prepare();
    workers()[1]?.end({ signal: "SIGKILL" });
    await settle();
    await expect(site.takeOver(next, WANTED)).rejects.toThrow("it was gone before it could take over");
    const given = site.giveUp(next);
    await settle();
    await given;
    const other = await prepare();
    site.stopWatching();
    expect((await failureOf(site.takeOver(other, WANTED))).message).toContain("gw is stopping");
    expect(() => site.prepare(9, { config: other.generation.config }, NONE)).toThrow("gw is stopping");
    expect(site.generation.number).toBe(1);
  });

  test("one that is given up is gone with its front ends, and the old ones stay", async () => {
    const { site, prepare, fronts, workers } = await setUp();
    const next = await prepare({ wantsNewFronts: true });
    void next.fronts.start().catch(() => {});
    await settle();
    let isGone = false;
    const gone = site.giveUp(next).then(() => {
      isGone = true;
    });
    expect(fronts()[1]?.did.at(-1)).toBe("SIGKILL");
    fronts()[1]?.end({ signal: "SIGKILL" });
    await settle();
    expect([isGone, workers()[1]?.did.at(-1)]).toEqual([false, "SIGTERM"]);
    workers()[1]?.end({ code: 0 });
    await gone;
    expect([site.candidate, site.fronts.length, fronts()[0]?.did.includes("SIGKILL")]).toEqual([
      undefined,
      1,
      false,
    ]);
  });
});

describe("site: words of front ends", () => {
  test("that requests wait is for the generation that those front ends reach", async () => {
    const { fronts, workers, clock } = await setUp({ processes: { min: 1, max: 3 }, scaleUpWait: 100 });
    fronts()[0]?.press();
    clock.advance(0);
    await settle();
    expect(workers()).toHaveLength(2);
    fronts()[0]?.press("nobody's");
    await settle();
    expect(workers()).toHaveLength(2);
  });

  test("what they cut counts once gw is to stop, and not while a generation leaves", async () => {
    const { site, fronts } = await setUp();
    fronts()[0]?.say({ type: "cut", count: 2 });
    expect(site.cut).toBe(0);
    site.stopWatching();
    fronts()[0]?.say({ type: "cut", count: 3 });
    expect(site.cut).toBe(3);
  });

  test("a pause is all front ends' to hear, those that come later included", async () => {
    const { site, prepare, fronts } = await setUp();
    site.pauses.begin(["default"], 60_000);
    const paused = (n: number) => {
      const told = fronts()[n]?.heard.findLast((message) => message.type === "backends");
      return told?.type === "backends" && told.paused;
    };
    expect(paused(0)).toEqual(["default"]);
    const next = await prepare({ wantsNewFronts: true });
    void next.fronts.start().catch(() => {});
    fronts()[1]?.becomeReady();
    expect(paused(1)).toEqual(["default"]);
  });
});

describe("site: its end", () => {
  test("front ends and workers leave, each when they are told to, and all are waited for", async () => {
    const { site, fronts, workers } = await setUp();
    const frontsLeft = site.leaveFronts("drain");
    expect([fronts()[0]?.did.at(-1), workers()[0]?.did.at(-1)]).toEqual(["drain", "configure"]);
    fronts()[0]?.end({ code: 0 });
    await frontsLeft;
    const workersLeft = site.leaveWorkers("stop");
    expect(workers()[0]?.did.at(-1)).toBe("SIGTERM");
    workers()[0]?.end({ code: 0 });
    await workersLeft;
    expect(site.pids).toEqual([]);
  });

  test("killed, everything is, the generation that leaves and the one that comes included", async () => {
    const { site, prepare, processes } = await setUp();
    await site.takeOver(await prepare(), WANTED);
    await prepare();
    site.kill();
    expect(processes.map(({ did }) => did.at(-1))).toEqual(processes.map(() => "SIGKILL"));
  });

  test("whoever leaves once nobody is to follow has no successor, in any generation", async () => {
    const { site, workers } = await setUp();
    site.stopReplacing();
    workers()[0]?.say({ type: "leaving", reason: "eviction_signal" });
    await settle();
    expect(workers()).toHaveLength(1);
  });
});

describe("site: what is tried out", () => {
  const request = { percent: 5, watchMs: 10_000, errorsOver: 1, slowerBy: 50 };
  const lastOf = (front: { heard: readonly unknown[] } | undefined) => front?.heard.at(-1);

  test("both generations are listed, with the share of the new one; then that one serves alone", async () => {
    const { site, prepare, fronts, clock, workers } = await setUp();
    const next = await prepare();
    const trial = site.tryOut(next, { ...request, watchMs: 1 }, WANTED);
    await settle();
    expect(lastOf(fronts()[0])).toMatchObject({ type: "backends", trial: { generation: 2, percent: 5 } });
    expect(fronts()[0]?.backends()).toEqual(["/nowhere/w1.sock", "/nowhere/w2.sock"]);
    expect([next.generation.state, site.generation.number]).toEqual(["trial", 1]);
    for (let i = 0; i < 20; i++) {
      clock.advance(250);
      await settle();
    }
    expect(await trial).toMatchObject({ generation: 2, new: { requests: 0 } });
    await site.takeOver(next, WANTED);
    expect([site.generation.number, site.trial, next.generation.state]).toEqual([2, undefined, "serving"]);
    expect(fronts()[0]?.backends()).toEqual(["/nowhere/w2.sock"]);
    expect(lastOf(fronts()[0])).not.toHaveProperty("trial");
    expect(workers().length).toBeGreaterThan(0);
  });

  test("given up, it finishes what it has, and gets nothing more", async () => {
    const { site, prepare, fronts } = await setUp();
    const next = await prepare();
    site.tryOut(next, request, WANTED).catch(() => {});
    await settle();
    await site.giveUp(next);
    expect(fronts()[0]?.backends()).toEqual(["/nowhere/w1.sock"]);
    expect(lastOf(fronts()[0])).not.toHaveProperty("trial");
    expect([next.generation.state, site.candidate, site.generation.number]).toEqual([
      "draining",
      undefined,
      1,
    ]);
  });

  test("behind other front ends it cannot be", async () => {
    const { site, prepare } = await setUp();
    const next = await prepare({ wantsNewFronts: true });
    await expect(site.tryOut(next, request, WANTED)).rejects.toThrow("reload without --percent");
  });
});
