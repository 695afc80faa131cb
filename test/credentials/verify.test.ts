// Passwords against the hashes of a file, those of users and those of nobody.
import { expect, test } from "bun:test";
import { createPasswordCheck } from "../../src/credentials/verify.ts";

const key = new Uint8Array(16).fill(7);
const bcrypt = await Bun.password.hash("hare", { algorithm: "bcrypt", cost: 4 });
const argon = await Bun.password.hash("tortoise", { algorithm: "argon2id", memoryCost: 64, timeCost: 1 });
const hashes = new Map([
  ["alice", bcrypt],
  ["bob", argon],
]);

test.each([
  ["alice", "hare", true],
  ["bob", "tortoise", true],
  ["alice", "tortoise", false],
  ["alice", "", false],
  ["alice", "hare\0", false],
  ["bob", "hare", false],
  ["ALICE", "hare", false],
  ["constructor", "hare", false],
  ["__proto__", "hare", false],
])("verify: %s with %j: %s", async (user, password, isRight) => {
  expect(await createPasswordCheck(hashes, { key })(user, password)).toBe(isRight);
});

test("verify: the password of the one whose hash stands in lets nobody in", async () => {
  const check = createPasswordCheck(new Map([["alice", bcrypt]]), { key });
  expect(await check("mallory", "hare")).toBe(false);
  expect(await createPasswordCheck(new Map(), { key })("mallory", "hare")).toBe(false);
});

test("verify: who is no user costs as much as some user, always the same one", async () => {
  const asked: string[] = [];
  const verify = async (_: string, hash: string) => asked.push(hash) > 0;
  const check = createPasswordCheck(hashes, { key, verify });
  const names = Array.from({ length: 60 }, (_, i) => `nobody${i}`);
  for (const name of names) expect(await check(name, "x")).toBe(false);
  const first = asked.splice(0);
  for (const name of names) await check(name, "y");
  expect(asked).toEqual(first);
  expect(new Set(first)).toEqual(new Set([bcrypt, argon]));
});

test("verify: a hash that the runtime cannot read is no wrong password", async () => {
  const check = createPasswordCheck(new Map([["alice", "$2b$04$short"]]), { key });
  await expect(check("alice", "hare")).rejects.toThrow();
});

test("verify: what is being computed is computed once, for whoever asks the same", async () => {
  const asked: string[] = [];
  const ends: (() => void)[] = [];
  const verify = (password: string) => {
    asked.push(password);
    return new Promise<boolean>((resolve) => ends.push(() => resolve(password === "hare")));
  };
  const check = createPasswordCheck(hashes, { key, verify });
  const answers = [
    check("alice", "hare"),
    check("alice", "hare"),
    check("alice", "x"),
    check("bob", "hare"),
    check("mallory", "hare"),
    check("mallory", "hare"),
  ];
  expect(asked).toEqual(["hare", "x", "hare", "hare"]);
  for (const end of ends) end();
  expect(await Promise.all(answers)).toEqual([true, true, false, true, false, false]);
  void check("alice", "hare");
  expect(asked).toHaveLength(5);
});

test("verify: that one could not be computed holds for those who waited, and for nobody after them", async () => {
  let isBroken = true;
  const check = createPasswordCheck(hashes, {
    key,
    verify: async () => {
      if (isBroken) throw new Error("no memory");
      return true;
    },
  });
  const both = [check("alice", "hare"), check("alice", "hare")];
  for (const one of both) expect(one).rejects.toThrow("no memory");
  await Promise.allSettled(both);
  isBroken = false;
  expect(await check("alice", "hare")).toBe(true);
});
