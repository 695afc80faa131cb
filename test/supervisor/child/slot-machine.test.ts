import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Action,
  EVENTS,
  type SlotEvent,
  type SlotState,
  STATES,
  step,
  TABLE,
} from "../../../src/supervisor/child/slot-machine.ts";

/** States that have a process behind them. */
const ALIVE: readonly SlotState[] = [
  "spawning",
  "greeting",
  "loading",
  "ready",
  "draining",
  "stopping",
  "parting",
  "killing",
  "failed",
];
const CHILD_EVENTS: readonly SlotEvent[] = ["hello", "ready", "loadFailed", "drained"];

/** States that a transition can enter, or keep, with the timer armed. */
function armedStates(): Set<SlotState> {
  const armed = new Set<SlotState>();
  for (let size = -1; size < armed.size; ) {
    size = armed.size;
    for (const state of STATES)
      for (const event of EVENTS) {
        const { to, actions } = step(state, event);
        const sets = actions.some((action) => action.startsWith("arm") || action === "rest");
        const keeps = armed.has(state) && event !== "deadline" && !actions.includes("disarm");
        if (!actions.includes("bug") && (sets || keeps)) armed.add(to);
      }
  }
  return armed;
}

describe("slot machine: the table", () => {
  test("every state answers every event with a known state", () => {
    for (const state of STATES) {
      expect(Object.keys(TABLE[state]).sort()).toEqual([...EVENTS].sort());
      for (const event of EVENTS) expect(STATES).toContain(step(state, event).to);
    }
  });

  const cells: [SlotState, SlotEvent, SlotState, Action[]][] = [
    ["empty", "start", "spawning", ["spawn"]],
    ["spawning", "spawned", "greeting", ["armStartup"]],
    ["greeting", "hello", "loading", ["configure"]],
    ["loading", "ready", "ready", ["disarm", "announce"]],
    ["ready", "drain", "draining", ["withdraw", "sendDrain", "armDrain"]],
    ["draining", "drained", "parting", ["armShutdown", "parted"]],
    ["stopping", "drained", "parting", ["armShutdown", "parted"]],
    // However often it says so: it gets its time once.
    ["parting", "drained", "parting", []],
    ["parting", "stop", "parting", []],
    ["parting", "deadline", "killing", ["kill", "armReap"]],
    ["draining", "deadline", "stopping", ["term", "armShutdown"]],
    ["stopping", "deadline", "killing", ["kill", "armReap"]],
    ["stopping", "exited", "empty", ["disarm", "gone"]],
    ["ready", "exited", "resting", ["withdraw", "report", "rest"]],
    ["resting", "deadline", "spawning", ["spawn"]],
    ["loading", "deadline", "failed", ["report", "kill", "armReap"]],
    ["loading", "loadFailed", "failed", ["report", "armShutdown"]],
    ["failed", "exited", "resting", ["rest"]],
    ["failed", "stop", "killing", ["kill", "armReap"]],
    ["ready", "ready", "ready", ["odd"]],
    ["empty", "exited", "empty", ["bug"]],
  ];
  test.each(cells)("%s on %s becomes %s", (from, event, to, actions) => {
    expect(step(from, event)).toEqual({ to, actions });
  });

  test("a deadline is a bug exactly where no timer can be armed", () => {
    const armed = armedStates();
    for (const state of STATES) {
      const isBug = step(state, "deadline").actions.includes("bug");
      expect({ state, isBug }).toEqual({ state, isBug: !armed.has(state) });
    }
  });

  test("no child's word is a bug of ours while its process lives", () => {
    for (const state of ALIVE.filter((s) => s !== "spawning"))
      for (const event of CHILD_EVENTS) expect(step(state, event).actions).not.toContain("bug");
  });
});

/** The world around a slot: a process that lives or not, a timer that is armed or not. */
class World {
  state: SlotState = "empty";
  hasProcess = false;
  isArmed = false;
  isAnnounced = false;
  isReported = false;
  isBug = false;

  possible(): SlotEvent[] {
    const events: SlotEvent[] = ["start", "drain", "stop", "kill"];
    if (this.hasProcess) events.push("exited", ...CHILD_EVENTS);
    if (this.isArmed) events.push("deadline");
    return events;
  }

  feed(event: SlotEvent): void {
    if (event === "exited") this.hasProcess = false;
    if (event === "deadline") this.isArmed = false;
    const { to, actions } = step(this.state, event);
    this.state = to;
    const followUps = actions.map((action) => this.#act(action));
    for (const next of followUps) if (next) this.feed(next);
  }

  #act(action: Action): SlotEvent | undefined {
    if (action === "spawn") {
      expect(this.hasProcess).toBe(false);
      this.hasProcess = true;
      return "spawned";
    }
    if (action.startsWith("arm") || action === "rest") this.isArmed = true;
    if (action === "disarm") this.isArmed = false;
    if (action === "announce") {
      expect(this.isAnnounced).toBe(false);
      this.isAnnounced = true;
    }
    if (action === "withdraw") {
      expect(this.isAnnounced).toBe(true);
      this.isAnnounced = false;
    }
    if (action === "gone") expect(this.hasProcess).toBe(false);
    if (action === "bug") this.isBug = true;
    return undefined;
  }
}

describe("slot machine: whatever happens", () => {
  test("one process at a time, announced only while ready, and no bug", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 60 }), (choices) => {
        const world = new World();
        for (const choice of choices) {
          const possible = world.possible();
          world.feed(possible[choice % possible.length]!);
          expect(world.hasProcess).toBe(ALIVE.includes(world.state));
          expect(world.isAnnounced).toBe(world.state === "ready");
          expect(world.isBug).toBe(false);
          if (world.state === "resting" || (world.hasProcess && world.state !== "ready"))
            expect(world.isArmed).toBe(true);
          if (world.state === "empty") expect(world.isArmed).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a slot that was told to leave ends empty once its process has ended, and stays so", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(100), { maxLength: 40 }),
        fc.constantFrom<SlotEvent>("drain", "stop", "kill"),
        (choices, leave) => {
          const world = new World();
          for (const choice of choices) {
            const possible = world.possible();
            world.feed(possible[choice % possible.length]!);
          }
          world.feed(leave);
          if (world.hasProcess) world.feed("exited");
          expect(world.state).toBe("empty");
        },
      ),
    );
  });

  test("deadlines alone bring a leaving process to its end", () => {
    for (const state of ALIVE.filter((s) => s !== "spawning"))
      for (const leave of ["drain", "stop"] as const) {
        const actions: Action[] = [];
        let at: SlotState = state;
        for (const event of [leave, "deadline", "deadline"] as const) {
          const cell = step(at, event);
          actions.push(...cell.actions);
          at = cell.to;
        }
        expect({ state, at, killed: actions.includes("kill") }).toEqual({
          state,
          at: "killing",
          killed: true,
        });
      }
  });
});
