import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Lanes } from "../../../src/front/queue/lanes.ts";

const [HIGH, NORMAL, LOW] = [0, 1, 2];
type One = { lane: number; queuedAt: number; name: string };

function setUp(lateMs = Number.POSITIVE_INFINITY) {
  let now = 0;
  const lanes = new Lanes<One>((since) => now - since >= lateMs);
  const add = (name: string, lane = NORMAL, isNext = false) => {
    const one = { name, lane, queuedAt: now };
    lanes.add(one, isNext);
    return one;
  };
  const take = () => {
    const one = lanes.first;
    if (one) lanes.remove(one, true);
    return one?.name;
  };
  return { lanes, add, take, wait: (ms: number) => (now += ms) };
}

const all = (take: () => string | undefined) => {
  const names: string[] = [];
  for (let name = take(); name !== undefined; name = take()) names.push(name);
  return names.join(" ");
};

describe("lanes: order", () => {
  test("the oldest, and the newest while the oldest is late", () => {
    const { add, take, wait } = setUp(100);
    for (const name of ["a", "b", "c"]) add(name);
    expect(take()).toBe("a");
    wait(100);
    add("d");
    expect([take(), take()]).toEqual(["d", "c"]);
    add("e");
    expect(all(take)).toBe("e b");
  });

  test("once nobody is late it is the oldest again", () => {
    const { add, take, wait, lanes } = setUp(100);
    const a = add("a");
    wait(100);
    for (const name of ["b", "c"]) add(name);
    lanes.remove(a, false);
    expect(all(take)).toBe("b c");
  });

  test("one that comes back is next, whichever end that is", () => {
    const early = setUp(100);
    for (const name of ["a", "b"]) early.add(name);
    early.add("again", NORMAL, true);
    expect(all(early.take)).toBe("again a b");
    const late = setUp(100);
    late.add("a");
    late.wait(100);
    late.add("b");
    late.add("again", NORMAL, true);
    expect(all(late.take)).toBe("again b a");
  });

  test("lanes have turns by their weight, and one that was empty has saved up none", () => {
    const { add, take } = setUp();
    for (let n = 0; n < 40; n++) add("h", HIGH);
    for (let n = 0; n < 12; n++) add("n", NORMAL);
    const first = Array.from({ length: 40 }, take).join("");
    for (let n = 0; n < 40; n++) add("l", LOW);
    const then = Array.from({ length: 12 }, take).join("");
    expect([first.match(/h/g)?.length, first.match(/n/g)?.length]).toEqual([32, 8]);
    expect(then).not.toContain("ll");
    expect(then.match(/[hn]/g)?.length).toBeGreaterThanOrEqual(10);
  });

  test("nobody starves: of any 21 turns each lane with somebody in it has one", () => {
    const mix = fc.array(fc.constantFrom(HIGH, NORMAL, LOW), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(mix, { minLength: 30, maxLength: 120 }), (rounds) => {
        const { lanes, add, take } = setUp();
        const since = [0, 0, 0];
        for (const round of rounds) {
          for (const lane of round) add(String(lane), lane);
          const waiting = new Set(lanes.all.map(({ lane }) => lane));
          const had = Number(take());
          for (const lane of waiting) since[lane] = (since[lane] ?? 0) + 1;
          since[had] = 0;
          for (const count of since) expect(count).toBeLessThan(21 + 1);
        }
      }),
    );
  });

  test("where the first one has to be one that fits, it is the first in that order", () => {
    const { lanes, add, wait } = setUp(100);
    for (const name of ["a", "b"]) add(name);
    add("c", HIGH);
    const find = (...names: string[]) =>
      lanes.find(({ name }) => (names.includes(name) ? name : undefined))?.found;
    expect([find("a", "b", "c"), find("a", "b"), find("x")]).toEqual(["c", "a", undefined]);
    wait(100);
    expect(find("a", "b")).toBe("b");
  });
});

describe("lanes: who makes way", () => {
  test("among equals the newcomer; where the oldest is late, that one", () => {
    const { lanes, add, wait } = setUp(100);
    for (const name of ["a", "b"]) add(name);
    expect(lanes.victimFor(NORMAL, 2)).toBeUndefined();
    wait(100);
    expect(lanes.victimFor(NORMAL, 2)?.name).toBe("a");
  });

  test("a low one for any other, the last that came", () => {
    const { lanes, add } = setUp();
    for (let n = 0; n < 8; n++) add(`n${n}`);
    for (let n = 0; n < 3; n++) add(`l${n}`, LOW);
    expect(lanes.victimFor(HIGH, 11)?.name).toBe("l2");
    expect(lanes.victimFor(NORMAL, 11)?.name).toBe("l2");
    expect(lanes.victimFor(LOW, 11)).toBeUndefined();
  });

  test("room for nobody is room for nobody", () => {
    expect([HIGH, NORMAL, LOW].map((lane) => setUp().lanes.victimFor(lane, 0))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("there are never more than fit, and each lane keeps its part of the room", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 60 }),
        fc.constantFrom(0, Number.POSITIVE_INFINITY),
        fc.array(fc.constantFrom(HIGH, NORMAL, LOW), { maxLength: 200 }),
        (most, lateMs, arrivals) => {
          const { lanes, add } = setUp(lateMs);
          const counts = () =>
            [HIGH, NORMAL, LOW].map((at) => lanes.all.filter(({ lane }) => lane === at).length);
          const came = [0, 0, 0];
          for (const lane of arrivals) {
            came[lane] = (came[lane] ?? 0) + 1;
            const before = counts();
            if (lanes.length < most) add("x", lane);
            else {
              const victim = lanes.victimFor(lane, most);
              if (victim) {
                lanes.remove(victim, false);
                add("x", lane);
                // Nobody makes way for one that matters less, but out of what is beyond its own part.
                expect(before[victim.lane]).toBeGreaterThan(
                  Math.floor((most * ([16, 4, 1][victim.lane] ?? 0)) / 21) - 2,
                );
              }
            }
            expect(lanes.length).toBeLessThanOrEqual(most);
          }
          for (const [lane, count] of counts().entries())
            expect(count).toBeGreaterThanOrEqual(Math.min(came[lane] ?? 0, lane === LOW ? 1 : 0));
        },
      ),
    );
  });
});
