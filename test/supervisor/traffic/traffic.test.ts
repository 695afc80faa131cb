// What all fronts together have on a worker, out of what each of them said at another instant.
import { expect, test } from "bun:test";
import type { FrontStats, ToChild, WorkerLoad } from "../../../src/link/messages.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Traffic } from "../../../src/supervisor/traffic/traffic.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const PID = 7;

test("traffic: of two fronts' oldest requests the one that began first is the oldest, whoever spoke last", () => {
  const clock = new FakeClock();
  const traffic = new Traffic({ fronts: 2 }, clock);
  const [early, late] = [attach(traffic, 1), attach(traffic, 2)];
  say(traffic, early, { active: 1, oldest: { id: "first", method: "GET", path: "/loop", ageMs: 100 } });
  clock.advance(900);
  say(traffic, late, { active: 2, oldest: { id: "second", method: "GET", path: "/", ageMs: 950 } });
  clock.advance(50);
  expect(traffic.loadOf(PID)).toMatchObject({ active: 3, oldest: { id: "first", ageMs: 1050 } });
});

test("traffic: clients that a front waited for when it spoke are taken to be waited for until it speaks again", () => {
  const clock = new FakeClock();
  const traffic = new Traffic({ fronts: 2 }, clock);
  const [early, late] = [attach(traffic, 1), attach(traffic, 2)];
  say(traffic, early, { active: 3, receiving: 2, bodyWaitMs: 700, pastBodyWaitMs: 50 });
  clock.advance(900);
  say(traffic, late, { active: 1, receiving: 1, bodyWaitMs: 10, heldUp: 4 });
  clock.advance(50);
  expect(traffic.loadOf(PID)).toMatchObject({
    ...{ receiving: 3, heldUp: 4, bodyWaitMs: 700 + 2 * 950 + 10 + 50, pastBodyWaitMs: 50 },
  });
});

test("traffic: what is found of a worker is what all fronts have found together; each has its share of the bounds", () => {
  const traffic = new Traffic({ fronts: 2 }, new FakeClock());
  const heard: ToChild[] = [];
  const fronts = [1, 2].map((number) => {
    const front = { number, send: (message: ToChild) => heard.push(message) } as unknown as Slot;
    traffic.attach(front);
    return front;
  });
  say(traffic, fronts[0] as Slot, { limit: 3 });
  expect(traffic.loadOf(PID)?.limit).toBe(3);
  say(traffic, fronts[1] as Slot, { limit: 4 });
  expect(traffic.loadOf(PID)?.limit).toBe(7);
  const worker = { number: 1, pid: PID } as unknown as Slot;
  const endpoint = { slot: 1, pid: PID, generation: 1, group: "default", socket: "/w.sock", token: "t" };
  traffic.admit(worker, { ...endpoint, accepting: true, concurrency: { min: 3, max: 9 } });
  expect(heard.slice(-2)).toMatchObject([
    { backends: [{ capacity: 5, adapts: { least: 2, fronts: 2 } }] },
    { backends: [{ capacity: 4, adapts: { least: 1, fronts: 2 } }] },
  ]);
  traffic.tellPaces([{ slot: worker, lagMs: 30 }]);
  expect(heard.at(-1)).toEqual({ type: "paces", workers: [{ socket: "/w.sock", lagMs: 30 }] });
});

test("traffic: what a front has ended on a worker is among what ended with it, whoever is there by then", async () => {
  const traffic = new Traffic({ fronts: 1 }, new FakeClock());
  const front = attach(traffic, 1);
  const worker = { number: 1, pid: PID } as unknown as Slot;
  const socket = "/w.sock";
  traffic.admit(worker, {
    slot: 1,
    pid: PID,
    generation: 1,
    group: "default",
    socket,
    token: "t",
    accepting: true,
    concurrency: { min: 1, max: 1 },
  });
  const requests = [{ id: "first", method: "POST", path: "/pay", ageMs: 15_000 }];
  traffic.noteLost(front, { type: "lost", socket, pid: PID, requests, count: 1, tunnels: 2, hasLeft: false });
  traffic.detach(front);
  expect(await traffic.dismiss(worker)).toEqual({
    requests,
    unawaited: [],
    count: 1,
    tunnels: 2,
    cut: 0,
    hasAnswered: false,
    isUnclear: false,
  });
});

test("traffic: a worker of which no front speaks has no load", () => {
  const traffic = new Traffic({ fronts: 1 }, new FakeClock());
  say(traffic, attach(traffic, 1), { pid: PID + 1 });
  expect(traffic.loadOf(PID)).toBeUndefined();
});

function attach(traffic: Traffic, number: number): Slot {
  const front = { number, send: () => {} } as unknown as Slot;
  traffic.attach(front);
  return front;
}

function say(traffic: Traffic, front: Slot, load: Partial<WorkerLoad>): void {
  const worker = { slot: 1, pid: PID, active: 0, requests: 0, idleMs: 0, ...load };
  const stats = { workers: [worker], groups: [] } as unknown as FrontStats;
  traffic.noteStats(front, stats);
}
