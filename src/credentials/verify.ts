// Is this the password of this user? The time that an answer takes tells nothing of who is a user.

import { createHmac } from "node:crypto";
import type { PasswordHashes } from "./htpasswd.ts";

export type PasswordCheck = (user: string, password: string) => Promise<boolean>;

export type PasswordCheckTools = {
  /** Of at least 16 random bytes, for this process alone. */
  key: Uint8Array;
  /** Whether a password has this hash; rejects where it is none. */
  verify?: (password: string, hash: string) => Promise<boolean>;
};

const verifyByRuntime = (password: string, hash: string) => Bun.password.verify(password, hash);

/**
 * For the users of one file. Rejects as `verify` does, and else only where the runtime cannot read a hash that `readPasswords` has let
 * pass. For whoever is no user somebody else's hash is computed all the same, always the same one for the same name: by their
 * cost and their number those who are asked about in vain look like those who are there. What is being computed already is
 * waited for, and not computed again: a page comes as many requests.
 */
export function createPasswordCheck(hashes: PasswordHashes, tools: PasswordCheckTools): PasswordCheck {
  const { key, verify = verifyByRuntime } = tools;
  const all = [...hashes.values()];
  const pending = new Map<string, Promise<boolean>>();
  const compute = async (user: string, password: string) => {
    const own = hashes.get(user);
    const hash = own ?? standIn(all, user, key);
    if (hash === undefined) return false;
    const fits = await verify(password, hash);
    return own !== undefined && fits;
  };
  return (user, password) => {
    const name = createHmac("sha256", key)
      .update(JSON.stringify([user, password]))
      .digest("base64");
    const found = pending.get(name);
    if (found) return found;
    const computed = compute(user, password).finally(() => pending.delete(name));
    pending.set(name, computed);
    return computed;
  };
}

function standIn(all: readonly string[], user: string, key: Uint8Array): string | undefined {
  const drawn = createHmac("sha256", key).update(user).digest().readUIntBE(0, 6);
  return all[drawn % all.length];
}
