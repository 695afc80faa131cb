import { describe, expect, test } from "bun:test";
import { Deliveries } from "../../../src/front/answer/delivery.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import type { PaceSettings } from "../../../src/link/setups.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeClient, visitOf } from "../fakes.ts";

const TIMEOUT_MS = 1000;

/** An answer of which the client has yet to take so many bytes. */
function startDelivery(unsentBytes: number, pace?: PaceSettings, sentBytes = unsentBytes) {
  const fake = new FakeClient();
  const clock = new FakeClock();
  const ends: string[] = [];
  fake.client.answer(200, "OK", [], "body");
  fake.unsentBytes = unsentBytes;
  const deliveries = new Deliveries({ onDelivered: (_visit, cause) => void ends.push(cause ?? "taken") });
  const visit = visitOf(fake.client);
  visit.sentBytes = sentBytes;
  deliveries.add(visit, new ClientPace(clock, TIMEOUT_MS, pace));
  return { fake, clock, ends, deliveries };
}

describe("delivery", () => {
  test("a client that takes a little each time is cut when it is slower than the rate, whatever it took before", () => {
    const body = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 0 };
    const pace = { body, answer: { timeoutMs: TIMEOUT_MS, minRate: 131_072 } };
    const { fake, clock, ends } = startDelivery(100_000, pace, 1e12);
    // 262,144 bytes at the most are to its credit: two seconds beside the first one.
    for (const _ of Array(2)) {
      fake.unsentBytes -= 1;
      clock.advance(TIMEOUT_MS);
    }
    expect(ends).toEqual([]);
    for (const _ of Array(2)) {
      fake.unsentBytes -= 1;
      clock.advance(TIMEOUT_MS);
    }
    expect(ends).toEqual(["client_stalled"]);
  });

  test("it ends when the client has taken everything, and nothing falls due later", () => {
    const { fake, clock, ends } = startDelivery(100);
    clock.advance(TIMEOUT_MS - 1);
    expect(ends).toEqual([]);
    fake.take();
    clock.advance(10 * TIMEOUT_MS);
    expect(ends).toEqual(["taken"]);
  });

  test("a client that takes nothing for the socket timeout stands still", () => {
    const { clock, ends, fake } = startDelivery(100);
    clock.advance(TIMEOUT_MS);
    expect(ends).toEqual(["client_stalled"]);
    fake.client.settle();
    expect(ends).toEqual(["client_stalled"]);
  });

  test("a client that takes a little within each timeout is only slow, and stands still when it stops", () => {
    const { clock, ends, fake } = startDelivery(100);
    for (let left = 99; left > 90; left--) {
      fake.unsentBytes = left;
      clock.advance(TIMEOUT_MS);
    }
    expect(ends).toEqual([]);
    clock.advance(TIMEOUT_MS);
    expect(ends).toEqual(["client_stalled"]);
  });

  test("it ends with the connection", () => {
    const { ends, fake } = startDelivery(100);
    fake.client.settle();
    expect(ends).toEqual(["taken"]);
  });

  test("one that is abandoned ends with that cause, and once", () => {
    const { clock, ends, fake, deliveries } = startDelivery(100);
    deliveries.abandon("shutting_down");
    deliveries.abandon("shutting_down");
    fake.take();
    clock.advance(10 * TIMEOUT_MS);
    expect(ends).toEqual(["shutting_down"]);
  });
});
