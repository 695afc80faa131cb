// New passwords and their hashes, as what reads them takes them.
import { expect, test } from "bun:test";
import { hashFormOf } from "../../src/credentials/hash-forms.ts";
import { hashPassword, PASSWORD_ALGORITHMS, passwordFault } from "../../src/credentials/passwords.ts";

test.each([
  ["hare", "argon2id", undefined],
  [" with spaces ", "argon2id", undefined],
  ["ö".repeat(512), "argon2id", undefined],
  ["", "argon2id", "is empty"],
  ["a\tb", "argon2id", "holds a control character"],
  ["a\0", "argon2id", "holds a control character"],
  ["ö".repeat(513), "argon2id", "has more than 1024 bytes"],
  ["x".repeat(72), "bcrypt", undefined],
  ["x".repeat(73), "bcrypt", "has more than 72 bytes, of which bcrypt takes no more"],
  ["ö".repeat(37), "bcrypt", "has more than 72 bytes, of which bcrypt takes no more"],
] as const)("passwords: %j for %s: %p", (password, algorithm, fault) => {
  if (fault === undefined) expect(passwordFault(password, algorithm)).toBeUndefined();
  else expect(passwordFault(password, algorithm)).toStartWith(fault);
});

test.each(PASSWORD_ALGORITHMS)(
  "passwords: a hash by %s is taken, is not cheap, and is of what was typed in any form",
  async (form) => {
    const hash = await hashPassword("o\u0308", form);
    expect(hashFormOf(hash)).toEqual({ form, isCheap: false });
    expect(await Bun.password.verify("ö", hash)).toBe(true);
    expect(await hashPassword("ö", form)).not.toBe(hash);
  },
);
