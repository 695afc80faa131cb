import { expect, test } from "bun:test";
import { SUPERVISOR } from "../../../src/control/records.ts";
import { Chronicle } from "../../../src/supervisor/records/chronicle.ts";
import { type SpellSeen, Spells } from "../../../src/supervisor/records/spells.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** `ageMs`: of this process. */
function setUp(ageMs = 60_000) {
  const clock = new FakeClock();
  clock.advance(ageMs);
  const chronicle = new Chronicle(clock);
  let seen: SpellSeen[] = [];
  const spells = new Spells({ clock, chronicle, look: () => seen });
  spells.start();
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
  /** A second passes, at the end of which things are so. */
  const second = (...now: SpellSeen[]) => {
    seen = now;
    clock.advance(1_000);
  };
  return { chronicle, spells, at, second, clock };
}

const queue = (value: number): SpellSeen => ({ kind: "queue", subject: "default", value });

test("spells: one begins when its wait began, keeps the worst, and ends when it was last seen", () => {
  const { chronicle, at, second } = setUp();
  second(queue(999));
  expect(chronicle.records.spells).toEqual([]);
  second(queue(1_500));
  expect(chronicle.records.spells).toEqual([
    { kind: "queue", subject: "default", from: at(60_500), until: null, worst: 1_500 },
  ]);
  second(queue(2_500));
  for (let n = 0; n < 5; n++) second(queue(0));
  expect(chronicle.records.spells).toEqual([
    { kind: "queue", subject: "default", from: at(60_500), until: at(63_000), worst: 2_500 },
  ]);
});

test("spells: one that comes again within seconds is the same, later another", () => {
  const { chronicle, second } = setUp();
  second(queue(1_000));
  second(queue(0));
  second(queue(1_000));
  expect(chronicle.records.spells).toHaveLength(1);
  for (let n = 0; n < 6; n++) second();
  second(queue(1_000));
  expect(chronicle.records.spells.map(({ until }) => until === null)).toEqual([false, true]);
});

test("spells: a loop that was stopped does not go on, though the spell may come again", () => {
  const { chronicle, second } = setUp();
  const loop: SpellSeen = { kind: "loop", subject: "worker 1", value: 2_400 };
  const untils: boolean[] = [];
  for (const now of [[loop], [], [loop]]) {
    second(...now);
    untils.push(chronicle.records.spells[0]?.until === null);
  }
  expect([untils, chronicle.records.spells.length]).toEqual([[true, false, true], 1]);
});

test("spells: a loop that stands still in the first second of gw is one as well", () => {
  const { chronicle, second } = setUp(0);
  second({ kind: "loop", subject: "worker 1", value: 1_200 });
  expect(chronicle.records.spells).toMatchObject([{ kind: "loop", subject: "worker 1", worst: 1_200 }]);
});

test("spells: of each thing and each kind by itself; capacity begins when it was seen", () => {
  const { chronicle, second, at } = setUp();
  second(
    queue(3_000),
    { kind: "capacity", subject: "default", value: 0.95 },
    { kind: "loop", subject: "worker 1", value: 500 },
  );
  expect(chronicle.records.spells.map(({ kind, subject, from }) => [kind, subject, from])).toEqual([
    ["queue", "default", at(58_000)],
    ["capacity", "default", at(61_000)],
    ["loop", "worker 1", at(60_500)],
  ]);
});

test("spells: where this process itself did not run, no loop is blamed for that", () => {
  const { chronicle, second, clock, spells } = setUp();
  spells.stop();
  // Its timer comes late, which a fake clock cannot: it begins from a look that is long ago.
  const late = new Spells({
    clock: {
      ...clock,
      now: () => clock.now() * 2,
      wall: () => clock.wall(),
      after: (ms, act) => clock.after(ms, act),
    },
    chronicle,
    look: () => [{ kind: "loop", subject: "worker 1", value: 5_000 }, queue(2_000)],
  });
  late.start();
  second();
  expect(chronicle.records.spells.map(({ kind }) => kind)).toEqual(["queue"]);
});

test("spells: stopped, nothing is looked at any more", () => {
  const { spells, clock } = setUp();
  spells.stop();
  expect(clock.pending()).toEqual([]);
});

test("spells: where all of gw stood still that is told of itself alone, and a later standstill of one of its own", () => {
  const { chronicle, spells, clock } = setUp();
  spells.stop();
  let [missedMs, seen]: [number, SpellSeen[]] = [0, []];
  const skewed = {
    now: () => clock.now() + missedMs,
    wall: () => clock.wall(),
    after: (ms: number, act: () => void) => clock.after(ms, act),
  };
  new Spells({ clock: skewed, chronicle, look: () => seen }).start();
  const loop = (value: number): SpellSeen[] => [{ kind: "loop", subject: "worker 1", value }];
  clock.advance(1_000);
  missedMs += 8_000;
  clock.advance(1_000);
  // The worker has stood as long, and says so when it runs again.
  seen = loop(8_200);
  clock.advance(1_000);
  const told = () => chronicle.records.spells.map(({ subject, worst }) => [subject, worst]);
  expect(told()).toEqual([[SUPERVISOR, 8_000]]);
  seen = loop(12_000);
  clock.advance(1_000);
  expect(told()).toEqual([
    [SUPERVISOR, 8_000],
    ["worker 1", 12_000],
  ]);
});
