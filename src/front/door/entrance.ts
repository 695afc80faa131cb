// How many clients are let in. Each one takes a descriptor, and may need a second one, to a worker: whoever accepts to the
// last has none left for those whom it has accepted. Beyond that, clients wait in the kernel's queue, and no time is spent
// on them. And how many are let in at once: the runtime accepts until nobody waits, and meanwhile those who are in get nothing.

import type { AcceptGate } from "../../../ffi/accepting.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import { describe } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

/** For what a front opens besides: its channel, files that are read for a moment. */
const SPARE = 64;
/** The option's own limit, for systems without one. */
const MOST = 1_000_000;
/** In one turn of the loop: no longer than some milliseconds, however much is done for each, and next to nothing for the gate. */
export const ROW_MOST = 32;
/** Between two looks at those that wait; a loop that can accept has done so. */
const TRIAL_MS = 20;

export type Descriptors = {
  /** That this process may have. */
  limit: number;
  /** That it has without any client. */
  inUse: number;
};

/** How many clients there may be at once; at least one, whatever is left. */
export function mostClients({ limit, inUse }: Descriptors, asked = MOST): number {
  const room = limit - inUse;
  const possible = Math.floor((room - Math.min(SPARE, Math.floor(room / 4))) / 2);
  return Math.max(1, Math.min(asked, MOST, possible));
}

export type Arrivals = {
  /** Connections accepted so far. */
  accepted: number;
  /** In the kernel's queue; undefined where nobody can tell. */
  unaccepted: number | undefined;
};

export type EntranceOptions = {
  gate: Pick<AcceptGate, "open" | "close">;
  clock: Clock;
  log: Log;
  most: number;
  look: () => Arrivals;
  /** When all that is ready now has had its turn. */
  nextTurn: (act: () => void) => void;
};

/** Why it is closed: as many clients are there as may be, or there is no descriptor for another one. */
type Why = "clients" | "descriptors";

export class Entrance {
  readonly #options: EntranceOptions;
  #most: number;
  #clients = 0;
  #closed: Why | undefined;
  /** Accepted in this turn of the loop. */
  #row = 0;
  /** Closed until the next one, and for no other reason. */
  #isResting = false;
  /** Told to be full, since then; it may open and close many times meanwhile. */
  #fullSince: number | undefined;
  #wasClosed = false;
  #trial: Timer | undefined;
  #isEnded = false;

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#most = options.most;
  }

  get most(): number {
    return this.#most;
  }

  /** On each connection and on each end of one. */
  count(clients: number): void {
    const more = clients - this.#clients;
    this.#clients = clients;
    if (more > 0 && ++this.#row === 1) this.#options.nextTurn(this.#endRow);
    if (!this.#closed && clients >= this.#most) this.#close("clients");
    else if (this.#closed && more < 0 && clients < this.#most) this.#open();
    else if (this.#row >= ROW_MOST) this.#rest();
  }

  #rest(): void {
    if (!this.#closed && !this.#isResting && !this.#isEnded) this.#isResting = this.#options.gate.close().ok;
  }

  readonly #endRow = (): void => {
    this.#row = 0;
    if (!this.#isResting) return;
    this.#isResting = false;
    if (!this.#closed) this.#openGate();
  };

  /** Once a second. `most`: the limit may have been changed from outside. */
  look(most: number): void {
    if (this.#isEnded) return;
    this.#most = most;
    if (this.#closed && this.#clients < most) this.#open();
    else if (!this.#closed && this.#clients >= most) this.#close("clients");
    else if (!this.#closed) this.#findStuck();
    if (!this.#closed && !this.#wasClosed) this.#tellOpen();
    this.#wasClosed = this.#closed !== undefined;
  }

  /** The listener is about to be closed: it has to be in its place. */
  end(): void {
    if (this.#closed) this.#open();
    this.#isEnded = true;
    if (this.#isResting) this.#endRow();
    this.#trial?.cancel();
  }

  #close(why: Why): void {
    if (this.#isEnded) return;
    const closed = this.#options.gate.close();
    if (closed.ok) this.#closed = why;
    this.#wasClosed = true;
    if (this.#fullSince !== undefined) return;
    this.#fullSince = this.#options.clock.now();
    this.#options.log.warn(describe("too_many_clients", {}), {
      cause: "too_many_clients",
      clients: this.#clients,
      maxClients: this.#most,
      why: closed.ok ? (why === "descriptors" ? "no descriptor is left" : undefined) : closed.reason,
    });
  }

  #open(): void {
    // Within a row that is long enough it stays closed, for that reason alone.
    const mayOpen = this.#isResting || this.#openGate();
    if (!mayOpen) return;
    const why = this.#closed;
    this.#closed = undefined;
    // A loop that finds no descriptor again must not turn until the next look.
    if (why === "descriptors") this.#findStuck();
  }

  #openGate(): boolean {
    const opened = this.#options.gate.open();
    if (!opened.ok) this.#options.log.error("accepting could not go on", { why: opened.reason });
    return opened.ok;
  }

  /** Somebody waits, and nobody is accepted for a while that is many turns of the loop: it has no descriptor for them. */
  #findStuck(): void {
    const before = this.#options.look();
    if (this.#isEnded || !before.unaccepted) return;
    this.#trial?.cancel();
    this.#trial = this.#options.clock.after(TRIAL_MS, () => {
      const now = this.#options.look();
      if (!this.#closed && now.unaccepted && now.accepted === before.accepted) this.#close("descriptors");
    });
  }

  #tellOpen(): void {
    if (this.#fullSince === undefined) return;
    const afterMs = Math.round(this.#options.clock.now() - this.#fullSince);
    this.#fullSince = undefined;
    this.#options.log.info("clients are accepted again", {
      clients: this.#clients,
      maxClients: this.#most,
      afterMs,
    });
  }
}
