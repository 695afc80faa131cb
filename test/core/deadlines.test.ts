import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Deadlines, type Due } from "../../src/core/deadlines.ts";
import { FakeClock } from "../support/fake-clock.ts";

const LENGTH_MS = 100;

/** An entry that writes its name and the instant when it falls due. */
class Entry implements Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  constructor(
    readonly name: string,
    readonly onDue: () => void,
  ) {}
}

function setUp() {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock, LENGTH_MS);
  const due: [string, number][] = [];
  const make = (name: string, act: () => void = () => {}) =>
    new Entry(name, () => {
      due.push([name, clock.now()]);
      act();
    });
  return { clock, deadlines, due, make };
}

describe("deadlines", () => {
  test("each entry falls due at its own instant, in the order of their touches", () => {
    const { clock, deadlines, due, make } = setUp();
    for (const name of ["a", "b", "c"]) {
      deadlines.touch(make(name));
      clock.advance(30);
    }
    clock.advance(1000);
    expect(due).toEqual([
      ["a", 100],
      ["b", 130],
      ["c", 160],
    ]);
  });

  test("a touch starts the time anew, to the millisecond", () => {
    const { clock, deadlines, due, make } = setUp();
    const entry = make("a");
    deadlines.touch(entry);
    clock.advance(99);
    deadlines.touch(entry);
    clock.advance(99);
    expect(due).toEqual([]);
    clock.advance(1);
    expect(due).toEqual([["a", 199]]);
  });

  test("a removed entry never falls due, and removing it again is nothing", () => {
    const { clock, deadlines, due, make } = setUp();
    const [a, b] = [make("a"), make("b")];
    deadlines.touch(a);
    deadlines.touch(b);
    deadlines.remove(a);
    deadlines.remove(a);
    deadlines.remove(make("never touched"));
    clock.advance(1000);
    expect(due).toEqual([["b", 100]]);
  });

  test("an entry is in one list at a time, and no list takes it from another by removing it", () => {
    const { clock, deadlines, due, make } = setUp();
    const longer = new Deadlines(clock, 3 * LENGTH_MS);
    const [a, b, c] = [make("a"), make("b"), make("c")];
    for (const entry of [a, b]) deadlines.touch(entry);
    longer.touch(c);
    deadlines.remove(c);
    longer.touch(a);
    clock.advance(2 * LENGTH_MS);
    expect(due).toEqual([["b", 100]]);
    clock.advance(2 * LENGTH_MS);
    expect(due.slice(1).map(([name]) => name)).toEqual(["c", "a"]);
  });

  test("all fall due at once where that is asked for, and nothing later", () => {
    const { clock, deadlines, due, make } = setUp();
    for (const name of ["a", "b"]) deadlines.touch(make(name));
    deadlines.endAll();
    clock.advance(1000);
    expect(due).toEqual([
      ["a", 0],
      ["b", 0],
    ]);
  });

  test("an entry that is touched while it falls due gets a whole new time", () => {
    const { clock, deadlines, due, make } = setUp();
    const entry: Entry = make("a", () => {
      if (due.length === 1) deadlines.touch(entry);
    });
    deadlines.touch(entry);
    clock.advance(1000);
    expect(due).toEqual([
      ["a", 100],
      ["a", 200],
    ]);
  });

  test("an entry may remove another one that is due at the same instant", () => {
    const { clock, deadlines, due, make } = setUp();
    const b = make("b");
    deadlines.touch(make("a", () => deadlines.remove(b)));
    deadlines.touch(b);
    clock.advance(1000);
    expect(due).toEqual([["a", 100]]);
  });

  test("ten thousand touches need one timer, and none is left when nothing has a deadline", () => {
    const { clock, deadlines, make } = setUp();
    const entries = Array.from({ length: 100 }, (_, n) => make(String(n)));
    for (let round = 0; round < 100; round++) for (const entry of entries) deadlines.touch(entry);
    expect(clock.pending()).toEqual([LENGTH_MS]);
    for (const entry of entries) deadlines.remove(entry);
    clock.advance(LENGTH_MS);
    expect(clock.pending()).toEqual([]);
  });

  test("whatever is touched and removed when, exactly the last touch counts", () => {
    const step = fc.record({
      entry: fc.nat(4),
      act: fc.constantFrom("touch", "touch", "remove"),
      ms: fc.nat(70),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, deadlines, due, make } = setUp();
        const entries = Array.from({ length: 5 }, (_, n) => make(String(n)));
        const dueAt = new Map<string, number>();
        const wanted: [string, number][] = [];
        const pass = (until: number) => {
          for (const [name, at] of [...dueAt].sort((a, b) => a[1] - b[1])) {
            if (at > until) continue;
            wanted.push([name, at]);
            dueAt.delete(name);
          }
        };
        for (const { entry: n, act, ms } of steps) {
          const entry = entries[n] as Entry;
          // Deleted first: a map keeps the place of a key that is set again, a list of deadlines does not.
          dueAt.delete(entry.name);
          if (act === "touch") {
            deadlines.touch(entry);
            dueAt.set(entry.name, clock.now() + LENGTH_MS);
          } else deadlines.remove(entry);
          clock.advance(ms);
          pass(clock.now());
        }
        clock.advance(LENGTH_MS);
        pass(clock.now());
        expect(due).toEqual(wanted);
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("those that were touched long enough ago can be ended before their time", () => {
    const { clock, deadlines, due, make } = setUp();
    for (const name of ["a", "b", "c"]) {
      deadlines.touch(make(name));
      clock.advance(10);
    }
    deadlines.endOlder(20);
    expect(due).toEqual([
      ["a", 30],
      ["b", 30],
    ]);
    deadlines.endOlder(0);
    expect(due).toHaveLength(3);
  });
});
