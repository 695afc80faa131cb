import { describe, expect, test } from "bun:test";
import { beginRun, type Run } from "../../../src/supervisor/child/run.ts";
import type { SlotState } from "../../../src/supervisor/child/slot-machine.ts";
import { hearWish } from "../../../src/supervisor/child/wish.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A child in this state says that it was told to leave. */
function hear(state: SlotState, reason: "shutdown_signal" | "eviction_signal") {
  const clock = new FakeClock();
  const did: string[] = [];
  const wisher = {
    state,
    run: beginRun(0, 0) as Run | undefined,
    setup: { shutdownTimeoutMs: 1_000 },
    send: ({ type }: { type: string }) => void did.push(type),
  };
  const say = () =>
    hearWish(
      wisher,
      { type: "leaving", reason },
      {
        clock,
        drain: (withinMs) => did.push(`drain ${withinMs}`),
        grant: () => did.push("grant"),
      },
    );
  say();
  return { clock, did, wisher };
}

describe("a child's wish to leave", () => {
  test.each([
    ["ready", ["stay", "grant"]],
    ["draining", ["stay", "grant"]],
    // It serves nobody: nothing is to be waited for, and it leaves before it would be killed.
    ["greeting", ["stay", "drain 900"]],
    ["loading", ["stay", "drain 900"]],
    // It is about to leave, and its app's own code runs: that has its time.
    ["parting", ["stay"]],
    // It was gw's own signal.
    ["stopping", ["drain 900"]],
  ] as [SlotState, string[]][])("%s, after somebody's SIGUSR1: answered at once", (state, did) => {
    const set = hear(state, "eviction_signal");
    expect(set.did).toEqual(did);
    set.clock.advance(10_000);
    expect(set.did).toEqual(did);
  });

  test("after somebody's SIGTERM it serves on for as long as gw's own may take to come", () => {
    const { did, clock } = hear("ready", "shutdown_signal");
    clock.advance(249);
    expect(did).toEqual(["stay"]);
    clock.advance(1);
    expect(did).toEqual(["stay", "grant"]);
  });

  test("what it is then decides, not what it was", () => {
    const { did, clock, wisher } = hear("ready", "shutdown_signal");
    wisher.state = "parting";
    clock.advance(250);
    expect(did).toEqual(["stay"]);
  });

  test("another process in its place has said nothing", () => {
    const { did, clock, wisher } = hear("ready", "shutdown_signal");
    wisher.run = beginRun(100, 0);
    clock.advance(250);
    expect(did).toEqual(["stay"]);
  });

  test("gw's own signal is not waited for", () => {
    expect(hear("stopping", "shutdown_signal").did).toEqual(["drain 900"]);
  });
});
