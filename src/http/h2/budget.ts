// What a client may do on one connection that is of no use to it: frames that only want to be answered or passed over, and
// requests that end as soon as they have begun. All of it is allowed, and there is honest use for each; in numbers that have
// no relation to what is asked it is an attack (rapid reset and its kind).

import { CODE, ConnectionProblem } from "./frames.ts";

export const BUDGET_MS = 10_000;
/** Without anything useful in that time. */
export const CHATTER_MOST = 1000;
export const FAULTS_MOST = 200;
/** Frames for each useful one: opening windows, above all. */
const CHATTER_PER_USE = 10;
/** Bytes of answers that count as one useful frame. */
const BYTES_PER_USE = 1024;

export class Budget {
  readonly #now: () => number;
  /** Of bodies: bytes ever sent. */
  readonly #sent: () => number;
  #since: number;
  #sentBefore = 0;
  #used = 0;
  #answered = 0;
  #chatter = 0;
  #faults = 0;

  constructor(now: () => number, sent: () => number) {
    this.#now = now;
    this.#sent = sent;
    this.#since = now();
  }

  /** A request, or some of a body. */
  noteUse(): void {
    this.#used++;
  }

  /** An answer was given, and taken. */
  noteAnswer(): void {
    this.#answered++;
  }

  /** A frame that asks for nothing but an answer, or to be passed over. Throws ConnectionProblem. */
  noteChatter(): void {
    if (++this.#chatter <= CHATTER_MOST || this.#isOver()) return;
    const uses = this.#used + (this.#sent() - this.#sentBefore) / BYTES_PER_USE;
    if (this.#chatter > CHATTER_MOST + uses * CHATTER_PER_USE)
      throw new ConnectionProblem(CODE.calm, "too many frames that ask for nothing");
  }

  /** A request that the client took back, or that broke a rule. Throws ConnectionProblem. */
  noteFault(): void {
    if (++this.#faults <= FAULTS_MOST || this.#isOver()) return;
    if (this.#faults > FAULTS_MOST + this.#answered)
      throw new ConnectionProblem(CODE.calm, "too many requests taken back or refused");
  }

  /** The time is over: all is counted anew. */
  #isOver(): boolean {
    const now = this.#now();
    if (now - this.#since < BUDGET_MS) return false;
    this.#since = now;
    this.#sentBefore = this.#sent();
    this.#used = this.#answered = this.#chatter = this.#faults = 0;
    return true;
  }
}
