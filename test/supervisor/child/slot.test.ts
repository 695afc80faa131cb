import { describe, expect, test } from "bun:test";
import { PROTOCOL, type ToChild } from "../../../src/link/messages.ts";
import { type Rest, WORKER_RESTS } from "../../../src/supervisor/child/policy.ts";
import type { Report } from "../../../src/supervisor/child/report.ts";
import type { Run } from "../../../src/supervisor/child/run.ts";
import { type News, Slot } from "../../../src/supervisor/child/slot.ts";
import type { SlotSetup } from "../../../src/supervisor/child/slot-setup.ts";
import type { Child, ChildEvents, Launch, ProcessEnding } from "../../../src/supervisor/child/spawn.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const SETUP: SlotSetup = {
  name: "worker 1",
  role: "worker",
  dress: { env: {} },
  cwd: "/",
  rests: WORKER_RESTS,
  startupTimeoutMs: 15_000,
  drainTimeoutMs: 10_000,
  shutdownTimeoutMs: 5_000,
  configure: () => ({ type: "backends", backends: [], paused: [] }),
};
const HELLO = { type: "hello", protocol: PROTOCOL, role: "worker", pid: 100, version: "1" };

/** A slot on a clock that stands still, over children that are only said to exist. */
function makeSlot(setup: Partial<SlotSetup> = {}) {
  const clock = new FakeClock();
  const { log, texts } = captureLog();
  const children: { listener: ChildEvents; did: (string | ToChild["type"])[] }[] = [];
  const news: string[] = [];
  const reports: Report[] = [];
  const rests: Rest[] = [];
  const gone: (ProcessEnding | undefined)[] = [];
  const turnMs: (number | undefined)[] = [];
  const launch: Launch = (_order, listener) => {
    const did: string[] = [];
    children.push({ listener, did });
    const child: Child = {
      pid: 99 + children.length,
      send: ({ type }) => did.push(type),
      signal: (name) => did.push(name),
    };
    return child;
  };
  const owner = {
    onReady: () => void news.push("ready"),
    onReport: (_slot: Slot, report: Report) => void reports.push(report),
    onRest: (_slot: Slot, rest: Rest) => void rests.push(rest),
    onGone: (_slot: Slot, run: Run | undefined) => void gone.push(run?.ending),
  };
  const employer = {
    hear: (_slot: Slot, { type }: News) => void news.push(type),
    onWithdrawn: () => void news.push("withdrawn"),
    get succession() {
      return turnMs.length > 0 ? { turnAfter: async () => turnMs.shift() } : undefined;
    },
  };
  const tools = { clock, log, random: () => 0.5, launch, print: () => {} };
  const slot = new Slot(1, { ...SETUP, ...setup }, owner, employer, tools);
  const say = (...messages: unknown[]) => {
    for (const message of messages) children.at(-1)!.listener.onMessage(message);
  };
  const exit = (ending = { code: 0 as number | null, signal: null as string | null }) =>
    children.at(-1)!.listener.onExit(ending);
  return { slot, clock, texts, children, news, reports, rests, turnMs, gone, say, exit };
}

function errorOf(report: Report | undefined): string {
  return report && "error" in report ? report.error.message : `no error: ${JSON.stringify(report)}`;
}

describe("slot: a start", () => {
  test("goes from spawn over hello and configure to ready, and the deadline is off then", () => {
    const { slot, clock, children, news, say } = makeSlot();
    slot.start();
    expect(slot.state).toBe("greeting");
    say(HELLO);
    expect(children[0]!.did).toEqual(["backends"]);
    say({ type: "step", step: "load" }, { type: "ready", kind: "fetch" });
    expect({ state: slot.state, news, pending: clock.pending() }).toEqual({
      state: "ready",
      news: ["ready"],
      pending: [],
    });
  });

  test("what it was ready with is what it said first: an app that speaks on the channel changes nothing", () => {
    const { slot, say } = makeSlot();
    slot.start();
    say(HELLO, { type: "ready", limits: { core: 0 } }, { type: "ready", limits: { core: 1 } });
    expect(slot.run?.ready?.limits).toEqual({ core: 0 });
  });

  test("that takes longer than the startup timeout is killed, named by its step, and tried again", () => {
    const { slot, clock, children, reports, rests, say, exit } = makeSlot();
    slot.start();
    say(HELLO, { type: "step", step: "load" });
    clock.advance(15_000);
    expect(errorOf(reports[0])).toBe(
      "The app was not ready 15 s after its worker was started; it was still in step: load",
    );
    expect(children[0]!.did.at(-1)).toBe("SIGKILL");
    exit({ code: null, signal: "SIGKILL" });
    expect(rests).toEqual([{ quickDeaths: 1, restMs: 1_000, isCrashLoop: false }]);
    clock.advance(1_000);
    expect(children.length).toBe(2);
  });

  test("that ends by itself is named by its step and how it ended", () => {
    const { slot, reports, say, exit } = makeSlot();
    slot.start();
    say(HELLO, { type: "step", step: "load" });
    exit({ code: 3, signal: null });
    expect(errorOf(reports[0])).toBe("The worker ended while starting the app, in step load: exit code 3");
  });

  test("that cannot even be configured ends its process, and the slot goes on with the next", () => {
    let tries = 0;
    const { slot, clock, children, texts, say, exit } = makeSlot({
      configure() {
        if (++tries === 1) throw new Error("EISDIR: w1.sock is a directory");
        return { type: "backends", backends: [], paused: [] };
      },
    });
    slot.start();
    say(HELLO);
    expect(texts().join()).toContain("worker 1 could not configure: EISDIR");
    expect(children[0]!.did).toEqual(["SIGKILL"]);
    exit({ code: null, signal: "SIGKILL" });
    clock.advance(1_000);
    say(HELLO, { type: "ready", kind: "fetch" });
    expect(slot.state).toBe("ready");
  });

  test("that the child calls failed is reported with the child's own words", () => {
    const { slot, clock, children, reports, say } = makeSlot();
    slot.start();
    say(HELLO, {
      type: "failed",
      cause: "app_load_failed",
      facts: { reason: "no such thing" },
      step: "load",
      detail: "app.ts:1:1",
    });
    expect(errorOf(reports[0])).toBe("The app could not be loaded: no such thing");
    expect(reports[0] && "error" in reports[0] && reports[0].error.detail).toBe("app.ts:1:1");
    clock.advance(5_000);
    expect(children[0]!.did.at(-1)).toBe("SIGKILL");
  });

  test("of a child with another protocol is refused by name", () => {
    const { slot, reports, children, say } = makeSlot();
    slot.start();
    say({ ...HELLO, protocol: 99, version: "9.9" });
    expect(errorOf(reports[0])).toContain("worker 1 was refused: it is a worker of gw 9.9 with protocol 99");
    expect(children[0]!.did).toEqual(["SIGKILL"]);
  });

  test("that the system refuses is tried again like one that died", () => {
    let calls = 0;
    const { log } = captureLog();
    const clock = new FakeClock();
    const reports: Report[] = [];
    const launch: Launch = () => {
      calls++;
      throw new Error("EAGAIN: no more processes");
    };
    const nothing = () => {};
    const owner = { onReady: nothing, onGone: nothing, onRest: nothing };
    const employer = { hear: nothing, onWithdrawn: nothing };
    const slot = new Slot(1, SETUP, { ...owner, onReport: (_s, report) => reports.push(report) }, employer, {
      clock,
      log,
      random: () => 0.5,
      launch,
      print: nothing,
    });
    slot.start();
    expect(errorOf(reports[0])).toContain("in step spawn: could not be started: EAGAIN: no more processes");
    clock.advance(1_000);
    expect({ calls, state: slot.state }).toEqual({ calls: 2, state: "resting" });
  });
});

describe("slot: while it serves", () => {
  function serving() {
    const made = makeSlot();
    made.slot.start();
    made.say(HELLO, { type: "ready" });
    return made;
  }

  test("a death is withdrawn at once, reported with how, and replaced after the rest", () => {
    const { slot, clock, news, reports, children, exit } = serving();
    exit({ code: null, signal: "SIGSEGV" });
    expect(news).toEqual(["ready", "withdrawn"]);
    expect(reports).toEqual([{ ending: { code: null, signal: "SIGSEGV" } }]);
    expect(clock.pending()).toEqual([1_000]);
    clock.advance(1_000);
    expect({ state: slot.state, children: children.length }).toEqual({ state: "greeting", children: 2 });
  });

  test("five quick deaths are a crash loop, and a good run ends it", () => {
    const { slot, clock, rests, say, exit } = serving();
    for (let n = 0; n < 5; n++) {
      exit({ code: 1, signal: null });
      clock.advance(30_000);
      say(HELLO, { type: "ready" });
    }
    expect(rests.map(({ isCrashLoop }) => isCrashLoop)).toEqual([false, false, false, false, true]);
    clock.advance(30_000);
    exit({ code: 1, signal: null });
    expect(rests.at(-1)).toEqual({ quickDeaths: 1, restMs: 1_000, isCrashLoop: false });
    expect(slot.state).toBe("resting");
  });

  test("a child's word out of turn changes nothing and is noted", () => {
    const { slot, texts, say } = serving();
    say(
      { type: "ready" },
      { type: "drained" },
      { type: "failed", cause: "x", facts: {}, step: "load" },
      HELLO,
    );
    expect(slot.state).toBe("ready");
    expect(texts().filter((text) => text === "worker 1 spoke out of turn").length).toBe(4);
  });

  test("nonsense on the channel changes nothing", () => {
    const { slot, say } = serving();
    say(null, 1, "ready", [], {}, { type: "no such" }, { type: "hello" }, { type: "stats", stats: 1 });
    expect(slot.state).toBe("ready");
  });

  test("the words of a process that is gone are not taken for its successor's", () => {
    const { slot, clock, children, exit } = serving();
    exit();
    clock.advance(1_000);
    children[0]!.listener.onMessage({ type: "drained" });
    children[0]!.listener.onMessage(HELLO);
    children[0]!.listener.onExit({ code: 0, signal: null });
    expect(slot.state).toBe("greeting");
  });
});

describe("slot: leaving", () => {
  test("drained in time, it is gone without a signal", async () => {
    const { slot, children, news, say, exit } = makeSlot();
    slot.start();
    say(HELLO, { type: "ready" });
    const left = slot.leave("drain");
    expect(news).toEqual(["ready", "withdrawn"]);
    say({ type: "drained" });
    exit();
    await left;
    expect({ did: children[0]!.did, state: slot.state }).toEqual({
      did: ["backends", "drain"],
      state: "empty",
    });
  });

  test("a child that ignores everything is asked, told, and killed, each at its time", async () => {
    const { slot, clock, children, texts, say, exit } = makeSlot();
    slot.start();
    say(HELLO, { type: "ready" });
    const left = slot.leave("drain");
    clock.advance(10_499);
    expect(children[0]!.did).toEqual(["backends", "drain"]);
    clock.advance(1);
    expect(children[0]!.did.at(-1)).toBe("SIGTERM");
    clock.advance(5_000);
    expect(children[0]!.did.at(-1)).toBe("SIGKILL");
    expect(texts()).toContain("worker 1 did not stop in time and was killed");
    exit({ code: null, signal: "SIGKILL" });
    await left;
  });

  test("a slot that rests is empty at once", async () => {
    const { slot, clock, exit } = makeSlot();
    slot.start();
    exit();
    await slot.leave("drain");
    expect({ state: slot.state, pending: clock.pending() }).toEqual({ state: "empty", pending: [] });
  });

  test("a slot that never started is empty at once", async () => {
    const { slot } = makeSlot();
    await slot.leave("stop");
    expect(slot.state).toBe("empty");
  });

  test("killed while it loads, it does not come back", async () => {
    const { slot, children, rests, say, exit } = makeSlot();
    slot.start();
    say(HELLO);
    const left = slot.leave("stop");
    slot.kill();
    expect(children[0]!.did).toEqual(["backends", "SIGTERM", "SIGKILL"]);
    exit({ code: null, signal: "SIGKILL" });
    await left;
    expect(rests).toEqual([]);
  });
});
