// A program that is to be the next gw, and what is made of all that it says and leaves unsaid.
import { expect, test } from "bun:test";
import { Heir } from "../../../src/supervisor/upgrade/heir.ts";
import type { HeirEvents } from "../../../src/supervisor/upgrade/spawn-heir.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** What follows at once upon what has happened has happened. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

function open() {
  const clock = new FakeClock();
  const told: object[] = [];
  const signals: string[] = [];
  const bound: object[] = [];
  let events: HeirEvents | undefined;
  let stops = 0;
  const paused: object[] = [];
  const heir = new Heir({
    clock,
    spawn: (_order, given) => {
      events = given;
      return {
        pid: 9,
        send: (message) => void told.push(message),
        signal: (name) => void signals.push(name),
      };
    },
    order: { program: { path: "/gw", descriptor: 3 }, words: [], descriptors: [] },
    path: "/gw",
    owner: {
      bound: (front) => void bound.push(front),
      closed: (front) => void bound.splice(bound.indexOf(front), 1),
      onPaused: (pauses) => void paused.push(pauses),
      onStop: () => stops++,
    },
  });
  const say = (message: object) => events?.onMessage(message);
  return {
    heir,
    clock,
    told,
    signals,
    bound,
    paused,
    say,
    end: (how: string) => events?.onExit(how),
    stops: () => stops,
  };
}

const reasonFor = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    (error: Error) => error.message,
  );

test("heir: one that never greets is given up after ten seconds, and killed when it does not leave", async () => {
  const { heir, clock, signals, end } = open();
  const why = reasonFor(heir.greeting());
  clock.advance(10_000);
  expect(await why).toContain("it has not answered as a gw that can take over does");
  const left = heir.leave();
  expect(signals).toEqual(["SIGTERM"]);
  clock.advance(10_000);
  await turns();
  expect(signals).toEqual(["SIGTERM", "SIGKILL"]);
  end("signal SIGKILL");
  await left;
});

test("heir: another language, a refusal and an end are told in words, whatever is waited for", async () => {
  const other = open();
  const greeting = reasonFor(other.heir.greeting());
  other.say({ type: "hello", protocol: 2, version: "9" });
  expect(await greeting).toContain("gw 9 takes over in another way");
  const unwilling = open();
  const ready = reasonFor(unwilling.heir.ready(1_000));
  unwilling.say({ type: "refused", message: "no room" });
  expect(await ready).toBe("/gw does not take over, and this gw serves on: no room");
  const dead = open();
  const taken = reasonFor(dead.heir.taken());
  dead.end("exit code 7");
  expect(await taken).toContain("(exit code 7)");
});

test("heir: its listeners are known as long as it lives, and in the kernel's order", async () => {
  const { heir, say, bound, end, told, stops, paused } = open();
  say({ type: "bound", id: 1 });
  say({ type: "bound", id: 2 });
  say({ type: "bound", id: 2 });
  expect(bound.length).toBe(3);
  const [one, two] = bound as [object, object];
  expect(heir.has(one) && heir.has(two) && !heir.has({})).toBe(true);
  expect(heir.idsIn([two, {}, one])).toEqual([2, 1]);
  const steered = heir.steer([0]);
  expect(told).toEqual([{ type: "steer", id: 1, listeners: [0] }]);
  say({ type: "steered", id: 1, reason: "not now" });
  expect(await steered).toBe("not now");
  say({ type: "paused", pauses: [{ group: "web", forMs: 5 }, { group: 7 }] });
  expect(paused).toEqual([]);
  say({ type: "paused", pauses: [{ group: "web", forMs: 5 }] });
  expect(paused).toEqual([[{ group: "web", forMs: 5 }]]);
  say({ type: "stop" });
  expect(stops()).toBe(1);
  end("exit code 0");
  expect(heir.has(one)).toBe(false);
});

/** Lets it answer, and time pass, until the outcome is there. */
async function prove(made: ReturnType<typeof open>, answers: (string | undefined)[]): Promise<string> {
  const outcome = reasonFor(made.heir.proved());
  let isOver = false;
  void outcome.then(() => {
    isOver = true;
  });
  for (let answered = 0; !isOver; ) {
    const asked = made.told.filter((said) => (said as { type: string }).type === "prove");
    const { id } = (asked.at(-1) ?? {}) as { id: number };
    if (asked.length > answered && answered < answers.length) {
      const reason = answers[answered];
      made.say({ type: "proved", id, ...(reason !== undefined && { reason }) });
      answered++;
    }
    made.clock.advance(100);
    await turns();
  }
  return outcome;
}

test("heir: one that shows that it serves does, also when it takes a while", async () => {
  const made = open();
  expect(await prove(made, ["a front end is not ready", "a front end does not answer", undefined])).toBe(
    "none",
  );
  expect(made.clock.now()).toBeLessThan(2_000);
});

test("heir: one that does not is told of with its last reason, and leaves in order", async () => {
  const made = open();
  const never = Array<string>(1_000).fill("a front end is not ready");
  expect(await prove(made, never)).toContain("and does not serve: a front end is not ready");
  expect(made.clock.now()).toBeWithin(10_000, 12_000);
  const left = made.heir.leave();
  await turns();
  expect(made.signals).toEqual(["SIGTERM"]);
  made.end("exit code 0");
  await left;
});

test("heir: one that stands still is killed at once: it would not hear anything else", async () => {
  const made = open();
  expect(await prove(made, [])).toContain("and does not serve: the new gw did not answer");
  expect(made.clock.now()).toBeWithin(10_000, 13_000);
  const left = made.heir.leave();
  await turns();
  expect(made.signals).toEqual(["SIGTERM", "SIGKILL"]);
  made.end("signal SIGKILL");
  await left;
});

test("heir: one that ends meanwhile has not shown it", async () => {
  const made = open();
  const outcome = reasonFor(made.heir.proved());
  made.end("signal SIGSEGV");
  expect(await outcome).toContain("(signal SIGSEGV)");
});
