// What SIGHUP means. Somebody types it for a reload; or the terminal that gw was started in has been closed, and then
// everything that runs there is to end, as any program would without a handler. The signal is the same: that the terminal
// is gone at this very moment tells them apart.

import { closeSync, constants, openSync } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";

export type ControllingTerminal = {
  /** Whether the process has a terminal that controls it. */
  isThere(): boolean;
  /** Started so that it outlives its terminal, as nohup does it. */
  isOutlived: boolean;
};

const LOOK_MS = 1_000;
/** Whoever hands SIGHUP on, as shells do, does so within this time. A terminal that left earlier did so without it. */
const HANDED_ON_MS = 5_000;

export class Hangup {
  readonly #terminal: ControllingTerminal;
  readonly #clock: Clock;
  #seenAtMs = Number.NEGATIVE_INFINITY;

  /** `clock`: its timers must not keep the process alive. */
  constructor(terminal: ControllingTerminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#look();
  }

  /** Of a SIGHUP that has just come. */
  meaning(): "reload" | "stop" | "nothing" {
    const isClosing = this.#clock.now() - this.#seenAtMs < HANDED_ON_MS && !this.#terminal.isThere();
    if (!isClosing) return "reload";
    return this.#terminal.isOutlived ? "nothing" : "stop";
  }

  /** Without a terminal, or when it has gone, there is nothing more to see. */
  #look(): void {
    if (!this.#terminal.isThere()) return;
    this.#seenAtMs = this.#clock.now();
    this.#clock.after(LOOK_MS, () => this.#look());
  }
}

/** To be called before there is a handler for SIGHUP. Where nobody can tell whether it is ignored, the usual is assumed. */
export function ownTerminal(): ControllingTerminal {
  return { isThere: hasTerminal, isOutlived: known(os.ignoresHangup()) ?? false };
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
