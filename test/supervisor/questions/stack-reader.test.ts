// A stack among the lines that a process prints, and what is made of it.
import { expect, test } from "bun:test";
import { describeStack, StackReader } from "../../../src/supervisor/questions/stack-reader.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";

const MARK = "0123456789abcdef0123456789abcdef";

function makeReader() {
  const seen = { signals: 0 };
  const reader = new StackReader(MARK, () => seen.signals++);
  return { reader, seen, clock: new FakeClock() };
}

test("stack reader: frames come in their order, without gw's own; what the app prints goes its way", async () => {
  const { reader, clock } = makeReader();
  const asked = reader.ask(clock, 1_000);
  expect(reader.take("hello")).toBe("hello");
  expect(reader.take(`half a line${MARK}check (/app.ts:3:5)`)).toBe("half a line");
  expect(reader.take(`${MARK}run (node:async_hooks:62:22)`)).toBeUndefined();
  expect(reader.take(`${MARK}fetch (/app.ts:9:1)`)).toBeUndefined();
  expect(reader.take(`${MARK}run (node:async_hooks:62:22)`)).toBeUndefined();
  expect(reader.take(`${MARK}run (/$bunfs/root/gw:1:2)`)).toBeUndefined();
  expect(reader.take(`${MARK}run (node:async_hooks:62:22)`)).toBeUndefined();
  expect(reader.take(`${MARK}onNodeHTTPRequest (node:_http_server:594:22)`)).toBeUndefined();
  expect(reader.take(MARK)).toBeUndefined();
  expect(await asked).toEqual([
    "check (/app.ts:3:5)",
    "run (node:async_hooks:62:22)",
    "fetch (/app.ts:9:1)",
    "onNodeHTTPRequest (node:_http_server:594:22)",
  ]);
});

test("stack reader: one that does not answer is asked again, and given up at the bound; a late answer is nobody's", async () => {
  const { reader, seen, clock } = makeReader();
  const asked = reader.ask(clock, 1_000);
  expect(seen.signals).toBe(1);
  reader.take(`${MARK}half (/app.ts:1:1)`);
  const signals: number[] = [];
  for (let i = 0; i < 4; i++) {
    clock.advance(250);
    await settle();
    signals.push(seen.signals);
  }
  expect(await asked).toBeUndefined();
  expect(signals).toEqual([2, 2, 3, 3]);
  expect(reader.take(`${MARK}late (/app.ts:1:1)`)).toBeUndefined();
  expect(reader.take(MARK)).toBeUndefined();
});

test("stack reader: what an earlier attempt has begun is not part of the next", async () => {
  const { reader, clock } = makeReader();
  const asked = reader.ask(clock, 1_000);
  reader.take(`${MARK}half (/app.ts:1:1)`);
  clock.advance(250);
  await settle();
  reader.take(`${MARK}whole (/app.ts:2:2)`);
  reader.take(MARK);
  expect(await asked).toEqual(["whole (/app.ts:2:2)"]);
});

test("stack reader: two who ask get one answer", async () => {
  const { reader, clock } = makeReader();
  const both = Promise.all([reader.ask(clock, 1_000), reader.ask(clock, 2_000)]);
  reader.take(`${MARK}check (/app.ts:3:5)`);
  reader.take(MARK);
  expect(await both).toEqual([["check (/app.ts:3:5)"], ["check (/app.ts:3:5)"]]);
});

test("stack reader: an answer without end is cut", async () => {
  const { reader, clock } = makeReader();
  const asked = reader.ask(clock, 1_000);
  for (let i = 0; i < 1_000; i++) reader.take(`${MARK}${"f".repeat(1_000)}`);
  reader.take(MARK);
  const frames = (await asked) ?? [];
  expect(frames.length).toBe(64);
  expect(frames[0]?.length).toBe(300);
});

test.each<[string[], string]>([
  [[], "none: its event loop waits"],
  [["check (/app.ts:3:5)", "fetch (/app.ts:9:1)"], "check (/app.ts:3:5) < fetch (/app.ts:9:1)"],
  [
    ["fib (/a.ts:2:7)", "fib (/a.ts:2:9)", "fib (/a.ts:2:7)", "fetch (/a.ts:9:1)"],
    "fib (/a.ts:2:7) and 2 more of it < fetch (/a.ts:9:1)",
  ],
  [
    Array.from({ length: 20 }, (_, i) => `f${i} (/a.ts:1:1)`),
    `${Array.from({ length: 12 }, (_, i) => `f${i} (/a.ts:1:1)`).join(" < ")} < …`,
  ],
])("stack reader: %j is told as %s", (frames, told) => {
  expect(describeStack(frames)).toBe(told);
});
