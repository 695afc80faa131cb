// Nonces for Digest that need no memory: each carries the time at which it was made and a seal. All front ends that have the
// same key take each other's, those of the next generation too. Pure.

import { createHmac, timingSafeEqual } from "node:crypto";

export type NoncesForm = {
  /** Of 32 random bytes. All processes that are to take each other's nonces have the same one, and nobody else. */
  key: Uint8Array;
  /** A nonce of another realm is none here. */
  realm: string;
  /** For how long a nonce may be used; then the client gets another one, and asks nobody for the password again. */
  lifeMs: number;
};

export type NonceJudged = { issuedMs: number } | { reason: "expired" | "foreign" };

const TIME_BYTES = 6;
export const NONCE_RANDOM_BYTES = 12;
const SEAL_BYTES = 18;
/** 36 bytes of base64, without padding. */
const NONCE = /^[A-Za-z0-9_-]{48}$/;
/** Clocks of processes of one machine do not differ; one that was set back meanwhile is forgiven this much. */
const AHEAD_MS = 1_000;

/** Instants are wall time in milliseconds, for the monotonic clock is each process's own. */
export class Nonces {
  readonly #form: NoncesForm;

  constructor(form: NoncesForm) {
    this.#form = form;
  }

  /** `random`: NONCE_RANDOM_BYTES that nobody can foresee, so that no two clients have the same nonce. */
  make(nowMs: number, random: Uint8Array): string {
    const open = Buffer.alloc(TIME_BYTES + NONCE_RANDOM_BYTES);
    open.writeUIntBE(Math.floor(nowMs), 0, TIME_BYTES);
    open.set(random.subarray(0, NONCE_RANDOM_BYTES), TIME_BYTES);
    return Buffer.concat([open, this.#seal(open)]).toString("base64url");
  }

  judge(nonce: string, nowMs: number): NonceJudged {
    if (!NONCE.test(nonce)) return { reason: "foreign" };
    const bytes = Buffer.from(nonce, "base64url");
    const open = bytes.subarray(0, TIME_BYTES + NONCE_RANDOM_BYTES);
    if (!timingSafeEqual(bytes.subarray(open.length), this.#seal(open))) return { reason: "foreign" };
    const issuedMs = open.readUIntBE(0, TIME_BYTES);
    const age = nowMs - issuedMs;
    return age < -AHEAD_MS || age >= this.#form.lifeMs ? { reason: "expired" } : { issuedMs };
  }

  #seal(open: Uint8Array): Buffer {
    const { key, realm } = this.#form;
    return createHmac("sha256", key).update(`${realm}\0`).update(open).digest().subarray(0, SEAL_BYTES);
  }
}

export type ReplaysForm = {
  /** How many nonces are remembered that have been used. */
  most: number;
  /** Wall time. What was issued until then may have been used where nobody here has seen it, and is taken no more. */
  sinceMs: number;
};

/** How many requests may overtake each other on the way of one client. */
const WINDOW = 256;
const WINDOW_MASK = (1n << BigInt(WINDOW)) - 1n;

/** `seen`: which of the counts up to `highest` have come, that one in the lowest bit. */
type Window = { highest: number; seen: bigint; issuedMs: number };

/**
 * Which counts (`nc`) of which nonces have come. None is taken twice by one of these, however little it remembers: when it forgets
 * a nonce, all that are as old are taken no more. Where several processes take requests each has one of its own, so that what
 * was taken by one could be taken by another: who wants that to be impossible asks one process for each nonce.
 */
export class Replays {
  readonly #most: number;
  #untilMs: number;
  /** In the order of their last use. */
  readonly #windows = new Map<string, Window>();

  constructor({ most, sinceMs }: ReplaysForm) {
    this.#most = most;
    this.#untilMs = sinceMs;
  }

  get size(): number {
    return this.#windows.size;
  }

  /**
   * True once for each count of a nonce. False is no sign of an attack: clients also send a request again whose connection has
   * ended. To be asked when the response is known to be right, or anybody could use counts up. `issuedMs`: of `Nonces.judge`.
   */
  take(nonce: string, issuedMs: number, count: number): boolean {
    if (issuedMs <= this.#untilMs) return false;
    const window = this.#windows.get(nonce) ?? { highest: count, seen: 0n, issuedMs };
    if (!mark(window, count)) return false;
    this.#windows.delete(nonce);
    this.#windows.set(nonce, window);
    if (this.#windows.size > this.#most) this.#forgetOne();
    return true;
  }

  #forgetOne(): void {
    for (const [nonce, { issuedMs }] of this.#windows) {
      this.#windows.delete(nonce);
      this.#untilMs = Math.max(this.#untilMs, issuedMs);
      return;
    }
  }
}

/** False where this count has come, or is too old for anybody to know. */
function mark(window: Window, count: number): boolean {
  const ahead = count - window.highest;
  if (ahead > 0) {
    window.seen = ahead >= WINDOW ? 1n : ((window.seen << BigInt(ahead)) & WINDOW_MASK) | 1n;
    window.highest = count;
    return true;
  }
  if (ahead <= -WINDOW) return false;
  const bit = 1n << BigInt(-ahead);
  if (window.seen & bit) return false;
  window.seen |= bit;
  return true;
}
