import { expect, test } from "bun:test";
import { EventDeliveries } from "../../src/notifier/deliveries.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-pool.ts";

/** `way`: what becomes of each; it waits for its turn to be settled by hand without one. */
function setUp(way?: () => Promise<void>) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const begun: { text: string; done: PromiseWithResolvers<void> }[] = [];
  const deliver = (text: string, signal: AbortSignal) => {
    const done = Promise.withResolvers<void>();
    begun.push({ text, done });
    signal.addEventListener("abort", () => done.reject(new Error("aborted")));
    return way ? way() : done.promise;
  };
  const deliveries = new EventDeliveries({ clock, log, deadlineMs: 10_000, deliver });
  return { clock, lines, begun, deliveries };
}

test("deliveries: one after the other, in their order", async () => {
  const { deliveries, begun } = setUp();
  for (const text of ["a", "b"]) deliveries.add("crash", text);
  await settle();
  expect(begun.map(({ text }) => text)).toEqual(["a"]);
  begun[0]?.done.resolve();
  await settle();
  expect(begun.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("deliveries: one that takes too long is given up, told of, and the next one has its turn", async () => {
  const { deliveries, begun, clock, lines } = setUp();
  for (const text of ["a", "b"]) deliveries.add("crash", text);
  await settle();
  clock.advance(10_000);
  await settle();
  expect(begun).toHaveLength(2);
  expect(lines.map(({ level, text, fields }) => [level, text, fields])).toEqual([
    [
      "warn",
      "an event could not be told",
      { event: "crash", why: "it took longer than 10 s, or gw is stopping" },
    ],
  ]);
});

test("deliveries: a failure is told of with its reason", async () => {
  const { deliveries, lines } = setUp(() => Promise.reject(new Error("exit code 3")));
  deliveries.add("crash", "a");
  await settle();
  expect(lines[0]?.fields).toEqual({ event: "crash", why: "exit code 3" });
});

test("deliveries: of very many the newest are kept, and that others were dropped is told", async () => {
  const { deliveries, begun, lines } = setUp();
  for (let n = 0; n < 100; n++) deliveries.add("crash", `event ${n}`);
  for (let n = 0; n < 33; n++) {
    await settle();
    begun[n]?.done.resolve();
  }
  await settle();
  expect([begun.length, begun[1]?.text, begun.at(-1)?.text]).toEqual([33, "event 68", "event 99"]);
  expect(lines.find(({ level }) => level === "warn")?.fields).toEqual({ count: 67 });
});

test("deliveries: at the end what is on its way has a moment, and nothing else begins", async () => {
  const { deliveries, begun, clock } = setUp();
  for (const text of ["a", "b"]) deliveries.add("crash", text);
  await settle();
  const closed = deliveries.close(2_000);
  clock.advance(2_000);
  await closed;
  expect(begun).toHaveLength(1);
});
