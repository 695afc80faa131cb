// What a client is told that has to prove who it is (RFC 9110 section 11.6.1), one line of WWW-Authenticate each; and what of its
// answer tells whom to ask. Pure.

import { basicChallenge } from "../../credentials/basic.ts";
import { DIGEST_ALGORITHMS, digestChallenges } from "../../credentials/digest.ts";
import type { AuthRule } from "../../link/auth.ts";
import type { Answered } from "./inquiry.ts";

type Users = NonNullable<AuthRule["users"]>;
export type Challenged = Extract<Answered, { verdict: "challenged" }>;

/** Undefined where an answer lacks what the challenge needs. */
export function challengesFor({ type, realm }: Users, said: Partial<Challenged>): string[] | undefined {
  if (type === "Basic") return [basicChallenge(realm)];
  const { nonce, owner: opaque, isStale = false, only } = said;
  if (nonce === undefined || opaque === undefined) return undefined;
  return digestChallenges({ algorithms: only ? [only] : DIGEST_ALGORITHMS, realm, nonce, opaque, isStale });
}

const OPAQUE = /\bopaque="([A-Za-z0-9]{1,32})"/i;

/** Whose nonce a client has used, by its word: it is only whom to ask first, and no proof of anything. */
export const ownerNamedIn = (authorization: string) => OPAQUE.exec(authorization)?.[1];
