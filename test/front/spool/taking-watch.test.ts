import { describe, expect, test } from "bun:test";
import { TakingWatch } from "../../../src/front/spool/taking-watch.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const body = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 0 };
  const pace = new ClientPace(clock, 60_000, { body, answer: { timeoutMs: 1_000, minRate: 100 } });
  const client = { takes: false, tooSlow: 0 };
  const watch = new TakingWatch(pace, {
    hasTakenSome: () => client.takes,
    onTooSlow: () => void client.tooSlow++,
  });
  return { clock, client, watch };
}

describe("taking watch", () => {
  test("a client that takes nothing for as long as it may is told of", () => {
    const { clock, client, watch } = setUp();
    watch.hold(0);
    clock.advance(999);
    expect(client.tooSlow).toBe(0);
    clock.advance(1);
    expect(client.tooSlow).toBe(1);
  });

  test("one that takes some, and too little for its time, as well", () => {
    const { clock, client, watch } = setUp();
    client.takes = true;
    watch.hold(0);
    clock.advance(900);
    watch.release();
    watch.hold(50);
    // The second at the beginning, and half of one for its bytes.
    clock.advance(500);
    expect(client.tooSlow).toBe(0);
    clock.advance(200);
    watch.release();
    expect(client.tooSlow).toBe(1);
  });

  test("one that is fast enough is not, however long it goes on, nor is one that waits itself", () => {
    const { clock, client, watch } = setUp();
    client.takes = true;
    for (let given = 0; given < 10_000; given += 100) {
      watch.hold(given);
      clock.advance(900);
      watch.release();
    }
    clock.advance(60_000);
    expect(client.tooSlow).toBe(0);
  });

  test("nobody is told of once it has stopped", () => {
    const { clock, client, watch } = setUp();
    watch.hold(0);
    watch.stop();
    clock.advance(60_000);
    expect(client.tooSlow).toBe(0);
  });
});
