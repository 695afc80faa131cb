// How soon a worker follows one that has ended, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Allowance } from "../../../src/supervisor/groups/succession.ts";
import { type FakeProcess, lose, makePool, settle } from "../../support/fake-pool.ts";

describe("allowance", () => {
  test("so many at once, then one after each period, and all of them again after a while", () => {
    const allowance = new Allowance(1_000);
    const taken = [0, 0, 0, 0, 500, 3_000, 20_000, 20_000, 20_000];
    expect(taken.map((atMs) => allowance.take(atMs, 2))).toEqual([
      0, 0, 1_000, 2_000, 2_500, 1_000, 0, 0, 1_000,
    ]);
  });

  test("in no span of time are more used than there may be at once and come in that time", () => {
    const gaps = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 8 }), (gapsMs, burst) => {
        const allowance = new Allowance(1_000);
        let nowMs = 0;
        const used = gapsMs.map((gapMs) => {
          nowMs += gapMs;
          return nowMs + allowance.take(nowMs, burst);
        });
        for (const [at, fromMs] of used.entries())
          for (const toMs of used.slice(at)) {
            const within = used.filter((usedMs) => usedMs >= fromMs && usedMs <= toMs).length;
            expect(within).toBeLessThanOrEqual(burst + (toMs - fromMs) / 1_000);
          }
      }),
    );
  });
});

const load = (pid: number, more: object) => ({ slot: 1, pid, active: 0, requests: 1, idleMs: 0, ...more });
const statsOf = (workers: object[]) => ({
  type: "stats",
  stats: { queued: 0, groups: [], active: 0, requests: 0, errors: {}, workers },
});

/** A group whose latest worker dies, again and again. */
async function makeGroup(given: Parameters<typeof makePool>[0] = {}) {
  const made = await makePool(given);
  const latest = () => made.workers().at(-1)!;
  return {
    ...made,
    latest,
    /** Once the next one is there, if it comes at once, it is ready. */
    async die(tell: (front: FakeProcess, socket: string) => void) {
      const front = made.fronts()[0];
      const socket = front?.backends().at(-1) ?? "";
      latest().end({ signal: "SIGKILL" });
      if (front) tell(front, socket);
      await settle();
      made.clock.advance(0);
      const next = latest();
      if (!next.hasEnded) next.becomeReady();
      return !next.hasEnded;
    },
    restsMs: () =>
      made.lines.filter(({ text }) => text.endsWith("is started again")).map(({ fields }) => fields?.inMs),
  };
}

const hadAnswered = (front: FakeProcess, socket: string) =>
  front.say({ type: "lost", socket, pid: 1, requests: [], count: 0, hasLeft: true, hasAnswered: true });
const hadNot = (front: FakeProcess, socket: string) => lose(front, socket);

describe("succession", () => {
  test("one that had answered is replaced at once, as its fronts tell when it has ended", async () => {
    const { die } = await makeGroup();
    expect(await die(hadAnswered)).toBe(true);
    expect(await die(hadAnswered)).toBe(true);
  });

  test("what a front has told before holds, also when it says nothing more", async () => {
    const { die, fronts, latest } = await makeGroup();
    fronts()[0]!.say(statsOf([load(latest().pid, { hasAnswered: true })]));
    expect(await die(() => {})).toBe(true);
    fronts()[0]!.say(statsOf([load(latest().pid, { hasAnswered: false })]));
    expect(await die(() => {})).toBe(false);
  });

  test("one that had not answered rests, longer each time, whatever it said of itself", async () => {
    const { die, latest, clock, restsMs } = await makeGroup();
    for (const restMs of [1_000, 2_000, 4_000]) {
      latest().say({ type: "heartbeat", active: 0, ageSumMs: 0, requests: 1_000 });
      expect(await die(hadNot)).toBe(false);
      clock.advance(restMs);
      latest().becomeReady();
    }
    await settle();
    expect(restsMs()).toEqual([1_000, 2_000, 4_000]);
  });

  test("a front that does not tell is waited for only a moment", async () => {
    const { die, clock, restsMs } = await makeGroup();
    expect(await die(() => {})).toBe(false);
    clock.advance(500);
    await settle();
    expect(restsMs()).toEqual([1_000]);
  });

  test("the row of those that had not answered begins anew behind one that had", async () => {
    const { die, latest, clock, restsMs } = await makeGroup();
    await die(hadNot);
    clock.advance(1_000);
    latest().becomeReady();
    await die(hadAnswered);
    await die(hadNot);
    await settle();
    expect(restsMs()).toEqual([1_000, 0, 1_000]);
  });

  test("one that has lived for ten seconds has served, also where no front can tell", async () => {
    for (const given of [{}, { embeddedMode: true }]) {
      const { die, clock } = await makeGroup(given);
      clock.advance(10_000);
      expect(await die(hadNot)).toBe(true);
      clock.advance(9_999);
      expect(await die(hadNot)).toBe(false);
    }
  });

  test("the group gets two for each worker at once, then one a second, and says so", async () => {
    const { die, latest, clock, lines, restsMs } = await makeGroup({ processes: { min: 2, max: 2 } });
    for (let n = 0; n < 4; n++) expect(await die(hadAnswered)).toBe(true);
    expect(await die(hadAnswered)).toBe(false);
    clock.advance(1_000);
    latest().becomeReady();
    await settle();
    expect(restsMs()).toEqual([0, 0, 0, 0, 1_000]);
    expect(lines.at(-2)).toMatchObject({ level: "warn", fields: { why: "many that had served have ended" } });
    clock.advance(10_000);
    expect(await die(hadAnswered)).toBe(true);
  });

  test("one that dies while its successor only waits to be started is followed at once", async () => {
    const { die, pool, latest, clock, workers } = await makeGroup();
    pool.crew.places[0]!.renew(30_000);
    const old = latest();
    expect(await die(hadAnswered)).toBe(true);
    expect(latest()).not.toBe(old);
    clock.advance(60_000);
    expect(workers().length).toBe(2);
  });

  test("a place that is emptied while it waits for the fronts' word stays empty", async () => {
    const { pool, clock, latest, fronts, workers } = await makeGroup({ processes: { min: 2, max: 2 } });
    const [front] = fronts();
    const place = pool.crew.places[1]!;
    latest().end({ signal: "SIGKILL" });
    void pool.vacate(place, "drain", "gw drain was typed");
    hadAnswered(front!, "/nowhere/w2.sock");
    await settle();
    clock.advance(60_000);
    expect(workers().length).toBe(2);
  });
});
