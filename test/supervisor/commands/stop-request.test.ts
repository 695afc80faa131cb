// When a signal stops gw, and when it stops it at once.
import { expect, test } from "bun:test";
import { StopRequest } from "../../../src/supervisor/commands/stop-request.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";

function setUp() {
  const clock = new FakeClock();
  const stop = new StopRequest(clock);
  const told: string[] = [];
  void stop.asked.then((by) => told.push(`asked ${by}`));
  void stop.hurried.then((by) => told.push(`hurried ${by}`));
  return { clock, stop, told };
}

test("stop request: echoes of the first signal within half a second are no haste; a later one is", async () => {
  const { clock, stop, told } = setUp();
  clock.advance(1_000_000);
  for (const ms of [0, 3, 200, 296]) {
    clock.advance(ms);
    stop.ask("SIGINT");
  }
  await settle();
  expect(told).toEqual(["asked SIGINT"]);
  clock.advance(1);
  stop.ask("SIGTERM");
  await settle();
  expect(told).toEqual(["asked SIGINT", "hurried SIGTERM"]);
});

test("stop request: whoever says so is hurried at once", async () => {
  const { stop, told } = setUp();
  stop.ask("gw stop");
  stop.hurry("gw stop --now");
  await settle();
  expect(told).toEqual(["asked gw stop", "hurried gw stop --now"]);
});
