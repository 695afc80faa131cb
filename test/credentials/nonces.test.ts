// Nonces, and the counts that come with them: none is taken that was not given out, none twice.
import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { NONCE_RANDOM_BYTES, Nonces, Replays } from "../../src/credentials/nonces.ts";

const form = { key: new Uint8Array(32).fill(3), realm: "shop", lifeMs: 60_000 };
const random = () => randomBytes(NONCE_RANDOM_BYTES);
const NOW = 1_800_000_000_000;

test("nonces: one is taken for its life, by everybody who has the key", () => {
  const nonce = new Nonces(form).make(NOW + 0.5, random());
  const other = new Nonces({ ...form });
  expect([NOW, NOW + 59_999].map((now) => other.judge(nonce, now))).toEqual([
    { issuedMs: NOW },
    { issuedMs: NOW },
  ]);
  expect(other.judge(nonce, NOW + 60_000)).toEqual({ reason: "expired" });
  expect(other.judge(nonce, NOW - 10_000)).toEqual({ reason: "expired" });
});

test("nonces: one of another key or another realm is none of ours", () => {
  const nonces = new Nonces(form);
  for (const change of [{ key: new Uint8Array(32) }, { realm: "shop\0" }, { realm: "" }]) {
    const other = new Nonces({ ...form, ...change });
    expect(nonces.judge(other.make(NOW, random()), NOW)).toEqual({ reason: "foreign" });
  }
});

test("nonces: whatever is changed in one, it is none of ours any more", () => {
  const nonces = new Nonces(form);
  const nonce = nonces.make(NOW, random());
  const digit = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  fc.assert(
    fc.property(fc.nat(nonce.length - 1), digit, (at, other) => {
      fc.pre(other !== nonce[at]);
      const changed = nonce.slice(0, at) + other + nonce.slice(at + 1);
      expect(nonces.judge(changed, NOW)).toEqual({ reason: "foreign" });
    }),
  );
  for (const odd of ["", nonce.slice(1), `${nonce}A`, `${nonce} `, nonce.replace(/./, "+"), "x".repeat(1e6)])
    expect(nonces.judge(odd, NOW)).toEqual({ reason: "foreign" });
});

test("nonces: no two are the same, and each can stand in quotes", () => {
  const nonces = new Nonces(form);
  const made = Array.from({ length: 100 }, () => nonces.make(NOW, random()));
  expect(new Set(made).size).toBe(100);
  for (const nonce of made) expect(nonce).toMatch(/^[\w-]{48}$/);
});

test("replays: each count once, also where some overtake others", () => {
  const replays = new Replays({ most: 10, sinceMs: NOW });
  const take = (count: number) => replays.take("n", NOW + 1, count);
  expect([1, 1, 3, 2, 2, 3, 4].map(take)).toEqual([true, false, true, true, false, false, true]);
  expect([1000, 745, 744, 1000, 745].map(take)).toEqual([true, true, false, false, false]);
  expect(take(0xffff_ffff)).toBe(true);
  expect(take(1001)).toBe(false);
  expect(replays.take("m", NOW + 1, 4)).toBe(true);
});

test("replays: what was issued before anybody looked is not taken", () => {
  const replays = new Replays({ most: 10, sinceMs: NOW });
  expect([NOW - 1, NOW, NOW + 1].map((issuedMs) => replays.take(`${issuedMs}`, issuedMs, 1))).toEqual([
    false,
    false,
    true,
  ]);
});

test("replays: one that is forgotten takes all that are as old with it", () => {
  const replays = new Replays({ most: 2, sinceMs: NOW });
  expect([1, 2, 3].map((ms) => replays.take(`n${ms}`, NOW + ms, 1))).toEqual([true, true, true]);
  expect(replays.size).toBe(2);
  expect([1, 2, 3].map((ms) => replays.take(`n${ms}`, NOW + ms, 2))).toEqual([false, true, true]);
});

test("replays: whatever comes, nothing is taken twice and no more is kept", () => {
  const use = fc.record({
    nonce: fc.nat(5),
    count: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 600 })),
  });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (uses, most) => {
      const replays = new Replays({ most, sinceMs: NOW });
      const taken = new Set<string>();
      for (const { nonce, count } of uses) {
        if (!replays.take(`n${nonce}`, NOW + 1 + nonce, count)) continue;
        const use = `${nonce} ${count}`;
        expect(taken.has(use)).toBe(false);
        taken.add(use);
        expect(replays.size).toBeLessThanOrEqual(most);
      }
    }),
  );
});
