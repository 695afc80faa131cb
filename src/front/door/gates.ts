// The gates before the listening sockets of a front: one for those that are its own, and one for those that all fronts share,
// which may stay closed for reasons of its own: until others have handed over, and from when they have.

import { type AcceptGate, findGate } from "../../../ffi/accepting.ts";
import { readBacklog } from "../../../ffi/backlog.ts";
import type { Outcome, Result } from "../../../ffi/process.ts";
import { GwError } from "../../core/errors.ts";
import { os } from "../../os/os.ts";

export type GatesSetup = {
  /** Descriptors of listening sockets. */
  own: readonly number[];
  shared: readonly number[];
  /** Nobody is taken from the shared ones for now. */
  waits: boolean;
};

type Gate = Pick<AcceptGate, "listeners" | "open" | "close">;

/** To be made before the process changes its user, who may not look at what is open. */
export class Gates {
  readonly #own: Result<Gate>;
  readonly #ownListeners: readonly number[];
  readonly #shared: Gate | undefined;
  #isOpen = true;
  #isShared = true;

  constructor({ own, shared, waits }: GatesSetup) {
    const registrations = os.loopRegistrations();
    const found = shared.length > 0 ? findGate(shared, registrations) : undefined;
    // Without it this front could neither wait for its turn nor leave without taking clients along.
    if (found && !found.ok)
      throw new GwError("socket_refused", { path: "that was opened for it", reason: found.reason });
    this.#shared = found?.value;
    this.#ownListeners = own;
    this.#own = own.length > 0 || !this.#shared ? findGate(own, registrations) : { ok: true, value: NO_GATE };
    if (waits) this.dismissShared();
  }

  /** Why its own sockets have no gate. */
  get missing(): string | undefined {
    return this.#own.ok ? undefined : this.#own.reason;
  }

  /** Descriptors of its own listening sockets, as they are at this moment. */
  get own(): readonly number[] {
    return this.#own.ok ? this.#own.value.listeners : this.#ownListeners;
  }

  get hasShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Clients that wait at an open gate; undefined where nobody can tell. */
  get unaccepted(): number | undefined {
    if (!this.#own.ok) return undefined;
    const listeners = [...this.own, ...((this.#isShared && this.#shared?.listeners) || [])];
    let sum = 0;
    for (const one of listeners) {
      const queue = readBacklog(one);
      if (!queue.ok) return undefined;
      sum += queue.value.now;
    }
    return sum;
  }

  open(): Outcome {
    this.#isOpen = true;
    const opened = this.#own.ok ? this.#own.value.open() : DONE;
    const shared = this.#isShared ? (this.#shared?.open() ?? DONE) : DONE;
    return opened.ok ? shared : opened;
  }

  close(): Outcome {
    this.#isOpen = false;
    const closed = this.#own.ok ? this.#own.value.close() : DONE;
    const shared = this.#shared?.close() ?? DONE;
    return closed.ok ? shared : closed;
  }

  /** All sockets are about to be closed: each has to be in its place. */
  end(): Outcome {
    this.#isShared = true;
    return this.open();
  }

  admitShared(): Outcome {
    this.#isShared = true;
    return this.#isOpen ? (this.#shared?.open() ?? DONE) : DONE;
  }

  dismissShared(): Outcome {
    this.#isShared = false;
    return this.#shared?.close() ?? DONE;
  }
}

const DONE: Outcome = { ok: true };
const NO_GATE: Gate = { listeners: [], open: () => DONE, close: () => DONE };
