// Who gets a turn, when, and who does not.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { NoTurn, PasswordTurns } from "../../src/credentials/turns.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Work that ends when it is told to. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const act = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return { begun, ends, act };
}

/** Until all that is due has been done, and nothing is left but timers. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("turns: so many at once, the others in the order in which they came", async () => {
  const { begun, ends, act } = makeWork();
  const turns = new PasswordTurns({ clock: new FakeClock(), atOnce: 2, waitMs: 1000 });
  const done = ["a", "b", "c", "d"].map((name) => turns.take(act(name)));
  await settle();
  expect([begun, turns.waiting]).toEqual([["a", "b"], 2]);
  ends.get("b")?.resolve("B");
  expect(await done[1]).toBe("B");
  await settle();
  expect(begun).toEqual(["a", "b", "c"]);
  ends.get("a")?.reject(new Error("no"));
  await expect(done[0]).rejects.toThrow("no");
  await settle();
  expect([begun, turns.waiting]).toEqual([["a", "b", "c", "d"], 0]);
  ends.get("c")?.resolve("C");
  ends.get("d")?.resolve("D");
  expect(await Promise.all([done[2], done[3]])).toEqual(["C", "D"]);
  const last = turns.take(act("e"));
  expect(begun.at(-1)).toBe("e");
  ends.get("e")?.resolve("E");
  expect(await last).toBe("E");
});

test("turns: what has not begun in time does not begin, and what has begun ends", async () => {
  const { begun, ends, act } = makeWork();
  const clock = new FakeClock();
  const turns = new PasswordTurns({ clock, atOnce: 1, waitMs: 1000 });
  const first = turns.take(act("first"));
  const early = turns.take(act("early"));
  clock.advance(600);
  const late = turns.take(act("late"));
  clock.advance(400);
  await expect(early).rejects.toThrow(NoTurn);
  await settle();
  expect(turns.waiting).toBe(1);
  clock.advance(599);
  ends.get("first")?.resolve("1");
  expect(await first).toBe("1");
  await settle();
  expect(begun).toEqual(["first", "late"]);
  ends.get("late")?.resolve("2");
  expect(await late).toBe("2");
  expect(clock.pending().length).toBeLessThanOrEqual(1);
});

test("turns: whatever comes and ends, no more run than may, all are answered, and nobody overtakes", async () => {
  const step = fc.record({ comes: fc.nat(3), ends: fc.nat(3), ms: fc.nat(700) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, atOnce) => {
        const { begun, ends, act } = makeWork();
        const clock = new FakeClock();
        const turns = new PasswordTurns({ clock, atOnce, waitMs: 1000 });
        const answers: Promise<unknown>[] = [];
        const running = () => begun.filter((name) => ends.has(name));
        const end = (name: string) => {
          ends.get(name)?.resolve(name);
          ends.delete(name);
        };
        for (const { comes, ends: ending, ms } of steps) {
          for (let i = 0; i < comes; i++)
            answers.push(turns.take(act(`${answers.length}`)).catch((thrown) => thrown));
          clock.advance(ms);
          await settle();
          expect(running().length).toBeLessThanOrEqual(atOnce);
          for (const name of running().slice(0, ending)) end(name);
          await settle();
        }
        while (running().length > 0) {
          for (const name of running()) end(name);
          await settle();
        }
        expect(begun).toEqual(begun.toSorted((a, b) => Number(a) - Number(b)));
        const said = await Promise.all(answers);
        expect(said.every((one, i) => one === `${i}` || one instanceof NoTurn)).toBe(true);
        expect(said.filter((one) => !(one instanceof NoTurn))).toHaveLength(begun.length);
      },
    ),
    { numRuns: 50 },
  );
});
