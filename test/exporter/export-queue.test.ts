import { describe, expect, test } from "bun:test";
import { ExportQueue } from "../../src/exporter/export-queue.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-pool.ts";

function setUp() {
  const clock = new FakeClock();
  const sent: { items: readonly number[]; answer(reason?: string): Promise<void> }[] = [];
  const outcomes: [count: number, reason: string | undefined][] = [];
  const queue = new ExportQueue<number>({
    ...{ clock, most: 10, batch: 4, gatherMs: 100, restMs: 1_000 },
    send: (items) =>
      new Promise((resolve) => {
        sent.push({
          items,
          answer(reason) {
            resolve(reason);
            return settle();
          },
        });
      }),
    onSent: (count, reason) => outcomes.push([count, reason]),
  });
  return { clock, sent, outcomes, queue, items: () => sent.map(({ items }) => items) };
}

describe("export queue", () => {
  test("the first one waits a while for others; a full batch waits for nothing", () => {
    const { clock, queue, items } = setUp();
    queue.add([1]);
    queue.add([2]);
    expect(items()).toEqual([]);
    clock.advance(100);
    expect(items()).toEqual([[1, 2]]);
    const full = setUp();
    full.queue.add([1, 2, 3, 4, 5]);
    expect(full.items()).toEqual([[1, 2, 3, 4]]);
  });

  test("one batch is on its way at a time, and what there is no room for is counted by who adds it", async () => {
    const { clock, queue, sent, items, outcomes } = setUp();
    expect(queue.add([1, 2, 3, 4])).toBe(0);
    expect(queue.add([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])).toBe(1);
    clock.advance(10_000);
    expect(items()).toHaveLength(1);
    await sent[0]?.answer();
    expect(items()).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    await sent[1]?.answer();
    await sent[2]?.answer();
    expect(outcomes).toEqual([
      [4, undefined],
      [4, undefined],
      [4, undefined],
    ]);
  });

  test("after a failure nothing is tried for a while; what failed is lost, what waits is not", async () => {
    const { clock, queue, sent, items, outcomes } = setUp();
    queue.add([1, 2, 3, 4, 5, 6, 7, 8]);
    await sent[0]?.answer("refused");
    queue.add([9]);
    clock.advance(999);
    expect(items()).toHaveLength(1);
    clock.advance(1);
    expect(items()[1]).toEqual([5, 6, 7, 8]);
    await sent[1]?.answer();
    expect(outcomes).toEqual([
      [4, "refused"],
      [4, undefined],
    ]);
    clock.advance(100);
    expect(items()[2]).toEqual([9]);
  });

  test("at the end all that waits goes at once; a collector that fails is not waited for", async () => {
    const { queue, sent, items } = setUp();
    await queue.flushed();
    queue.add([1, 2, 3, 4, 5, 6]);
    let isDone = false;
    void queue.flushed().then(() => {
      isDone = true;
    });
    await sent[0]?.answer();
    expect([items(), isDone]).toEqual([
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
      false,
    ]);
    await sent[1]?.answer();
    expect(isDone).toBe(true);
    queue.add([1, 2, 3, 4, 5]);
    await sent[2]?.answer("gone");
    await queue.flushed();
    expect(items()).toHaveLength(3);
  });
});
