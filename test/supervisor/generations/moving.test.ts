// New connections move bit by bit, and back at once when the new side is lost.
import { expect, test } from "bun:test";
import { ease, leadTo } from "../../../src/supervisor/generations/moving.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** What follows at once upon what has happened has happened. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

function setUp() {
  const clock = new FakeClock();
  const did: string[] = [];
  const old = { has: () => false, steer: async () => undefined };
  const next = { has: () => false, steer: async () => undefined };
  const nameOf = (set: object) => (set === old ? "old" : "new");
  let isClosed = false;
  const moving = {
    clock,
    isClosed: () => isClosed,
    steering: {
      hold: async (set: object) => void did.push(`hold ${nameOf(set)}`),
      aim: async (set: object) => void did.push(`aim ${nameOf(set)}`),
      share: async (_old: object, _next: object, eighths: number) => void did.push(`share ${eighths}`),
    },
  };
  const close = () => {
    isClosed = true;
  };
  return { clock, did, old, next, moving, close };
}

const end = async () => {};
const never = new Promise<never>(() => {});

test("moving: an eighth, a quarter, half, and all", async () => {
  const { clock, did, old, next, moving } = setUp();
  const done = ease(old, next, moving);
  for (let n = 0; n < 3; n++) {
    await turns();
    clock.advance(100);
  }
  await done;
  expect(did).toEqual(["share 1", "share 2", "share 4", "aim new"]);
});

test("moving: the old ones hold everything while the new ones come up, and get it back when those do not", async () => {
  const { did, old, next, moving } = setUp();
  const begin = () => Promise.reject(new Error("no"));
  await expect(leadTo(next, old, { begin, end, whenLost: never }, moving)).rejects.toThrow("no");
  expect(did).toEqual(["hold old", "aim old"]);
});

test("moving: all goes back where nobody else can be told of it", async () => {
  const { clock, did, old, next, moving } = setUp();
  const untold = () => Promise.reject(new Error("untold"));
  const moved = leadTo(next, old, { begin: end, end: untold, whenLost: never }, moving);
  const failed = moved.catch((error) => error.message);
  for (let n = 0; n < 3; n++) {
    await turns();
    clock.advance(100);
  }
  expect(await failed).toBe("untold");
  expect(did.slice(-2)).toEqual(["aim new", "aim old"]);
});

test("moving: lost half-way, all goes back; where gw stops, nothing moves any more", async () => {
  const { did, old, next, moving, close } = setUp();
  const lost = Promise.withResolvers<never>();
  const moved = leadTo(next, old, { begin: end, end, whenLost: lost.promise }, moving);
  lost.reject(new Error("lost"));
  await expect(moved).rejects.toThrow("lost");
  expect(did.at(-1)).toBe("aim old");
  close();
  did.length = 0;
  await ease(old, next, moving);
  expect(did).toEqual([]);
});
