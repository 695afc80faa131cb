// How a worker leaves: it finishes the requests that it has, within a window, and goes the moment they are done. The
// window can only shrink: a drain that is followed by SIGTERM obeys the shorter of the two. Then the app's own shutdown
// code runs, for as long as the supervisor lets the process live; an app without any is over at once. A worker that a
// signal tells to go says so first and serves on, so that the supervisor can take it off the fronts' lists and start its
// successor, or let it serve until gw itself has stopped: the answer is `stay`, and `drain` when it is time. Without one it
// leaves all the same.

import type { Clock, Timer } from "../core/clock.ts";
import { signalRows, WORKER_SIGNALS, type WorkerAct } from "../core/signals.ts";
import type { FromChild, LeaveReason } from "../link/messages.ts";

/** What must be finished before leaving. */
export type Work = {
  active(): number;
  stopAccepting(): void;
  /** Begins the app's own shutdown code; false when there is none. `reason`: why the process leaves. */
  sayGoodbye?(reason: string): boolean;
};

/** How long what a signal begins may take. */
export type LeavingTimeouts = Record<"evictionTimeoutMs" | "gracefulTimeoutMs" | "shutdownTimeoutMs", number>;

export type DepartureOptions = {
  clock: Clock;
  say(message: FromChild): void;
  exit(): void;
};

const LOOK_EVERY_MS = 25;
/** A request that the front sent before it knew of the drain is on the socket, not yet counted: look a second time. */
const QUIET_LOOKS = 2;
/** The supervisor answers at once; a busy machine takes its time. */
const ANSWER_MS = 2_000;

export class Departure {
  readonly #options: DepartureOptions;
  #work: Work | undefined;
  #windows: LeavingTimeouts = { evictionTimeoutMs: 0, gracefulTimeoutMs: 0, shutdownTimeoutMs: 0 };
  #deadline = Number.POSITIVE_INFINITY;
  #reason: string | undefined;
  #wish: LeaveReason | undefined;
  #patience: Timer | undefined;
  #hasGoodbye = true;
  #hasFinished = false;
  #isGone = false;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** From now on leaving waits for this. */
  finishFirst(work: Work, windows?: LeavingTimeouts): void {
    this.#work = work;
    if (windows) this.#windows = windows;
  }

  /** Asks to leave, and serves on until the answer comes. */
  ask(reason: LeaveReason): void {
    if (this.#hasFinished) return;
    if (!this.#work) return this.leave(reason, 0);
    // A shutdown is sooner than any other wish, and said each time: the supervisor's own SIGTERM waits for it.
    if (reason !== "shutdown_signal" && (this.isLeaving || this.#wish !== undefined)) return;
    this.#wish = reason;
    this.#options.say({ type: "leaving", reason });
    this.#patience?.cancel();
    const act = () => this.leave(reason, this.#windows.shutdownTimeoutMs);
    this.#patience = this.#options.clock.after(this.#patienceFor(reason), act);
  }

  /** The supervisor has heard the wish, and says when; only its end would be a reason to go without its word. */
  stay(): void {
    if (this.#wish === "shutdown_signal") this.#patience?.cancel();
  }

  /** `isUrgent`: the app's own shutdown code is not run. */
  leave(reason: string, withinMs: number, isUrgent = false): void {
    this.#patience?.cancel();
    this.#deadline = Math.min(this.#deadline, this.#options.clock.now() + withinMs);
    if (isUrgent) this.#hasGoodbye = false;
    if (this.#reason !== undefined) return;
    const why = this.#wish ?? reason;
    this.#reason = why;
    this.#work?.stopAccepting();
    this.#look(why, 0);
  }

  get isLeaving(): boolean {
    return this.#reason !== undefined;
  }

  /** What the process does now is the app's own shutdown code. */
  get isSayingGoodbye(): boolean {
    return this.#hasFinished && !this.#isGone;
  }

  /** The app has done all that it wanted to. */
  end(): void {
    if (this.#isGone) return;
    this.#tellEnd();
    this.#options.exit();
  }

  /** The process ends by itself while it is leaving: that is how a program should go that was told to. */
  tellEnd(): void {
    if (this.#reason !== undefined && !this.#isGone) this.#tellEnd();
  }

  #patienceFor(reason: LeaveReason): number {
    if (reason === "shutdown_signal") return ANSWER_MS;
    return reason === "eviction_signal" ? this.#windows.evictionTimeoutMs : this.#windows.gracefulTimeoutMs;
  }

  #look(reason: string, quietLooks: number): void {
    const { clock } = this.#options;
    const active = this.#work?.active() ?? 0;
    const quiet = active === 0 ? quietLooks + 1 : 0;
    if (!this.#work || quiet >= QUIET_LOOKS || clock.now() >= this.#deadline) this.#finish(reason, active);
    else clock.after(LOOK_EVERY_MS, () => this.#look(reason, quiet));
  }

  #finish(reason: string, unfinished: number): void {
    this.#reason = unfinished > 0 ? `${reason}, ${unfinished} requests unfinished` : reason;
    this.#tellFinished();
    if (!this.#hasGoodbye || !this.#work?.sayGoodbye?.(reason)) this.end();
  }

  #tellFinished(): void {
    if (this.#hasFinished) return;
    this.#hasFinished = true;
    this.#options.say({ type: "drained" });
  }

  #tellEnd(): void {
    this.#tellFinished();
    this.#isGone = true;
    this.#options.say({ type: "bye", reason: this.#reason ?? "" });
  }
}

type Signalled = { on(signal: NodeJS.Signals, act: () => void): unknown };

/** What each signal means to a process that serves. To be called before anything else: one may come at any instant. */
export function obeySignals(program: Signalled, departure: Departure): void {
  const acts: Record<WorkerAct, () => void> = {
    leave: () => departure.ask("shutdown_signal"),
    "be evicted": () => departure.ask("eviction_signal"),
    "leave for its processor time": () => departure.ask("cpu_time_limit"),
    nothing() {},
  };
  for (const { signal, does } of signalRows(WORKER_SIGNALS)) program.on(signal, acts[does]);
}
