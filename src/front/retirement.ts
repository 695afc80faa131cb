// The last part of a front's life when another one has taken over: its port stays open for what was on its way, its
// answers end their connections, more of them each moment, and when nothing is left, and nothing can come any more, that
// is told.

import type { Clock, Timer } from "../core/clock.ts";
import type { IsOverdue } from "./visit/endings.ts";

/** Connections of clients, as they stand at one instant. */
export type Presence = {
  /** Open now. */
  open: number;
  /** Accepted so far. */
  accepted: number;
  /** In the kernel's queue for this listener; undefined where nobody can tell. */
  unaccepted: number | undefined;
};

export type RetirementOptions = {
  clock: Clock;
  /** On a worker, for a request without an answer; and for an idle connection. */
  withinMs: number;
  streamsWithinMs: number;
  /** For what waits: it has a time of its own, and this is the longest there is. */
  queueWithinMs: number;
  look: () => Presence;
  /** Ends connections on which nothing is asked. */
  closeIdle: () => void;
  /** Ends the requests that have been on a worker for too long. */
  endOverdue: (isOverdue: IsOverdue) => void;
  endTunnels: () => void;
  endAll: () => void;
  onQuiet: () => void;
};

/**
 * The kernel shows a connection when its first bytes have come, or when it has been silent for a second
 * (TCP_DEFER_ACCEPT); until then it is in no queue that can be counted.
 */
const HIDDEN_MS = 1200;
/** Where the kernel's queue cannot be counted: how long nothing must have come. */
const LULL_MS = 500;
const LOOK_EVERY_MS = 50;

/** Clients that all came anew at one moment would meet a front end that has yet to warm up. */
const SPREAD_MS = 600;

/** The part of the answers that end their connections, so long after the front was told to retire. */
export function shareToClose(sinceMs: number): number {
  return Math.min(1, sinceMs / SPREAD_MS);
}

export class Retirement {
  readonly #options: RetirementOptions;
  readonly #timers: Timer[];
  readonly #beganAt: number;
  readonly #streamsMs: number;
  #next: Timer;
  /** Since when nothing has been there, and what had been accepted then. */
  #emptySince: number | undefined;
  #accepted = 0;
  #isQuiet = false;

  constructor(options: RetirementOptions) {
    const { clock, withinMs, queueWithinMs } = options;
    this.#options = options;
    this.#beganAt = clock.now();
    // An answer that has begun has no less time than one that has not.
    this.#streamsMs = Math.max(withinMs, options.streamsWithinMs);
    this.#timers = [
      clock.after(this.#streamsMs, () => options.endTunnels()),
      // Whoever waited to the end of the time for that has as much on a worker as everybody else.
      clock.after(Math.max(this.#streamsMs, queueWithinMs + withinMs), () => options.endAll()),
    ];
    this.#next = this.#wait();
  }

  /** Nobody is told anything more, and nothing is ended. */
  stop(): void {
    for (const timer of [...this.#timers, this.#next]) timer.cancel();
  }

  #wait(): Timer {
    return this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#next = this.#wait();
      this.#look();
    });
  }

  /** A request that was given to a worker only after the front was told to retire has its time from then on. */
  #isOverdue(startedAt: number, isAnswered: boolean): boolean {
    const { clock, withinMs } = this.#options;
    const beganAt = Math.max(startedAt, this.#beganAt);
    return clock.now() - beganAt >= (isAnswered ? this.#streamsMs : withinMs);
  }

  #look(): void {
    const { clock, look, onQuiet, withinMs, endOverdue, closeIdle } = this.#options;
    endOverdue((startedAt, isAnswered) => this.#isOverdue(startedAt, isAnswered));
    // Again and again: not every answer has told its client that the connection ends.
    if (clock.now() - this.#beganAt >= withinMs) closeIdle();
    const { open, accepted, unaccepted } = look();
    const now = clock.now();
    const isEmpty = open === 0 && (unaccepted ?? 0) === 0;
    if (!isEmpty || accepted !== this.#accepted) {
      this.#accepted = accepted;
      this.#emptySince = isEmpty ? now : undefined;
      this.#isQuiet = false;
    }
    this.#emptySince ??= now;
    if (!isEmpty || this.#isQuiet || now - this.#beganAt < HIDDEN_MS) return;
    if (unaccepted === undefined && now - this.#emptySince < LULL_MS) return;
    this.#isQuiet = true;
    onQuiet();
  }
}
