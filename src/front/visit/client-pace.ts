// How slow the clients of one group may be, in sending a body and in taking an answer; the same for every protocol.

import type { Clock } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import type { PaceSettings } from "../../link/setups.ts";
import { type PaceRule, TimeAllowance } from "./allowance.ts";

/** How often bodies on their way in are looked at: one that is too slow is found out no later. */
const LOOK_MS = 1000;

export class ClientPace {
  readonly #clock: Clock;
  readonly #settings: PaceSettings | undefined;
  readonly looks: Deadlines;
  /** How long a client may take nothing of what is there for it. */
  readonly taking: Deadlines;

  /** Without settings there is the socket timeout, and nothing else. */
  constructor(clock: Clock, socketTimeoutMs: number, settings: PaceSettings | undefined) {
    this.#clock = clock;
    this.#settings = settings;
    this.looks = new Deadlines(clock, LOOK_MS);
    this.taking = new Deadlines(clock, settings?.answer.timeoutMs ?? socketTimeoutMs);
  }

  now(): number {
    return this.#clock.now();
  }

  newBody(): TimeAllowance | undefined {
    const rule = this.#settings?.body;
    return rule && (rule.timeoutMs > 0 || rule.maxTimeoutMs > 0) ? new TimeAllowance(rule) : undefined;
  }

  /**
   * A client takes no more of its answer for now than the bytes that it was given; `taking`: of the same answer, from before.
   * Undefined where it may be as slow as it likes.
   */
  hold(taking: AnswerPace | undefined, givenBytes: number): AnswerPace | undefined {
    const rule = this.#settings?.answer;
    if (!rule || rule.minRate === 0) return undefined;
    const held = taking ?? new AnswerPace(this.#clock, { ...rule, maxTimeoutMs: 0 });
    held.hold(givenBytes);
    return held;
  }
}

/**
 * How fast a client takes an answer in the times in which it holds that up: what was given since it last did is what it has taken.
 * What the kernel took before the first time says nothing of the client.
 */
export class AnswerPace {
  readonly #clock: Clock;
  readonly #pace: TimeAllowance;
  /** What had been given when the client last began to hold it up. */
  #heldAt: number | undefined;

  constructor(clock: Clock, rule: PaceRule) {
    this.#clock = clock;
    this.#pace = new TimeAllowance(rule);
  }

  /** The client takes no more than these bytes for now. */
  hold(givenBytes: number): void {
    if (this.#heldAt !== undefined) this.#pace.count(givenBytes - this.#heldAt);
    this.#heldAt = givenBytes;
    this.#pace.wait(this.#clock.now());
  }

  /** It takes more; true: but has been too slow. */
  release(): boolean {
    this.#pace.rest(this.#clock.now());
    return this.isTooSlow;
  }

  get isTooSlow(): boolean {
    return this.#pace.isOver(this.#clock.now());
  }
}
