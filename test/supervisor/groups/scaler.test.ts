// A group with a range of workers over time: what fronts tell makes it grow, and quiet makes it shrink.
import { expect, test } from "bun:test";
import { type FakeProcess, lose, makePool, settle } from "../../support/fake-pool.ts";

type Made = Awaited<ReturnType<typeof makePool>>;

const RANGE = { processes: { min: 1, max: 3 }, inactivityTimeout: 5_000 };

const living = (made: Made): FakeProcess[] => made.workers().filter(({ hasEnded }) => !hasEnded);

/** Requests have waited; what is started gets ready. */
async function press(made: Made): Promise<void> {
  const before = made.workers().length;
  made.fronts()[0]!.press();
  await settle();
  for (const worker of made.workers().slice(before)) worker.becomeReady();
  await settle();
}

/** Time passes: all workers beat, and the front says that so many requests are on each. */
async function pass(made: Made, ms: number, active = 0): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    for (const worker of living(made)) worker.say({ type: "heartbeat", lagMs: 0 });
    const workers = living(made).map(({ pid }, at) => ({
      slot: at + 1,
      pid,
      active,
      requests: 9,
      idleMs: passed,
    }));
    const stats = { queued: 0, groups: [], active, requests: 9, errors: {}, workers };
    made.fronts()[0]!.say({ type: "stats", stats });
    made.clock.advance(250);
    await settle();
    for (const worker of living(made)) if (worker.did.includes("drain")) worker.end({ code: 0 });
  }
}

test("scaler: requests that wait add one worker at a time, up to the most, and say so", async () => {
  const made = await makePool(RANGE);
  await press(made);
  expect(living(made).length).toBe(2);
  expect(made.lines.find(({ text }) => text.includes("one more worker"))).toMatchObject({
    fields: { group: "default", workers: 2, waitedMs: 120 },
  });
  await press(made);
  await press(made);
  expect(living(made).length).toBe(3);
});

test("scaler: while one is on its way no other is started", async () => {
  const made = await makePool(RANGE);
  for (let n = 0; n < 3; n++) made.fronts()[0]!.press();
  await settle();
  expect(living(made).length).toBe(2);
});

test("scaler: what waited before its front end heard of the newest worker starts no other", async () => {
  const made = await makePool(RANGE);
  const [front] = made.fronts();
  front!.say({ type: "pressure", group: "default", waitedMs: 120 });
  front!.say({ type: "pressure", group: "default", waitedMs: 120, newest: "/of/an/earlier/one" });
  await settle();
  expect(living(made).length).toBe(1);
  front!.press();
  await settle();
  expect(living(made).length).toBe(2);
});

test.each([
  ["the number is fixed", { processes: { min: 1, max: 1 } }, "default"],
  ["another group is meant", RANGE, "other"],
])("scaler: nothing is started when %s", async (_, given, group) => {
  const made = await makePool(given);
  made.fronts()[0]!.press(group);
  await settle();
  expect(made.workers().length).toBe(1);
});

test("scaler: when a whole window was quiet one goes, then the next, and the least stay", async () => {
  const made = await makePool(RANGE);
  await press(made);
  await press(made);
  await pass(made, 4_500);
  expect(made.pool.livePlaces.length).toBe(3);
  await pass(made, 1_500);
  expect(made.pool.livePlaces.length).toBe(2);
  await pass(made, 20_000);
  expect(made.pool.livePlaces.length).toBe(1);
  expect(made.texts()).toContain("a group has one worker less");
});

test("scaler: what would fill more than half of the places that are left keeps them all", async () => {
  const made = await makePool({ ...RANGE, concurrency: { min: 10, max: 10 } });
  await press(made);
  await pass(made, 20_000, 3);
  expect(made.pool.livePlaces.length).toBe(2);
  await pass(made, 12_000, 2);
  expect(made.pool.livePlaces.length).toBe(1);
});

test("scaler: one that computes keeps another one beside it", async () => {
  const made = await makePool(RANGE);
  await press(made);
  const [first] = living(made);
  for (let passed = 0; passed < 12_000; passed += 250) {
    for (const worker of living(made)) worker.say({ type: "heartbeat", lagMs: worker === first ? 900 : 0 });
    made.clock.advance(250);
  }
  await settle();
  expect(made.pool.livePlaces.length).toBe(2);
});

test("scaler: a worker that has died and comes again is none that was added", async () => {
  const made = await makePool(RANGE);
  const [only] = made.workers();
  only!.end({ signal: "SIGKILL" });
  lose(made.fronts()[0]!, "/nowhere/w1.sock");
  await settle();
  made.clock.advance(2_000);
  await settle();
  expect(made.pool.wanted).toBe(1);
});
