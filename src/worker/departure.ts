// How a worker leaves: it finishes the requests that it has, within a window, and goes the moment they are done. The
// window can only shrink: a drain that is followed by SIGTERM obeys the shorter of the two.

import type { Clock } from "../core/clock.ts";
import type { FromChild } from "../link/messages.ts";

/** What must be finished before leaving. */
export type Work = { active(): number; stopAccepting(): void };

export type DepartureOptions = {
  clock: Clock;
  say(message: FromChild): void;
  exit(): void;
};

const LOOK_EVERY_MS = 25;
/** A request that the front sent before it knew of the drain is on the socket, not yet counted: look a second time. */
const QUIET_LOOKS = 2;

export class Departure {
  readonly #options: DepartureOptions;
  #work: Work | undefined;
  #deadline = Number.POSITIVE_INFINITY;
  #reason: string | undefined;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** From now on leaving waits for this. */
  finishFirst(work: Work): void {
    this.#work = work;
  }

  leave(reason: string, withinMs: number): void {
    this.#deadline = Math.min(this.#deadline, this.#options.clock.now() + withinMs);
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#work?.stopAccepting();
    this.#look(reason, 0);
  }

  get isLeaving(): boolean {
    return this.#reason !== undefined;
  }

  #look(reason: string, quietLooks: number): void {
    const { clock } = this.#options;
    const active = this.#work?.active() ?? 0;
    const quiet = active === 0 ? quietLooks + 1 : 0;
    if (!this.#work || quiet >= QUIET_LOOKS || clock.now() >= this.#deadline) this.#go(reason, active);
    else clock.after(LOOK_EVERY_MS, () => this.#look(reason, quiet));
  }

  #go(reason: string, unfinished: number): void {
    const { say, exit } = this.#options;
    say({ type: "drained" });
    say({ type: "bye", reason: unfinished > 0 ? `${reason}, ${unfinished} requests unfinished` : reason });
    exit();
  }
}
