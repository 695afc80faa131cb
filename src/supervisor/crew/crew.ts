// All places of one role: started together, awaited together, replaced one by one, closed together. Before the first
// serving a failure ends the whole start; afterwards it is a line in the log, and the slot tries again by itself.
import { GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { FromChild } from "../../link/messages.ts";
import type { Sums } from "../../metrics/sums.ts";
import type { Rest } from "../child/policy.ts";
import { describeJourney, type Report } from "../child/report.ts";
import type { Ready, Run } from "../child/run.ts";
import type { Employer, Slot } from "../child/slot.ts";
import type { SlotTools } from "../child/slot-setup.ts";
import type { ProcessEnding } from "../child/spawn.ts";
import { type Ledger, whoIs } from "./ledger.ts";
import { Place, type PlaceOwner, type PlaceSetup } from "./place.ts";

/** How many start at once; the next one follows when one is ready, and at the latest after `turnMs`. */
export type Turns = { atOnce: number; turnMs?: number };

/** Whose crew it is. */
export interface CrewOwner extends Employer {
  onReady(slot: Slot, ready: Ready): void;
  /** A process ended that should not have. Resolves when that has been written down. */
  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void>;
  onGone(slot: Slot, run: Run | undefined): void;
}

/** What front ends tell of recorded requests; nothing comes of it where nobody exports it. */
export type SpanTaker = { pass(told: Extract<FromChild, { type: "spans" }>): void };

/** `sums`: what the front ends have counted, those that have ended included. */
export type CrewTools = SlotTools & { ledger: Ledger; sums: Sums; spans: SpanTaker };

export class Crew implements PlaceOwner {
  readonly #tools: CrewTools;
  readonly #owner: CrewOwner;
  readonly places: Place[];
  readonly #log: Log;
  readonly #allReady = Promise.withResolvers<void>();
  readonly #waiting: Set<Place>;
  /** Places that start when the one before them is ready. */
  readonly #inTurn: Place[] = [];
  /** Who waits for the first process of a place that came later. */
  readonly #newcomers = new Map<number, PromiseWithResolvers<void>>();
  #phase: "starting" | "serving" | "leaving" = "starting";
  /** What is still to be said of a slot's last process, before its next one is spoken of. */
  readonly #lastWords = new WeakMap<Slot, Promise<void>>();

  constructor(setups: readonly (PlaceSetup & { number: number })[], tools: CrewTools, owner: CrewOwner) {
    this.#tools = tools;
    this.#owner = owner;
    this.#log = tools.log;
    this.places = setups.map((setup) => new Place(setup.number, setup, this, owner, tools));
    this.#waiting = new Set(this.places);
    this.#allReady.promise.catch(() => {});
  }

  get pids(): number[] {
    return this.places.flatMap(({ slots }) => slots.flatMap((slot) => slot.pid ?? []));
  }

  /** Resolves when every place has been ready once; rejects with the first error. */
  start({ atOnce, turnMs }: Turns): Promise<void> {
    this.#inTurn.push(...this.places.slice(atOnce));
    for (const place of this.places.slice(0, atOnce)) place.start();
    if (turnMs !== undefined) this.#beginTurn(turnMs);
    this.#checkReady();
    return this.#allReady.promise;
  }

  /** One more place. `ready` resolves when it serves, and rejects with the first error; it keeps trying all the same. */
  add(setup: PlaceSetup & { number: number }): { place: Place; ready: Promise<void> } {
    const place = new Place(setup.number, setup, this, this.#owner, this.#tools);
    this.places.push(place);
    const newcomer = Promise.withResolvers<void>();
    newcomer.promise.catch(() => {});
    this.#newcomers.set(setup.number, newcomer);
    place.start();
    return { place, ready: newcomer.promise };
  }

  /** A place that has been vacated is given up; resolves when its last process is gone. */
  async remove(place: Place): Promise<void> {
    await Promise.all(place.slots.map((slot) => slot.whenEmpty()));
    const at = this.places.indexOf(place);
    if (at >= 0) this.places.splice(at, 1);
  }

  /** Resolves when no process is left. A second call may hurry the first one: `stop` after `drain`. */
  async leave(how: "drain" | "stop"): Promise<void> {
    this.#giveUpStart();
    await Promise.all(this.places.map((place) => place.leave(how)));
  }

  kill(): void {
    this.#giveUpStart();
    for (const place of this.places) place.kill();
  }

  onReady(slot: Slot, ready: Ready): void {
    this.#log[this.#phase === "serving" ? "info" : "debug"](`${slot.setup.name} is ready`, { pid: slot.pid });
    this.#owner.onReady(slot, ready);
    const place = this.places.find(({ current }) => current === slot);
    if (place) this.#waiting.delete(place);
    this.#settleNewcomer(slot);
    this.#inTurn.shift()?.start();
    this.#checkReady();
  }

  onSucceeded(_place: Place, old: Slot): void {
    this.#owner.recycling?.onSucceeded(old);
  }

  onReport(slot: Slot, report: Report): void {
    const { name } = slot.setup;
    const { pid, run } = slot;
    const isStarting = this.#phase === "starting";
    if ("ending" in report) {
      if (run) this.#lastWords.set(slot, this.#owner.onEnded(slot, run, report.ending));
      return;
    }
    if (this.#phase === "leaving") return;
    const { error, isLate, journey } = report;
    const steps = describeJourney(journey);
    this.#settleNewcomer(slot, error);
    if (!isStarting) return this.#tools.ledger.noteLostStart(whoIs(slot), pid, { error, isLate, steps });
    this.#log.info(`${name} did not start`, { pid, steps });
    this.#phase = "leaving";
    this.#allReady.reject(error);
  }

  onRest(slot: Slot, rest: Rest): void {
    void (this.#lastWords.get(slot) ?? Promise.resolve()).then(() => this.#tellRest(slot.setup.name, rest));
  }

  onGone(slot: Slot, run: Run | undefined): void {
    this.#owner.onGone(slot, run);
    const isNew = this.places.some((place) => !place.isWanted && place.current === slot);
    if (isNew) this.#settleNewcomer(slot, letGo(`${slot.setup.name} was let go before it was ready`));
  }

  #beginTurn(ms: number): void {
    if (this.#inTurn.length === 0) return;
    this.#tools.clock.after(ms, () => {
      this.#inTurn.shift()?.start();
      this.#beginTurn(ms);
    });
  }

  /** Whoever waits for it would wait for ever. */
  #giveUpStart(): void {
    this.#inTurn.length = 0;
    if (this.#phase === "starting") this.#allReady.reject(letGo("it was told to leave before it was ready"));
    this.#phase = "leaving";
  }

  #settleNewcomer({ number }: Slot, error?: GwError): void {
    const newcomer = this.#newcomers.get(number);
    this.#newcomers.delete(number);
    if (error) newcomer?.reject(error);
    else newcomer?.resolve();
  }

  #tellRest(name: string, { restMs, quickDeaths, isCrashLoop }: Rest): void {
    if (this.#phase === "leaving") return;
    if (isCrashLoop)
      this.#log.error(`${name} is in a crash loop`, { deaths: quickDeaths, nextTryMs: restMs });
    else if (quickDeaths === 0 && restMs > 0)
      this.#log.warn(`${name} is started again`, { inMs: restMs, why: "many that had served have ended" });
    else this.#log.warn(`${name} is started again`, { inMs: restMs });
  }

  /** A crew of none is ready too. */
  #checkReady(): void {
    if (this.#waiting.size > 0 || this.#phase !== "starting") return;
    this.#phase = "serving";
    this.#allReady.resolve();
  }
}

const letGo = (what: string) => new GwError("command_failed", { what });
