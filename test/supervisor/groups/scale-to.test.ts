// gw scale, on a clock that stands still: who is added, who goes, and what is refused.
import { expect, test } from "bun:test";
import { scaleTo } from "../../../src/supervisor/groups/scale-to.ts";
import { failureOf, lose, makePool, settle, speakFor } from "../../support/fake-pool.ts";

test("scale: more are started, and it is done when they serve", async () => {
  const made = await makePool();
  let isDone = false;
  const done = scaleTo(made.pool, 3).then((told) => {
    isDone = true;
    return told;
  });
  await settle();
  expect([made.workers().length, isDone]).toEqual([3, false]);
  await speakFor(made.processes, made.processes.length - 2);
  expect(await done).toEqual({ from: 1, to: 3 });
  expect(made.pool.wanted).toBe(3);
});

test("scale: fewer are let go, the newest first", async () => {
  const made = await makePool({ processes: { min: 3, max: 3 } });
  void scaleTo(made.pool, 1);
  await settle();
  expect(made.pool.livePlaces.map(({ number }) => number)).toEqual([1]);
  expect(made.pool.wanted).toBe(1);
});

test("scale: one that is not ready goes before all that serve", async () => {
  const made = await makePool({ processes: { min: 3, max: 3 } });
  made.workers()[1]!.end({ code: 1 });
  await settle();
  void scaleTo(made.pool, 2);
  await settle();
  expect(made.pool.livePlaces.map(({ number }) => number)).toEqual([1, 3]);
});

test("scale: when one of the new ones does not start, all new ones go again, and the number is the old one", async () => {
  const made = await makePool();
  const before = made.workers().length;
  const failed = failureOf(scaleTo(made.pool, 3));
  await settle();
  const [good, bad] = made.workers().slice(before);
  good!.becomeReady();
  bad!.end({ code: 3 });
  await settle();
  lose(made.fronts()[0]!, "/nowhere/w2.sock");
  await settle();
  expect(good!.did).toContain("drain");
  good!.say({ type: "drained" });
  good!.end({ code: 0 });
  const error = await failed;
  expect(error.message).toContain('The group "default" has as many workers as before');
  expect([made.pool.wanted, made.pool.livePlaces.length]).toEqual([1, 1]);
});

test.each([
  [{ processes: { min: 1, max: 3 } }, 4, "can have from 1 to 3 workers, and not 4"],
  [{ processes: { min: 2, max: 4 } }, 1, "can have from 2 to 4 workers, and not 1"],
  [{}, 0, "can have from 1 to 1024 workers, and not 0"],
  [{}, 1_025, "can have from 1 to 1024 workers, and not 1025"],
])("scale: %p to %d is refused, and nothing is begun", async (given, count, words) => {
  const made = await makePool(given);
  const before = [made.workers().length, made.pool.wanted];
  expect((await failureOf(scaleTo(made.pool, count))).message).toContain(words);
  expect([made.workers().length, made.pool.wanted]).toEqual(before);
});

test("scale: another number typed meanwhile counts, at once, and who has typed the first one is told", async () => {
  const made = await makePool();
  const first = failureOf(scaleTo(made.pool, 4));
  await settle();
  const second = scaleTo(made.pool, 2);
  await settle();
  expect([made.pool.livePlaces.length, made.pool.wanted]).toEqual([2, 2]);
  for (const worker of made.workers().slice(1)) if (worker.did.includes("SIGTERM")) worker.end({ code: 0 });
  made.workers()[1]?.becomeReady();
  await settle();
  expect((await first).message).toContain("Another gw scale was typed meanwhile");
  expect(await second).toEqual({ from: 4, to: 2 });
  expect([made.pool.livePlaces.length, made.pool.wanted]).toEqual([2, 2]);
});

test("scale: the number holds from the moment on at which it was typed, also where a place was drained by hand", async () => {
  const made = await makePool({ processes: { min: 2, max: 2 } });
  void made.pool.vacate(made.pool.crew.places[1]!, "drain", "");
  const done = scaleTo(made.pool, 2);
  await settle();
  expect(made.pool.wanted).toBe(2);
  made.workers()[2]!.end({ code: 3 });
  done.catch(() => {});
  await failureOf(done);
  expect(made.pool.wanted).toBe(2);
});
