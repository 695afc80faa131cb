// Which processes are an app's.
import { describe, expect, test } from "bun:test";
import type { Process } from "../../../src/os/operating-system.ts";
import { leftOf, nameAll } from "../../../src/supervisor/offspring/kin.ts";

const WORKER = 100;

/** A process of its own session and group, below process 1, unless something else is said. */
function made(pid: number, given: Partial<Process> = {}): Process {
  return {
    pid,
    parent: 1,
    group: pid,
    session: pid,
    startedAt: pid * 10,
    isZombie: false,
    name: "x",
    ...given,
  };
}

const left = (known: [number, number][], all: Process[], spares = false) =>
  leftOf(WORKER, new Map(known), all, spares).map(({ pid }) => pid);

describe("kin", () => {
  test("what is in the worker's session or group, what was seen below it, and what those have below them", () => {
    const all = [
      made(1, { parent: 0 }),
      made(2),
      made(101, { session: WORKER, group: WORKER }),
      made(102, { session: WORKER, group: 102 }),
      made(103, { group: WORKER }),
      made(104),
      made(105, { parent: 104 }),
      made(106, { parent: 105 }),
      made(107, { parent: 2 }),
    ];
    expect(left([[104, 1040]], all)).toEqual([101, 102, 103, 104, 105, 106]);
  });

  test("another process that has the pid of one that was seen is nobody's, and neither is what it has below it", () => {
    expect(left([[104, 7]], [made(104), made(105, { parent: 104 })])).toEqual([]);
  });

  test("a session that one of them has begun is theirs, also when that one has ended; not when it is another's by now", () => {
    const all = [made(105, { session: 104 }), made(106, { session: 104, parent: 105 })];
    expect(left([[104, 1040]], all)).toEqual([105, 106]);
    expect(left([[104, 1040]], [...all, made(104, { isZombie: true })])).toEqual([105, 106]);
    expect(left([[104, 7]], [...all, made(104)])).toEqual([]);
  });

  test("the worker itself, and what has ended, is not left", () => {
    const all = [made(WORKER, { isZombie: true }), made(101, { session: WORKER, isZombie: true })];
    expect(left([], all)).toEqual([]);
    // What has ended may still have something below it.
    expect(left([], [...all, made(102, { parent: 101 })])).toEqual([102]);
  });

  test("what is spared is what has a session of its own, with all that is in there", () => {
    const all = [
      made(101, { session: WORKER }),
      made(104),
      made(105, { parent: 104, session: 104 }),
      made(106, { parent: 101, session: 106 }),
    ];
    expect(left([[104, 1040]], all, true)).toEqual([101]);
  });

  test("ten are named, and the others counted", () => {
    const many = Array.from({ length: 12 }, (_, index) => made(index, { name: "node" }));
    expect(nameAll(many.slice(3, 5))).toBe("node 3, node 4");
    expect(nameAll(many)).toEndWith(", node 9 and 2 more");
  });
});
