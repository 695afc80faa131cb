// Digest (RFC 7616) on the side that knows hashes. Nonces are this process's own: it knows which counts of them have come, and so
// none is taken twice, whichever front end it comes from. What was given out by another process, or one before this, makes the
// client try again with a new one, without asking its user. `opaque` tells the front ends whom to ask, and proves nothing.

import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import {
  countOf,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestCredentials,
  fitsDigest,
  misdirection,
  readDigest,
  readRealmHash,
} from "../credentials/digest.ts";
import { NONCE_RANDOM_BYTES, Nonces, Replays } from "../credentials/nonces.ts";
import { Verdicts } from "../credentials/verdicts.ts";
import type { AuthVerdict } from "../link/auth.ts";

export type DigestCheckOptions = {
  clock: Clock;
  realm: string;
  /** How long the hash of a user is believed. */
  cacheMs: number;
};

/**
 * The hash of a user, by whatever algorithm; undefined where there is no such user. `isOfRequest`: for another request it may be
 * another one. Rejects when the hook fails.
 */
export type FindHash = (
  user: string,
  realm: string,
  algorithm: DigestAlgorithm,
) => Promise<{ hash: string | undefined; isOfRequest: boolean }>;

/** Who it is, or why that is not proven. */
export type DigestOutcome = { user: string } | Extract<AuthVerdict, { verdict: "challenged" }>;

const NONCE_LIFE_MS = 5 * 60_000;
/** Nonces in use, each by one client; each takes a few hundred bytes. */
const NONCES_MOST = 20_000;
const HASHES_MOST = 10_000;

export class DigestCheck {
  readonly #options: DigestCheckOptions;
  readonly #nonces: Nonces;
  readonly #replays: Replays;
  readonly #hashes: Verdicts<string>;
  /** By which the hook has known somebody, asked by another one. From then on it is the answer for strangers as well, or it would tell who is none. */
  #only: DigestAlgorithm | undefined;

  constructor(options: DigestCheckOptions) {
    const { clock, realm, cacheMs } = options;
    this.#options = options;
    this.#nonces = new Nonces({ key: randomBytes(32), realm, lifeMs: NONCE_LIFE_MS });
    // No other process has the key, so that nothing of it can have been used before.
    this.#replays = new Replays({ most: NONCES_MOST, sinceMs: clock.wall() - 1 });
    this.#hashes = new Verdicts({ key: randomBytes(32), keptMs: cacheMs, most: HASHES_MOST });
  }

  /** For a client that has shown nothing. */
  challenge(): Extract<AuthVerdict, { verdict: "challenged" }> {
    const nonce = this.#nonces.make(this.#options.clock.wall(), randomBytes(NONCE_RANDOM_BYTES));
    return { verdict: "challenged", nonce };
  }

  async check(
    authorization: string,
    { method, target }: { method: string; target: string },
    find: FindHash,
  ): Promise<DigestOutcome> {
    const wrong = () => ({ ...this.challenge(), isWrong: true });
    const sent = readDigest(authorization);
    if (!sent) return wrong();
    const { realm } = this.#options;
    if (misdirection(sent, { realm, target }) !== undefined) return wrong();
    const found = await this.#find(sent, find);
    const realmHash = readRealmHash(sent.algorithm, found);
    if (found !== undefined && realmHash === undefined)
      this.#only = DIGEST_ALGORITHMS.find((one) => readRealmHash(one, found));
    if (realmHash === undefined && this.#only !== undefined && this.#only !== sent.algorithm)
      return { ...this.challenge(), isStale: true, only: this.#only };
    if (!fitsDigest(sent, { method, realmHash })) return wrong();
    const judged = this.#nonces.judge(sent.nonce, this.#options.clock.wall());
    const isFresh = "issuedMs" in judged && this.#replays.take(sent.nonce, judged.issuedMs, countOf(sent));
    return isFresh ? { user: sent.user } : { ...this.challenge(), isStale: true };
  }

  async #find({ user, algorithm }: DigestCredentials, find: FindHash): Promise<string | undefined> {
    const { clock, realm } = this.#options;
    const key = this.#hashes.keyOf([user, algorithm]);
    const known = this.#hashes.get(key, clock.now());
    if (known !== undefined) return known;
    const { hash, isOfRequest } = await find(user, realm, algorithm);
    if (hash !== undefined && !isOfRequest) this.#hashes.set(key, hash, clock.now());
    return hash;
  }
}
