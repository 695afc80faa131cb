// A trial, and what is asked for while it is started, watched, and waited for: places are real, processes are not.
import { describe, expect, test } from "bun:test";
import { failureOf, lose, settle } from "../../support/fake-pool.ts";
import { failToLoad, makeReloads } from "../../support/fake-reloads.ts";

const TRIAL = { percent: 5, watchMs: 10_000, errorsOver: 1, slowerBy: 50 };

async function setUp() {
  const made = await makeReloads();
  const { reloads, workers, clock, site } = made;
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await settle();
    }
  };
  const begin = async () => {
    const done = reloads.reload("gw reload", TRIAL);
    done.catch(() => {});
    await settle();
    return done;
  };
  return {
    ...made,
    pass,
    /** Its workers are still being started. */
    begin: async () => ({ done: await begin() }).done,
    async watched() {
      const done = begin();
      await settle();
      workers().at(-1)?.becomeReady();
      await settle();
      expect(site.trial?.told).toMatchObject({ percent: 5 });
      return { done };
    },
    /** Three old generations are there, the oldest with a request that has no answer yet. */
    async crowd() {
      for (let n = 0; n < 3; n++) {
        const done = reloads.reload("gw reload");
        await settle();
        workers().at(-1)?.becomeReady();
        await done;
      }
      clock.advance(100);
      const [front] = made.fronts();
      const { pid } = workers()[0] ?? {};
      const load = { slot: 1, pid, requests: 1, idleMs: 0, active: 1, streams: 0, tunnels: 0 };
      const stats = { queued: 0, groups: [], active: 1, requests: 1, errors: {}, workers: [load] };
      front?.say({ type: "stats", stats });
      await settle();
    },
  };
}

describe("trial: gw rollback", () => {
  test("while it is watched: it goes, and who has asked for it hears by what", async () => {
    const { reloads, site, watched, backends } = await setUp();
    const { done } = await watched();
    const back = reloads.rollback("gw rollback");
    expect((await failureOf(done)).message).toContain("generation 1 serves on: gw rollback was typed");
    expect(await back).toMatchObject({ generation: 1, previous: 2 });
    expect([site.trial, site.candidate, backends()]).toEqual([undefined, undefined, ["/nowhere/w1.sock"]]);
  });

  test("while its workers are started: nothing is tried out, and nothing is remembered as refused", async () => {
    const { reloads, site, begin, workers } = await setUp();
    const done = failureOf(begin());
    await settle();
    const back = reloads.rollback("gw rollback");
    await settle();
    expect(workers()[1]?.did.at(-1)).toBe("SIGTERM");
    workers()[1]?.end({ code: 0 });
    expect((await done).message).toBe("Nothing was tried out: gw rollback was typed");
    expect(await back).toMatchObject({ generation: 1, previous: 2 });
    expect([site.candidate, reloads.refused]).toEqual([undefined, undefined]);
  });

  test("while it waits for room: it goes at once, and does not take over afterwards", async () => {
    const { reloads, site, crowd, begin, workers, pass } = await setUp();
    await crowd();
    const done = failureOf(begin());
    await settle();
    workers().at(-1)?.becomeReady();
    await settle();
    expect([site.waiting, site.trial]).toMatchObject([{ waitsFor: 1 }, undefined]);
    const back = reloads.rollback("gw rollback");
    await settle();
    expect(site.waiting).toBeUndefined();
    workers().at(-1)?.end({ code: 0 });
    expect((await done).message).toContain("gw rollback was typed");
    expect(await back).toMatchObject({ generation: 4, previous: 5 });
    await pass(30_000);
    expect(site.generation.number).toBe(4);
  });

  test("while another reload comes first: it is never begun", async () => {
    const { reloads, site, workers, begin } = await setUp();
    const first = reloads.reload("SIGHUP");
    const trial = failureOf(begin());
    const back = reloads.rollback("gw rollback");
    await settle();
    workers()[1]?.becomeReady();
    expect(await first).toMatchObject({ generation: 2 });
    expect((await trial).message).toBe("Nothing was tried out: gw rollback was typed");
    expect(await back).toMatchObject({ generation: 2 });
    expect([workers().length, site.generation.number]).toEqual([2, 2]);
  });

  test("typed twice, it goes back once", async () => {
    const { reloads, watched, workers, configure } = await setUp();
    configure({ memoryLimit: 2 ** 30 });
    const before = reloads.reload("gw reload");
    await settle();
    workers()[1]?.becomeReady();
    await before;
    const { done } = await watched();
    const both = [reloads.rollback("gw rollback"), reloads.rollback("gw rollback")];
    await failureOf(done);
    for (const back of await Promise.all(both)) expect(back).toMatchObject({ generation: 2 });
    expect(reloads.underWay).toBeUndefined();
  });

  test("when it has just taken over: the generation before it comes again", async () => {
    const { reloads, site, watched, workers, configure, pass, held } = await setUp();
    configure({ memoryLimit: 2 ** 30 });
    const { done } = await watched();
    // In the very turn in which it takes over, before who has asked for it has heard of it.
    const { takeOver } = site;
    let back: Promise<unknown> | undefined;
    site.takeOver = async (next, off) => {
      await takeOver.call(site, next, off);
      back = reloads.rollback("gw rollback");
    };
    await pass(12_000);
    expect(await done).toMatchObject({ generation: 2 });
    await settle();
    workers().at(-1)?.becomeReady();
    expect(await back).toMatchObject({ generation: 3, previous: 2 });
    expect(held.map(({ settings }) => settings.memoryLimit)).toEqual([2 ** 30, 0]);
  });
});

describe("trial: gw reload", () => {
  test("while its workers are started: it makes way, and both askers hear of the newer one", async () => {
    const { reloads, begin, workers, site } = await setUp();
    const trial = begin();
    await settle();
    const newer = reloads.reload("gw reload");
    await settle();
    expect(workers()[1]?.did.at(-1)).toBe("SIGTERM");
    workers()[1]?.end({ code: 0 });
    await settle();
    workers()[2]?.becomeReady();
    expect(await newer).toMatchObject({ generation: 3 });
    expect(await trial).toMatchObject({ generation: 3 });
    expect(site.trial).toBeUndefined();
  });

  test("while another reload comes first: the trial is not begun, and its asker hears of the one that waits", async () => {
    const { reloads, begin, workers } = await setUp();
    const first = reloads.reload("SIGHUP");
    const second = reloads.reload("gw reload");
    const trial = begin();
    const third = reloads.reload("gw reload");
    await settle();
    for (const at of [1, 2]) {
      workers()[at]?.becomeReady();
      await settle();
    }
    expect(await first).toMatchObject({ generation: 2 });
    for (const one of [second, trial, third]) expect(await one).toMatchObject({ generation: 3 });
    expect(workers().length).toBe(3);
  });

  test("behind a rollback that waits, it is a reload of its own: the last word counts", async () => {
    const { reloads, workers, fronts, configure, held, pass } = await setUp();
    configure({ memoryLimit: 2 ** 30 });
    const all = [
      reloads.reload("gw reload"),
      reloads.reload("gw reload"),
      reloads.rollback("gw rollback"),
      reloads.reload("gw reload"),
    ];
    for (const at of [1, 2, 3, 4]) {
      await settle();
      await settle();
      workers()[at]?.becomeReady();
    }
    // There is room for the last one as soon as the first has left.
    lose(fronts()[0]!, "/nowhere/w1.sock");
    await settle();
    workers()[0]?.end({ code: 0 });
    await pass(500);
    expect((await Promise.all(all)).map(({ generation }) => generation)).toEqual([2, 3, 4, 5]);
    expect(held.map(({ settings }) => settings.memoryLimit)).toEqual([2 ** 30, 2 ** 30, 0, 2 ** 30]);
  });
});

describe("trial: room", () => {
  test("is made before it begins, so that as many as may be are there also when it is let go", async () => {
    const { crowd, begin, workers, site, pass, texts, reloads } = await setUp();
    await crowd();
    const done = failureOf(begin());
    await settle();
    workers().at(-1)?.becomeReady();
    await pass(1_000);
    expect(site.trial).toBeUndefined();
    // The request of the oldest has taken all its time.
    await pass(60_000);
    expect(texts()).toContain("the oldest generation is cut short: too many are still there");
    workers()[0]?.end({ signal: "SIGTERM" });
    await pass(100);
    expect(site.trial?.told).toMatchObject({ generation: 5 });
    void reloads.rollback("gw rollback");
    await done;
    expect(site.generations.filter(({ state }) => state === "draining").length).toBe(3);
  });
});

test("trial: one that fails while it is started is refused as any other", async () => {
  const { begin, workers, reloads } = await setUp();
  const done = failureOf(begin());
  await settle();
  failToLoad(workers()[1]);
  expect((await done).cause_).toBe("reload_refused");
  expect(reloads.refused).toMatchObject({ generation: 2 });
});
