// Which listeners new connections are led to, with front ends that are only said to exist.
import { expect, test } from "bun:test";
import { type Steerable, Steering } from "../../../src/supervisor/fronts/steering.ts";
import { captureLog } from "../../support/capture-log.ts";

function makeSet(...names: string[]) {
  const slots = names.map((name) => ({ name }) as object);
  const told: number[][] = [];
  const set: Steerable & { reason?: string } = {
    has: (front) => slots.includes(front),
    async steer(listeners) {
      told.push(listeners);
      return set.reason;
    },
  };
  return { set, slots, told };
}

test("steering: new listeners get nothing while the old ones hold, everything once they are aimed at, and the rest at the end", async () => {
  const steering = new Steering(captureLog().log);
  const [old, next] = [makeSet("old 1", "old 2"), makeSet("new 1", "new 2")];
  for (const slot of old.slots) steering.bound(slot);
  await steering.hold(old.set);
  for (const slot of next.slots) steering.bound(slot);
  await steering.aim(next.set);
  expect(old.told.at(-1)).toEqual([0, 1]);
  expect(next.told).toEqual([[2, 3]]);
  steering.closed(old.slots[1]!);
  await steering.aim(next.set);
  expect(next.told.at(-1)).toEqual([1, 2]);
  steering.closed(old.slots[0]!);
  await steering.aim(next.set);
  expect(next.told.at(-1)).toEqual([]);
});

test("steering: a front that dies meanwhile is led around, and one that comes is led to", async () => {
  const steering = new Steering(captureLog().log);
  const [old, next] = [makeSet("old"), makeSet("new 1", "new 2")];
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  await steering.aim(next.set);
  steering.closed(next.slots[0]!);
  await steering.aim(next.set);
  steering.bound(next.slots[0]!);
  await steering.aim(next.set);
  expect(next.told).toEqual([[1, 2], [1], [1, 2]]);
});

test("steering: while one closes, only numbers are used that the closing leaves as they are; one closes after the other", async () => {
  const steering = new Steering(captureLog().log);
  const [old, next] = [makeSet("old 1", "old 2"), makeSet("new 1", "new 2")];
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  await steering.aim(next.set);
  const closed = Promise.withResolvers<void>();
  const first = steering.closeListener(old.slots[0]!, () => closed.promise);
  const second = steering.closeListener(old.slots[1]!, async () => {});
  await Bun.sleep(0);
  expect(next.told).toEqual([[2, 3], [2]]);
  closed.resolve();
  await first;
  expect(next.told.at(-1)).toEqual([0, 2]);
  await second;
  expect(next.told.slice(-2)).toEqual([[0], []]);
});

test("steering: old and new ones share the new connections by eighths", async () => {
  const steering = new Steering(captureLog().log);
  const [old, next] = [makeSet("old"), makeSet("new 1", "new 2")];
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  await steering.share(old.set, next.set, 2);
  expect(next.told).toEqual([[0, 0, 0, 0, 0, 0, 1, 2, 1, 2]]);
});

test("steering: with one set alone nothing is said: the kernel may choose", async () => {
  const steering = new Steering(captureLog().log);
  const only = makeSet("front");
  steering.bound(only.slots[0]!);
  expect(only.told).toEqual([]);
  await steering.aim(only.set);
  expect(only.told).toEqual([]);
});

test("steering: a kernel that refuses is told of once, with what may follow", async () => {
  const { log, lines } = captureLog();
  const steering = new Steering(log);
  const [old, next] = [makeSet("old"), makeSet("new")];
  next.set.reason = "not permitted";
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  await steering.aim(next.set);
  await steering.aim(next.set);
  expect(lines).toMatchObject([{ level: "warn", fields: { why: "not permitted" } }]);
});

test("steering: a listener that does not close holds up no other, and whoever asked is told", async () => {
  const steering = new Steering(captureLog().log);
  const [old, next] = [makeSet("old 1", "old 2"), makeSet("new")];
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  await steering.aim(next.set);
  const failed = steering.closeListener(old.slots[0]!, () => Promise.reject(new Error("it hangs")));
  let isSecondClosed = false;
  const second = steering.closeListener(old.slots[1]!, async () => {
    isSecondClosed = true;
  });
  expect(await failed.catch(({ message }) => message)).toBe("it hangs");
  await second;
  expect(isSecondClosed).toBe(true);
  expect(next.told.at(-1)).toEqual([]);
});

test("steering: front ends that cannot be asked are told of once, and steered to later all the same", async () => {
  const { log, lines } = captureLog();
  const steering = new Steering(log);
  const [old, next] = [makeSet("old"), makeSet("new")];
  for (const slot of [...old.slots, ...next.slots]) steering.bound(slot);
  const { steer } = next.set;
  next.set.steer = () => Promise.reject(new Error("the channel is gone"));
  await steering.aim(next.set);
  next.set.steer = steer;
  await steering.aim(next.set);
  expect(next.told).toEqual([[1]]);
  expect(lines).toMatchObject([{ level: "warn", fields: { why: "the channel is gone" } }]);
});
