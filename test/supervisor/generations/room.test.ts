// Old generations of which only so much is said as room asks for, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import type { Fronts } from "../../../src/supervisor/fronts/fronts.ts";
import type { Generation } from "../../../src/supervisor/generations/generation.ts";
import { type Leaving, makeRoom, windowsOf } from "../../../src/supervisor/generations/room.ts";
import type { Traffic } from "../../../src/supervisor/traffic/traffic.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { configOf, settle } from "../../support/fake-pool.ts";

const WINDOW_MS = 10_000;

const settingsWith = (given: Partial<Settings>) => ({ ...defaultSettings(), ...given }) as Settings;

/** One that began to leave at 0, as its front ends tell of it. */
class Old {
  hasFronts = true;
  /** When they last told. */
  lastHeardMs = 1;
  unanswered = 0;
  /** Connections of clients, and what runs on its worker. */
  connections = 0;
  load = { active: 0, tunnels: 0 };
  readonly condemned: [number, string, unknown][] = [];
  readonly leaving: Leaving;
  readonly #done = Promise.withResolvers<void>();
  readonly #all: Set<Leaving>;

  constructor(number: number, all: Set<Leaving>, { hasOwnFronts = false } = {}) {
    this.#all = all;
    const slots = [{ number: 1, pid: 100 + number }] as Slot[];
    const generation = {
      number,
      slots,
      traffic: this as unknown as Traffic,
      config: configOf(settingsWith({ gracefulTimeout: WINDOW_MS })),
    };
    this.leaving = {
      generation: generation as unknown as Generation,
      fronts: hasOwnFronts ? ({} as Fronts) : undefined,
      sinceMs: 0,
      done: this.#done.promise,
    };
    all.add(this.leaving);
  }

  unansweredOn(): number {
    return this.unanswered;
  }

  loadOf(): object {
    return this.load;
  }

  condemn(slot: Slot, cause: string, sparesStreams?: boolean): void {
    this.condemned.push([slot.number, cause, sparesStreams]);
  }

  leave(): void {
    this.#all.delete(this.leaving);
    this.#done.resolve();
  }
}

function setUp({ count = 3, hasOwnFronts = false } = {}) {
  const clock = new FakeClock();
  const { log, texts } = captureLog();
  const all = new Set<Leaving>();
  const old = Array.from({ length: count }, (_, n) => new Old(n + 1, all, { hasOwnFronts }));
  const waits: unknown[] = [];
  const off = new AbortController();
  let isMade = false;
  clock.advance(100);
  return {
    ...{ clock, texts, old, waits },
    first: old[0] as Old,
    callOff: () => off.abort(),
    isMade: () => isMade,
    async begin(): Promise<void> {
      const tools = {
        clock,
        log,
        off: off.signal,
        onWait: (waiting: unknown) => waits.push(waiting),
      };
      void makeRoom(all, tools).then(() => {
        isMade = true;
      });
      await settle();
    },
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(Math.min(50, ms - passed));
        await settle();
      }
    },
  };
}

describe("room: whether any has to go", () => {
  test.each([0, 1, 2])("of %d none", async (count) => {
    const { begin, isMade, old, texts } = setUp({ count });
    await begin();
    expect([isMade(), texts(), old.flatMap(({ condemned }) => condemned)]).toEqual([true, [], []]);
  });

  test("of three the oldest, at once where nothing on it waits for an answer, and room is made when it is gone", async () => {
    const { begin, isMade, first, old, waits, texts } = setUp();
    await begin();
    expect([first.condemned, old[1]?.condemned, waits]).toEqual([[[1, "worker_stopped", undefined]], [], []]);
    expect(texts()).toEqual(["the oldest generation is cut short: too many are still there"]);
    expect(isMade()).toBe(false);
    first.leave();
    await settle();
    expect(isMade()).toBe(true);
  });
});

describe("room: while requests of the oldest have no answer", () => {
  test("it is waited for, which is said, and cut when they have", async () => {
    const { begin, pass, first, waits } = setUp();
    first.unanswered = 1;
    await begin();
    await pass(1_000);
    expect([first.condemned, waits]).toEqual([[], [{ waitsFor: 1, forMs: WINDOW_MS - 100 }]]);
    first.unanswered = 0;
    await pass(50);
    expect([first.condemned.length, waits.length, waits.at(-1)]).toEqual([1, 2, undefined]);
  });

  test("for no longer than its requests may take", async () => {
    const { begin, pass, first } = setUp();
    first.unanswered = 1;
    await begin();
    await pass(WINDOW_MS - 101);
    expect(first.condemned).toEqual([]);
    await pass(51);
    expect(first.condemned).toHaveLength(1);
  });

  test("one that leaves by itself meanwhile is not cut", async () => {
    const { begin, pass, first, isMade, texts } = setUp();
    first.unanswered = 1;
    await begin();
    first.leave();
    await pass(50);
    expect([isMade(), first.condemned, texts().some((text) => text.includes("cut short"))]).toEqual([
      true,
      [],
      false,
    ]);
  });

  test("what is wanted no more waits for nothing, and cuts nothing short", async () => {
    const { begin, first, waits, callOff, isMade } = setUp();
    first.unanswered = 1;
    await begin();
    callOff();
    await settle();
    expect([isMade(), first.condemned, waits.at(-1)]).toEqual([true, [], undefined]);
  });

  test("nor does it wait for what was cut already", async () => {
    const { begin, first, callOff, isMade } = setUp();
    await begin();
    expect([isMade(), first.condemned.length]).toEqual([false, 1]);
    callOff();
    await settle();
    expect(isMade()).toBe(true);
  });
});

describe("room: whether requests may be there is known", () => {
  test.each([
    [
      "not before its front ends have told since it leaves",
      (first: Old) => Object.assign(first, { lastHeardMs: 0 }),
    ],
    ["never where clients speak to the workers", (first: Old) => Object.assign(first, { hasFronts: false })],
  ])("%s", async (_, change) => {
    const { begin, first } = setUp();
    change(first);
    await begin();
    expect(first.condemned).toEqual([]);
  });

  test("not at once of front ends that leave with it: a connection may be on its way to them", async () => {
    const { begin, pass, first } = setUp({ hasOwnFronts: true });
    await begin();
    await pass(2_850);
    expect(first.condemned).toEqual([]);
    await pass(100);
    expect(first.condemned).toHaveLength(1);
  });

  test("not while clients of those have connections on which they may ask on", async () => {
    const { begin, pass, first } = setUp({ hasOwnFronts: true });
    Object.assign(first, { connections: 4, load: { active: 2, tunnels: 1 } });
    await begin();
    await pass(5_000);
    expect(first.condemned).toEqual([]);
    first.connections = 3;
    await pass(50);
    expect(first.condemned).toHaveLength(1);
  });
});

describe("room: how long a generation may take", () => {
  test("as long as the group that may take longest; streams no less than requests", () => {
    const groups = [
      { gracefulTimeout: 5, streamDrainTimeout: 9 },
      { gracefulTimeout: 7, streamDrainTimeout: 0 },
    ].flatMap((given) => configOf(settingsWith(given)).groups);
    const { settings: _, ...config } = configOf(defaultSettings());
    expect(windowsOf({ ...config, settings: defaultSettings(), groups })).toEqual({
      requestsMs: 7,
      streamsMs: 9,
    });
    const [, second] = groups;
    if (!second) throw new Error("no group");
    expect(windowsOf({ ...config, settings: defaultSettings(), groups: [second] })).toEqual({
      requestsMs: 7,
      streamsMs: 7,
    });
  });
});
