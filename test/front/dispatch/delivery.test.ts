import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { Deliveries } from "../../../src/front/dispatch/delivery.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeClient, visitOf } from "../fakes.ts";

const TIMEOUT_MS = 1000;

/** An answer of which the client has yet to take so many bytes. */
function startDelivery(unsentBytes: number) {
  const fake = new FakeClient();
  const clock = new FakeClock();
  const ends: string[] = [];
  fake.client.answer(200, "OK", [], "body");
  fake.unsentBytes = unsentBytes;
  const deliveries = new Deliveries({ onDelivered: (_visit, cause) => void ends.push(cause ?? "taken") });
  deliveries.add(visitOf(fake.client), new Deadlines(clock, TIMEOUT_MS));
  return { fake, clock, ends, deliveries };
}

describe("delivery", () => {
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
