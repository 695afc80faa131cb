// The limit on wrong credentials: who waits, for how long, and what it costs in memory.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Attempt, Failures, networkOf } from "../../src/credentials/failures.ts";

const FORM = { most: 10, windowMs: 60_000 };

function attempt(failures: Failures, address: string, credential: string, nowMs: number): Attempt {
  const begun = failures.begin(address, credential, nowMs);
  if ("waitMs" in begun) throw new Error(`has to wait ${begun.waitMs} ms`);
  return begun;
}

function fail(failures: Failures, address: string, nowMs: number, times = 1): void {
  for (let i = 0; i < times; i++) failures.end(attempt(failures, address, `wrong ${i}`, nowMs), true, nowMs);
}

test("failures: as many as there may be at once, then one for each share of the time", () => {
  const failures = new Failures(FORM);
  fail(failures, "192.0.2.1", 0, 10);
  expect(failures.begin("192.0.2.1", "x", 0)).toEqual({ waitMs: 6_000 });
  expect(failures.begin("192.0.2.1", "x", 5_000)).toEqual({ waitMs: 1_000 });
  fail(failures, "192.0.2.1", 6_000);
  expect(failures.begin("192.0.2.1", "x", 6_000)).toEqual({ waitMs: 6_000 });
  fail(failures, "192.0.2.2", 6_000);
});

test("failures: all is forgotten after the time, and right ones are never remembered", () => {
  const failures = new Failures(FORM);
  fail(failures, "192.0.2.1", 0, 10);
  fail(failures, "192.0.2.1", 66_000, 10);
  const other = new Failures(FORM);
  for (let i = 0; i < 100; i++) other.end(attempt(other, "192.0.2.1", `${i}`, 0), false, 0);
  expect(other.size).toBe(0);
});

test("failures: different ones that are being looked at count as if they were wrong", () => {
  const failures = new Failures(FORM);
  const begun = Array.from({ length: 10 }, (_, i) => attempt(failures, "192.0.2.1", `${i}`, 0));
  expect(failures.begin("192.0.2.1", "10", 0)).toEqual({ waitMs: 6_000 });
  for (const one of begun) failures.end(one, false, 1);
  expect(failures.size).toBe(0);
  attempt(failures, "192.0.2.1", "10", 1);
});

test("failures: the same ones many times, as a browser sends them for one page, wait for nothing", () => {
  const failures = new Failures(FORM);
  const begun = Array.from({ length: 200 }, () => attempt(failures, "192.0.2.1", "same", 0));
  for (const one of begun) failures.end(one, false, 0);
  expect(failures.size).toBe(0);
});

test("failures: the same wrong ones many times lock nobody out for longer than others", () => {
  const failures = new Failures(FORM);
  const begun = Array.from({ length: 200 }, () => attempt(failures, "192.0.2.1", "same", 0));
  for (const one of begun) failures.end(one, true, 0);
  expect(failures.begin("192.0.2.1", "x", 0)).toEqual({ waitMs: 6_000 });
});

test("failures: networks that have not been seen for longest are forgotten, and nothing grows", () => {
  const failures = new Failures({ ...FORM, networksMost: 100 });
  fail(failures, "192.0.2.1", 0, 10);
  for (let i = 0; i < 1_000; i++) {
    fail(failures, `2001:db8:0:${i.toString(16)}::1`, 1);
    // It is seen.
    expect(failures.begin("192.0.2.1", "x", 1)).toHaveProperty("waitMs");
  }
  expect(failures.size).toBe(100);
  for (let i = 0; i < 100; i++) fail(failures, `198.51.100.${i}`, 1);
  fail(failures, "192.0.2.1", 1);
});

test("failures: one that ends after its network was forgotten is counted all the same", () => {
  const failures = new Failures({ ...FORM, most: 1, networksMost: 1 });
  const begun = attempt(failures, "192.0.2.1", "a", 0);
  fail(failures, "192.0.2.2", 0);
  failures.end(begun, true, 0);
  expect(failures.begin("192.0.2.1", "b", 0)).toEqual({ waitMs: 60_000 });
});

test.each([
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["192.0.2.1", "::ffff:192.0.2.1", true],
  ["192.0.2.1", "::ffff:c000:201", true],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["fe80::1%eth0", "fe80::2", true],
  ["", "unix", false],
])("failures: %s and %s are one network: %s", (one, other, isOne) => {
  expect(networkOf(one) === networkOf(other)).toBe(isOne);
});

test("failures: nobody tries more than the limit says, whenever what ends, and everybody gets to try in the end", () => {
  const step = fc.record({
    ms: fc.nat(8_000),
    credential: fc.nat(30),
    ends: fc.nat(3),
    isWrong: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const failures = new Failures(FORM);
      const pending: Attempt[] = [];
      const wrong: number[] = [];
      let nowMs = 0;
      for (const { ms, credential, ends, isWrong } of steps) {
        nowMs += ms;
        const begun = failures.begin("192.0.2.1", `${credential}`, nowMs);
        if ("waitMs" in begun) {
          expect(begun.waitMs).toBeGreaterThan(0);
          expect(begun.waitMs).toBeLessThanOrEqual(60_000);
        } else pending.push(begun);
        for (const one of pending.splice(0, ends)) {
          failures.end(one, isWrong, nowMs);
          if (isWrong && !pending.some((other) => other.credential === one.credential)) wrong.push(nowMs);
        }
        const different = new Set(wrong.filter((at) => at > nowMs - FORM.windowMs));
        // Ten at once and ten more while those are forgotten.
        expect(different.size).toBeLessThanOrEqual(2 * FORM.most);
      }
      for (const one of pending) failures.end(one, false, nowMs);
      expect(failures.begin("192.0.2.1", "x", nowMs + 1e7)).not.toHaveProperty("waitMs");
    }),
  );
});
