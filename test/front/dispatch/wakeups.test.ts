import { expect, test } from "bun:test";
import type { RunningRequest } from "../../../src/front/dispatch/backends.ts";
import { Wakeups } from "../../../src/front/dispatch/wakeups.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("wakeups: while anybody waits for a place, those who are far behind with their bodies have had their time, and not after that", () => {
  const clock = new FakeClock();
  const ended: string[] = [];
  const asked: number[] = [];
  const behind: string[] = [];
  let waiting = 2;
  const requestOf = (name: string) =>
    ({ visit: { onBodySlow: () => ended.push(name) } }) as unknown as RunningRequest;
  const roster = {
    restMs: undefined,
    farBehind(most: number) {
      asked.push(most);
      return behind.splice(0).map(requestOf);
    },
  };
  const wakeups = new Wakeups({ clock, roster, waiting: () => waiting, look() {} });
  wakeups.hurryClients();
  wakeups.hurryClients();
  clock.advance(500);
  expect([asked, ended]).toEqual([[2], []]);
  behind.push("slow");
  clock.advance(500);
  expect(ended).toEqual(["slow"]);
  waiting = 0;
  clock.advance(5_000);
  expect([asked, clock.pending()]).toEqual([[2, 2, 0], []]);
  wakeups.hurryClients();
  wakeups.stop();
  expect(clock.pending()).toEqual([]);
});
