// Processes that have ended, and who takes them away.
import { expect, test } from "bun:test";
import { reapStrangers } from "../../../src/supervisor/offspring/reaper.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("reaper: strangers are taken away each second; what the runtime has started is left to the runtime", () => {
  const clock = new FakeClock();
  const ended = [7, 8, 100, 9];
  const reaped: number[] = [];
  reapStrangers({
    clock,
    isOurs: (pid) => pid === 100,
    findEnded: () => ({ ok: true, value: ended[0] ?? 0 }),
    reap(pid) {
      reaped.push(pid);
      return { ok: true, value: ended.shift() === pid };
    },
  });
  expect(reaped).toEqual([7, 8]);
  clock.advance(3_000);
  expect(reaped).toEqual([7, 8]);
  // The runtime has waited for its own.
  ended.shift();
  clock.advance(1_000);
  expect(reaped).toEqual([7, 8, 9]);
});

test("reaper: where the system has no such call, or does not give it away, it goes on without", () => {
  const clock = new FakeClock();
  let asked = 0;
  const findEnded = () => {
    asked++;
    return { ok: true as const, value: 7 };
  };
  reapStrangers({ clock, isOurs: () => false, findEnded, reap: () => ({ ok: false, reason: "none" }) });
  clock.advance(2_000);
  expect(asked).toBe(3);
});
