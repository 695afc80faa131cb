import { describe, expect, test } from "bun:test";
import { BOUNDS_MS } from "../../../src/link/figures.ts";
import { HistoryBook } from "../../../src/supervisor/telling/history.ts";

const CALM = { capacity: 0, queued: 0, oldestMs: 0 };
const countsAt = (at: number, count: number) => BOUNDS_MS.map((_, i) => (i === at ? count : 0)).concat(0);
const totals = (requests: number, errors = 0, counts?: number[]) => ({
  requests,
  errors,
  latency: counts && { counts, sumMs: 0 },
});

describe("history", () => {
  test("a point says what happened since the one before", () => {
    const book = new HistoryBook();
    book.turn(0, totals(10, 1, countsAt(0, 10)));
    expect(book.history.points).toEqual([]);
    book.glance({ capacity: 0.5, queued: 3, oldestMs: 40 });
    book.glance({ capacity: 0.2, queued: 7, oldestMs: 10 });
    const counts = countsAt(0, 10);
    counts[3] = 50;
    book.turn(5_000, totals(60, 11, counts));
    expect(book.history.points).toEqual([
      {
        ...{ atMs: 5_000, capacity: 0.5, queued: 7, oldestMs: 40, requests: 10, errors: 2 },
        latency: { p50: 3.75, p95: 4.875, p99: 4.975 },
      },
    ]);
  });

  test("nothing happened: zero, and no latency", () => {
    const book = new HistoryBook();
    book.turn(0, totals(5, 0, countsAt(1, 5)));
    book.glance(CALM);
    book.turn(5_000, totals(5, 0, countsAt(1, 5)));
    expect(book.history.points).toEqual([{ atMs: 5_000, ...CALM, requests: 0, errors: 0, latency: null }]);
  });

  test("what nobody knows in embedded mode is null, and not nothing", () => {
    const book = new HistoryBook();
    const unknown = { capacity: null, queued: null, oldestMs: null };
    for (const at of [0, 5_000]) {
      book.glance(unknown);
      book.turn(at, { requests: at / 100, errors: null, latency: undefined });
    }
    expect(book.history.points).toEqual([
      { atMs: 5_000, ...unknown, requests: 10, errors: null, latency: null },
    ]);
  });

  test("a count that a process took with it is no negative rate, and a clock that jumps back no point", () => {
    const book = new HistoryBook();
    book.turn(5_000, totals(100));
    book.turn(10_000, totals(40));
    book.turn(7_000, totals(50));
    book.turn(12_000, totals(100));
    expect(book.history.points.map(({ requests }) => requests)).toEqual([0, 10]);
  });

  test("ten minutes and no more", () => {
    const book = new HistoryBook();
    for (let at = 0; at < 200; at++) book.turn(at * 5_000, totals(at));
    const { points, stepMs } = book.history;
    expect([points.length * stepMs, points.at(-1)?.atMs]).toEqual([600_000, 199 * 5_000]);
  });
});
