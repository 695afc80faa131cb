// Answers that are remembered: by what, how long, how many.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Verdicts } from "../../src/credentials/verdicts.ts";

const key = new Uint8Array(32).fill(1);
const make = (form: Partial<ConstructorParameters<typeof Verdicts>[0]> = {}) =>
  new Verdicts<string>({ key, keptMs: 1000, most: 3, ...form });

test("verdicts: an answer holds for its time, from when it came", () => {
  const verdicts = make();
  verdicts.set("a", "yes", 5000);
  expect([5000, 5999.9, 6000, 5000].map((now) => verdicts.get("a", now))).toEqual([
    "yes",
    "yes",
    undefined,
    undefined,
  ]);
});

test("verdicts: that it was of use makes it hold no longer, another answer does", () => {
  const verdicts = make();
  verdicts.set("a", "yes", 0);
  verdicts.get("a", 900);
  expect(verdicts.get("a", 1000)).toBeUndefined();
  verdicts.set("a", "yes", 0);
  verdicts.set("a", "no", 900);
  expect([verdicts.get("a", 1899), verdicts.size]).toEqual(["no", 1]);
});

test("verdicts: the oldest goes when there are too many, and what has ended at the next answer", () => {
  const verdicts = make();
  for (const [i, name] of ["a", "b", "c", "d"].entries()) verdicts.set(name, name, i);
  expect(["a", "b", "c", "d"].map((name) => verdicts.get(name, 4))).toEqual([undefined, "b", "c", "d"]);
  verdicts.set("e", "e", 1002);
  expect([verdicts.size, verdicts.get("d", 1002)]).toEqual([2, "d"]);
  verdicts.clear();
  expect(verdicts.size).toBe(0);
});

test.each([{ keptMs: 0 }, { most: 0 }])("verdicts: with %j nothing is kept", (form) => {
  const verdicts = make(form);
  verdicts.set("a", "yes", 0);
  expect([verdicts.keepsAny, verdicts.size, verdicts.get("a", 0)]).toEqual([false, 0, undefined]);
  expect(make().keepsAny).toBe(true);
});

test("verdicts: keys differ where anything does, and show nothing", () => {
  const verdicts = make();
  const parts = fc.array(fc.string({ unit: "binary", maxLength: 8 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(verdicts.keyOf(one) === verdicts.keyOf(other)).toBe(isSame);
    }),
  );
  for (const [one, other] of [
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [["a:b"], ["a", "b"]],
    [[""], []],
    [["\ud800"], ["\ud801"]],
  ] as const)
    expect(verdicts.keyOf(one)).not.toBe(verdicts.keyOf(other));
  expect(verdicts.keyOf(["alice", "secret"])).not.toContain("secret");
  expect(make({ key: new Uint8Array(32).fill(2) }).keyOf(["a"])).not.toBe(verdicts.keyOf(["a"]));
});

test("verdicts: whatever is asked and answered, none is older than it may be, and no more are kept", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    isSet: fc.boolean(),
    ms: fc.nat(600),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const verdicts = make();
      const cameMs = new Map<string, number>();
      let nowMs = 0;
      for (const { name, isSet, ms } of steps) {
        nowMs += ms;
        if (isSet) {
          verdicts.set(name, String(nowMs), nowMs);
          cameMs.set(name, nowMs);
        }
        const found = verdicts.get(name, nowMs);
        if (found !== undefined)
          expect([found, nowMs - Number(found) < 1000]).toEqual([String(cameMs.get(name)), true]);
        expect(verdicts.size).toBeLessThanOrEqual(3);
      }
    }),
  );
});
