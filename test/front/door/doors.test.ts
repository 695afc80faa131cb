// Several doors as one: counted together, told together, opened one after the other.
import { expect, test } from "bun:test";
import type { Door } from "../../../src/front/door/door.ts";
import { Doors } from "../../../src/front/door/doors.ts";

function setUp() {
  const acts: string[] = [];
  const counted: number[] = [];
  const doors = new Doors({ count: (connections) => counted.push(connections) });
  const make = (name: string, port: number, listen: () => Promise<number>) => {
    const note = (what: string) => () => void acts.push(`${name} ${what}`);
    const door = {
      connections: 0,
      accepted: 0,
      listen,
      closeBeyond: note("most"),
      endConnections: note("end"),
    };
    const whole = { ...door, drain: note("drain"), closeIdle: note("idle") };
    doors.add(whole satisfies Door, { host: "::", port, isTls: false });
    return whole;
  };
  return { acts, counted, doors, make };
}

test("doors: connections are counted together, whichever door tells", async () => {
  const { doors, counted, make } = setUp();
  const [plain, secure] = [make("plain", 80, async () => 80), make("secure", 443, async () => 443)];
  Object.assign(plain, { connections: 2, accepted: 5 });
  doors.counter.count(2);
  Object.assign(secure, { connections: 3, accepted: 4 });
  doors.counter.count(3);
  expect([counted, doors.connections, doors.accepted]).toEqual([[2, 5], 5, 9]);
  expect(await doors.listen()).toBe(80);
});

test("doors: what is said to one is said to all", () => {
  const { doors, acts, make } = setUp();
  for (const name of ["a", "b"]) make(name, 1, async () => 1);
  doors.closeBeyond(9);
  doors.endConnections(() => true);
  doors.closeIdle();
  doors.drain();
  const words = ["most", "end", "idle", "drain"];
  expect(acts).toEqual(words.flatMap((word) => [`a ${word}`, `b ${word}`]));
});

test("doors: the place of the one that cannot be opened is known", async () => {
  const { doors, make } = setUp();
  make("plain", 80, async () => 80);
  make("secure", 443, () => Promise.reject(new Error("taken")));
  await expect(doors.listen()).rejects.toThrow("taken");
  expect(doors.opening).toEqual({ host: "::", port: 443, isTls: false });
});
