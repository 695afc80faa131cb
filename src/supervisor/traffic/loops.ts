// Which workers of a group have an event loop that does not turn, because the app computes: what is sent there waits until
// it is done. A worker says with every heartbeat how late it comes, and its silence says the rest; the fronts are told
// whenever something has changed. Wrong words, and late ones, cost a worker its turn and nothing else.
import { type Clock, every, type Timer } from "../../core/clock.ts";
import { HEARTBEAT_MS } from "../../link/messages.ts";
import type { Slot } from "../child/slot.ts";

/** For how long no turn of its loop has come to an end, as far as is known. */
export type Stalled = { slot: Slot; forMs: number };

const LOOK_MS = 100;
/** So late a look can only be when this process did not run itself. */
const OWN_GAP_MS = 100;
/** Collecting garbage, or a moment without a processor, takes less. */
const STALL_MS = 300;

export type LoopsSetup = {
  clock: Clock;
  /** Those that serve. */
  slots(): readonly Slot[];
  onChange(stalled: readonly Stalled[]): void;
};

export class Loops {
  readonly #setup: LoopsSetup;
  #timer: Timer | undefined;
  #lastLookMs = 0;
  #awakeSinceMs = 0;
  #stalled: readonly Slot[] = [];

  constructor(setup: LoopsSetup) {
    this.#setup = setup;
  }

  start(): void {
    this.#lastLookMs = this.#awakeSinceMs = this.#setup.clock.now();
    this.#timer = every(this.#setup.clock, LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    if (this.#stalled.length > 0) this.#setup.onChange([]);
    this.#stalled = [];
  }

  #look(): void {
    const { clock, slots, onChange } = this.#setup;
    const now = clock.now();
    if (now - this.#lastLookMs > LOOK_MS + OWN_GAP_MS) this.#awakeSinceMs = now;
    this.#lastLookMs = now;
    const stalled = slots().flatMap((slot) => {
      const forMs = this.#stallOf(slot, now);
      return forMs > STALL_MS ? [{ slot, forMs: Math.round(forMs) }] : [];
    });
    const before = this.#stalled;
    this.#stalled = stalled.map(({ slot }) => slot);
    const isSame = before.length === stalled.length && this.#stalled.every((slot) => before.includes(slot));
    if (!isSame) onChange(stalled);
  }

  #stallOf(slot: Slot, now: number): number {
    const { run, state } = slot;
    if (!run || state !== "ready") return 0;
    const { atMs, lagMs } = run.pulse;
    // A pause of this process makes nobody compute, and does not end the silence of one that was known to.
    const heardMs = this.#stalled.includes(slot) ? atMs : Math.max(atMs, this.#awakeSinceMs);
    return Math.max(lagMs, now - heardMs - HEARTBEAT_MS);
  }
}
