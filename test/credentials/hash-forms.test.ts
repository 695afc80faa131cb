// Which hashes are taken, and how those that are not are called. What is taken the runtime can read.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashFormOf } from "../../src/credentials/hash-forms.ts";

const BCRYPT = "$2y$10$6jVK7PcPUA6sjxoYzaG7XuZo0dEKWDJdr0ZRNTfIl4Zs6XAqqVQyO";
const ARGON =
  "$argon2id$v=19$m=19456,t=2,p=1$hczLjLGdVhm13SePwxfUJ5a0z8bjI82+JDhhSG4OTLg$fE9kNDv04f+LrdZBzW2Y76c7mU4XXK0kDXoqgVjU3Gw";

test.each([
  [BCRYPT, "bcrypt", false],
  [BCRYPT.replace("$2y$10", "$2b$12"), "bcrypt", false],
  [BCRYPT.replace("$2y$10", "$2a$05"), "bcrypt", true],
  [ARGON, "argon2id", false],
  [ARGON.replace("m=19456", "m=64"), "argon2id", true],
  [ARGON.replace("p=1", "p=4"), "argon2id", false],
] as const)("hash forms: %s", (hash, form, isCheap) => {
  expect(hashFormOf(hash)).toEqual({ form, isCheap });
});

test.each([
  ["$apr1$mEsDnCqM$xMIG6oxkGtK5gb2mKqXGK1", "apr1"],
  ["{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SHA}"],
  ["{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr", "{SSHA}"],
  ["rl5FQRJrz1x6I", "crypt"],
  ["$1$abc$def", "MD5 crypt"],
  ["$5$abc$def", "SHA-256 crypt"],
  ["$6$abc$def", "SHA-512 crypt"],
  ["$y$j9T$abc", "yescrypt"],
  ["secret", "plain text"],
  ["{PLAIN}secret", "plain text"],
  ["", "plain text"],
  [ARGON.replace("argon2id", "argon2i"), "argon2i"],
  [BCRYPT.replace("$2y", "$2x"), "the bcrypt of broken libraries"],
  [BCRYPT.slice(0, -1), "bcrypt"],
  [`${BCRYPT}a`, "bcrypt"],
  [BCRYPT.replace("$10$", "$03$"), "bcrypt"],
  [BCRYPT.replace("$10$", "$16$"), "bcrypt"],
  [BCRYPT.replace("$10$", "$31$"), "bcrypt"],
  [ARGON.replace("m=19456", "m=99999999"), "argon2id"],
  [ARGON.replace("m=19456", "m=4"), "argon2id"],
  [ARGON.replace("t=2", "t=0"), "argon2id"],
  [ARGON.replace("t=2", "t=999"), "argon2id"],
  [ARGON.replace("p=1", "p=0"), "argon2id"],
  [ARGON.replace("v=19", "v=16"), "argon2id"],
  [ARGON.slice(0, -30), "argon2id"],
])("hash forms: %s is not taken", (hash, refused) => {
  expect(hashFormOf(hash)).toMatchObject({ refused });
});

const BCRYPT_DIGIT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const text = (alphabet: string, length: number | { minLength: number; maxLength: number }) =>
  fc.string({
    unit: fc.constantFrom(...alphabet),
    ...(typeof length === "number" ? { minLength: length, maxLength: length } : length),
  });

test("hash forms: a hash that is taken is one to the runtime too", async () => {
  const bcrypt = fc
    .tuple(fc.constantFrom("a", "b", "y"), text(BCRYPT_DIGIT, 53))
    .map(([letter, rest]) => `$2${letter}$04$${rest}`);
  const base64 = text("ABCDyz019+/", { minLength: 9, maxLength: 60 });
  const argon = fc
    .tuple(
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 9 }),
      base64,
      base64,
    )
    .map(([m, t, p, salt, digest]) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${salt}$${digest}`);
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(bcrypt, argon), async (hash) => {
      if ("refused" in hashFormOf(hash)) return;
      taken++;
      expect(await Bun.password.verify("x", hash)).toBe(false);
    }),
    { numRuns: 2000 },
  );
  expect(taken).toBeGreaterThan(10);
});
