// How a worker leaves: it finishes the requests that it has, within a window, and goes the moment they are done. The
// window can only shrink: a drain that is followed by SIGTERM obeys the shorter of the two. A worker that a signal tells
// to go says so first and serves on, so that the supervisor can take it off the fronts' lists and start its successor;
// the answer is `drain`. Without one it leaves all the same.

import type { Clock, Timer } from "../core/clock.ts";
import type { FromChild, LeaveReason } from "../link/messages.ts";

/** What must be finished before leaving. */
export type Work = {
  active(): number;
  stopAccepting(): void;
  /** Words for what has not been finished. */
  describe?(unfinished: number): string;
  /** Instead of the worker's own, when waiting must not keep the process from ending by itself. */
  clock?: Clock;
};

/** How long what a signal begins may take. */
export type Windows = Record<"evictionTimeoutMs" | "gracefulTimeoutMs" | "shutdownTimeoutMs", number>;

export type DepartureOptions = {
  clock: Clock;
  say(message: FromChild): void;
  exit(): void;
};

const LOOK_EVERY_MS = 25;
/** A request that the front sent before it knew of the drain is on the socket, not yet counted: look a second time. */
const QUIET_LOOKS = 2;
/** The supervisor answers SIGTERM at once; a busy machine takes its time. */
const ANSWER_MS = 500;

export class Departure {
  readonly #options: DepartureOptions;
  #work: Work | undefined;
  #windows: Windows = { evictionTimeoutMs: 0, gracefulTimeoutMs: 0, shutdownTimeoutMs: 0 };
  #deadline = Number.POSITIVE_INFINITY;
  #reason: string | undefined;
  #wish: LeaveReason | undefined;
  #patience: Timer | undefined;
  #isGone = false;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** From now on leaving waits for this. */
  finishFirst(work: Work, windows?: Windows): void {
    this.#work = work;
    if (windows) this.#windows = windows;
  }

  /** Asks to leave, and serves on until the answer comes. */
  ask(reason: LeaveReason): void {
    const { shutdownTimeoutMs } = this.#windows;
    if (this.isLeaving || !this.#work) return this.leave(reason, shutdownTimeoutMs);
    // A shutdown is sooner than any other wish.
    if (this.#wish === reason || this.#wish === "shutdown_signal") return;
    this.#wish = reason;
    this.#options.say({ type: "leaving", reason });
    this.#patience?.cancel();
    const act = () => this.leave(reason, shutdownTimeoutMs);
    this.#patience = this.#clock.after(this.#patienceFor(reason), act);
  }

  leave(reason: string, withinMs: number): void {
    this.#patience?.cancel();
    this.#deadline = Math.min(this.#deadline, this.#clock.now() + withinMs);
    if (this.#reason !== undefined) return;
    const why = this.#wish ?? reason;
    this.#reason = why;
    this.#work?.stopAccepting();
    this.#look(why, 0);
  }

  get isLeaving(): boolean {
    return this.#reason !== undefined;
  }

  /** The process ends by itself while it is leaving: that is how a program should go that was told to. */
  tellEnd(): void {
    if (this.#reason !== undefined && !this.#isGone) this.#sayGoodbye(this.#reason);
  }

  get #clock(): Clock {
    return this.#work?.clock ?? this.#options.clock;
  }

  #patienceFor(reason: LeaveReason): number {
    if (reason === "shutdown_signal") return ANSWER_MS;
    return reason === "eviction_signal" ? this.#windows.evictionTimeoutMs : this.#windows.gracefulTimeoutMs;
  }

  #look(reason: string, quietLooks: number): void {
    const clock = this.#clock;
    const active = this.#work?.active() ?? 0;
    const quiet = active === 0 ? quietLooks + 1 : 0;
    if (!this.#work || quiet >= QUIET_LOOKS || clock.now() >= this.#deadline) this.#go(reason, active);
    else clock.after(LOOK_EVERY_MS, () => this.#look(reason, quiet));
  }

  #go(reason: string, unfinished: number): void {
    const words = this.#work?.describe?.(unfinished) ?? `${unfinished} requests unfinished`;
    this.#sayGoodbye(unfinished > 0 ? `${reason}, ${words}` : reason);
    this.#options.exit();
  }

  #sayGoodbye(reason: string): void {
    this.#isGone = true;
    this.#options.say({ type: "drained" });
    this.#options.say({ type: "bye", reason });
  }
}
