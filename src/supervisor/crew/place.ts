// One numbered place of a role, which outlives its processes: usually it holds one slot, during a replacement a second
// one that starts beside it, and those that still leave. Knows nothing of why.
import type { Timer } from "../../core/clock.ts";
import type { GwError } from "../../core/errors.ts";
import { lastErrorIn } from "../child/endings.ts";
import type { Rest } from "../child/policy.ts";
import { restAfterDeath } from "../child/policy.ts";
import type { Report } from "../child/report.ts";
import type { Ready, Run } from "../child/run.ts";
import { type Employer, Slot, type SlotOwner } from "../child/slot.ts";
import type { SlotSetup, SlotTools } from "../child/slot-setup.ts";

/** Why a slot of this place is without a process; `error` when that never served, otherwise the app's own `lastWords`. */
export type PlaceTrouble = {
  slot: Slot;
  rest: Rest;
  error: GwError | undefined;
  lastWords: string | undefined;
};

export type PlaceSetup = SlotSetup;

/** Hears of all slots of all places. */
export interface PlaceOwner extends SlotOwner {
  /** The place's new process is ready; the old one still serves, and waits to be let go. */
  onSucceeded(place: Place, old: Slot): void;
}

/** A process that began so many requests was of use, however short its life. */
const USEFUL_REQUESTS = 10;

export class Place implements SlotOwner {
  readonly #owner: PlaceOwner;
  readonly #employer: Employer;
  readonly #tools: SlotTools;
  /** The latest; it may be over. */
  trouble: PlaceTrouble | undefined;
  #lastError: GwError | undefined;
  #lastWords: string | undefined;
  #holder: Slot;
  #next: Slot | undefined;
  readonly #leaving = new Set<Slot>();
  #isClosing = false;
  #renewals = 0;
  #timer: Timer | undefined;

  constructor(
    readonly number: number,
    readonly setup: PlaceSetup,
    owner: PlaceOwner,
    employer: Employer,
    tools: SlotTools,
  ) {
    this.#owner = owner;
    this.#employer = employer;
    this.#tools = tools;
    this.#holder = this.#makeSlot();
  }

  /** The slot whose process serves, or is meant to. */
  get current(): Slot {
    return this.#holder;
  }

  /** The slot that starts beside it. */
  get successor(): Slot | undefined {
    return this.#next;
  }

  /** Slots that have been replaced, and are not empty yet. */
  get departing(): ReadonlySet<Slot> {
    return this.#leaving;
  }

  get slots(): Slot[] {
    return [...new Set([this.#holder, ...(this.#next ? [this.#next] : []), ...this.#leaving])];
  }

  /** Whether its process is to be there; false once it has been vacated, or everything ends. */
  get isWanted(): boolean {
    return !this.#isClosing;
  }

  /** Also after it has been vacated: what still leaves then goes on leaving, and another slot takes its place. */
  start(): void {
    this.#isClosing = false;
    if (this.#leaving.has(this.#holder)) this.#holder = this.#makeSlot();
    this.#holder.start();
  }

  /** No process follows the present one, which is the caller's to let go; a successor that starts is given up. */
  vacate(): Slot {
    this.#isClosing = true;
    this.#timer?.cancel();
    const next = this.#next;
    this.#next = undefined;
    // One that was only to be started has nothing that could end, and so would never be gone.
    if (next && next.state !== "empty") {
      this.#leaving.add(next);
      void next.leave("stop");
    }
    if (this.#holder.state !== "empty") this.#leaving.add(this.#holder);
    return this.#holder;
  }

  /** Starts a successor after `restMs`; the present process serves until that one is ready. */
  renew(restMs = 0): void {
    if (this.#next || this.#isClosing) return;
    const next = this.#makeSlot();
    this.#next = next;
    if (restMs <= 0) return next.start();
    this.#timer = this.#tools.clock.after(restMs, () => next.start());
  }

  /** Gives the place to the successor at once, ready or not, and returns the slot that had it. */
  relieve(restMs = 0): Slot {
    this.renew(restMs);
    return this.#promote();
  }

  /** Rest before a renewal for which the process itself was the reason: longer each time it comes to that quickly. */
  restBeforeRenewal(servedMs: number): number {
    const policy = { ...this.setup.rests, restsMs: [0, ...this.setup.rests.restsMs] };
    const { quickDeaths, restMs } = restAfterDeath(policy, this.#renewals, servedMs, this.#tools.random());
    this.#renewals = quickDeaths;
    return restMs;
  }

  /** Resolves when no process is left. */
  async leave(how: "drain" | "stop"): Promise<void> {
    this.#isClosing = true;
    this.#timer?.cancel();
    await Promise.all(this.slots.map((slot) => slot.leave(how)));
  }

  kill(): void {
    this.#isClosing = true;
    this.#timer?.cancel();
    for (const slot of this.slots) slot.kill();
  }

  onReady(slot: Slot, ready: Ready): void {
    const old = slot === this.#next ? this.#promote() : undefined;
    this.#owner.onReady(slot, ready);
    if (old) this.#owner.onSucceeded(this, old);
  }

  onReport(slot: Slot, report: Report): void {
    // It was about to be let go, and has gone by itself: no start follows.
    if (this.#leaving.has(slot)) return slot.kill();
    this.#lastError = "error" in report ? report.error : undefined;
    this.#lastWords = slot.run && lastErrorIn(slot.run);
    this.#owner.onReport(slot, report);
    if (slot !== this.#holder || !this.#next) return;
    // One that was only to be started later is no help now.
    if (this.#next.state === "empty") return this.#forgetSuccessor();
    this.#promote();
    slot.kill();
  }

  onRest(slot: Slot, rest: Rest): void {
    if (this.#leaving.has(slot)) return;
    // Another one is there before anybody could ask.
    const isTrouble = rest.quickDeaths > 0 || rest.restMs > 0;
    this.trouble = !isTrouble
      ? undefined
      : { slot, rest, error: this.#lastError, lastWords: this.#lastWords };
    this.#owner.onRest(slot, rest);
  }

  onGone(slot: Slot, run: Run | undefined): void {
    this.#leaving.delete(slot);
    if (run && run.pulse.requests >= USEFUL_REQUESTS) this.#renewals = 0;
    this.#owner.onGone(slot, run);
  }

  #forgetSuccessor(): void {
    this.#timer?.cancel();
    this.#next = undefined;
  }

  #promote(): Slot {
    const old = this.#holder;
    if (!this.#next) return old;
    this.#holder = this.#next;
    this.#next = undefined;
    this.#leaving.add(old);
    return old;
  }

  #makeSlot(): Slot {
    return new Slot(this.number, this.setup, this, this.#employer, this.#tools);
  }
}
