import { expect, test } from "bun:test";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const body = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 500 };

test("client pace: without settings there is the socket timeout, and nothing else", () => {
  const pace = new ClientPace(new FakeClock(), 7000, undefined);
  expect([pace.taking.lengthMs, pace.newBody(), pace.hold(undefined, 1e9)]).toEqual([
    7000,
    undefined,
    undefined,
  ]);
});

test("client pace: what has no limit is not counted", () => {
  const pace = new ClientPace(new FakeClock(), 7000, { body, answer: { timeoutMs: 3000, minRate: 0 } });
  expect([pace.taking.lengthMs, pace.newBody(), pace.hold(undefined, 1)]).toEqual([
    3000,
    undefined,
    undefined,
  ]);
});

test("client pace: what was given before an answer was first held up is not to its client's credit", () => {
  const clock = new FakeClock();
  const pace = new ClientPace(clock, 7000, { body, answer: { timeoutMs: 1000, minRate: 100 } });
  const first = pace.hold(undefined, 1_000_000);
  clock.advance(900);
  expect(first?.release()).toBe(false);
  // A worker that takes its time is not the client's fault.
  clock.advance(1_000_000);
  const second = pace.hold(first, 1_000_050);
  clock.advance(600);
  expect(second?.isTooSlow).toBe(false);
  clock.advance(1);
  expect(second?.release()).toBe(true);
});
