import { expect, test } from "bun:test";
import { seeSlowness } from "../../../src/supervisor/telling/slowness.ts";
import { makePool } from "../../support/fake-pool.ts";

const STATS = { queued: 0, active: 0, requests: 0, errors: {}, workers: [] };

test("slowness: of the queue the longest wait, of capacity the part that is used, of loops how late they are", async () => {
  const made = await makePool({
    processes: { min: 2, max: 2 },
    concurrency: { min: 2, max: 2 },
    frontEnds: 2,
  });
  const { site, clock } = made;
  for (const [front, oldestMs] of [
    [0, 300],
    [1, 700],
  ] as const) {
    const groups = [{ name: "default", queued: 1, oldestMs, busy: 1.5 }];
    made.fronts()[front]?.say({ type: "stats", stats: { ...STATS, groups } });
  }
  made.workers()[1]?.say({ type: "heartbeat", lagMs: 900 });
  made.fronts()[0]?.say({ type: "heartbeat", lagMs: 40 });
  const seen = Object.fromEntries(
    seeSlowness(site, clock.now()).map(({ kind, subject, value }) => [`${kind} ${subject}`, value]),
  );
  expect(seen).toEqual({
    ...{ "queue default": 700, "capacity default": 0.75, "loop worker 1": 0, "loop worker 2": 900 },
    ...{ "loop front 1": 40, "loop front 2": 0 },
  });
});

test("slowness: requests that wait because somebody wants them to are not slow", async () => {
  const { site, clock } = await makePool();
  site.pauses.begin(["default"], 60_000);
  expect(seeSlowness(site, clock.now()).filter(({ kind }) => kind === "queue")).toEqual([]);
});
