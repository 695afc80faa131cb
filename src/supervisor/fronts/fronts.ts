// One set of front processes: what they are told to start with, what becomes of one that has ended or is stuck, and how
// they leave when another set has taken over.

import { within } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import type { Shortage, ToChild } from "../../link/messages.ts";
import { os } from "../../os/os.ts";
import { dressFront } from "../child/child-setup.ts";
import { FRONT_RESTS } from "../child/policy.ts";
import type { Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import type { SlotState } from "../child/slot-machine.ts";
import type { ProcessEnding } from "../child/spawn.ts";
import { Crew, type CrewOwner, type CrewTools } from "../crew/crew.ts";
import { rulesOf, type Verdict } from "../crew/judge.ts";
import { type ReplacementOrder, whoIs } from "../crew/ledger.ts";
import type { Place, PlaceSetup } from "../crew/place.ts";
import type { ReplacementWindows } from "../crew/recycling.ts";
import { Watch } from "../crew/watch.ts";
import type { Employed } from "../traffic/employed.ts";
import type { RequestsTold } from "../traffic/request-lists.ts";
import { Traffic } from "../traffic/traffic.ts";
import { type Config, FIRST_INHERITED, frontSetupOf } from "./front-setup.ts";
import type { FrontsInCommon } from "./fronts-in-common.ts";
import { type PublicPlaces, sharedDescriptors } from "./places.ts";
import type { PublicPort } from "./public-port.ts";
import { type RateParts, ratePartsOf } from "./rate-memory.ts";
import type { PortHolder, Steerable } from "./steering.ts";

export type FrontsSetup = FrontsInCommon & {
  config: Config;
  places: PublicPlaces;
  publicPort: Pick<PublicPort, "admit" | "settle">;
  env: Environment;
  /** Another set has the port, and keeps it until this one is ready. */
  replacesOthers: boolean;
  employed: Pick<Employed, "introduce">;
  owner: FrontsOwner;
};

/** Whom front ends tell what goes beyond them. */
export interface FrontsOwner {
  /** Requests of this group have waited for too long. */
  onPressure(fronts: Fronts, group: string, shortage: Shortage): void;
  /** One that has to leave has ended requests. */
  onCut(count: number): void;
}

/** A front answers within milliseconds. */
const STEER_MS = 1_000;
const HEARS: ReadonlySet<SlotState> = new Set(["ready", "draining", "parting"]);
/** How much later than its windows a front that has not become quiet is told to leave. */
const QUIET_GRACE_MS = 1_000;

export class Fronts implements Steerable, CrewOwner {
  readonly #setup: FrontsSetup;
  readonly #tools: CrewTools;
  readonly crew: Crew;
  readonly traffic: Traffic;
  readonly watch: Watch;
  readonly #rates: RateParts;
  readonly #orders = new Map<Slot, ReplacementOrder>();
  readonly #quiet = new Map<Slot, () => void>();
  readonly #closing = new Map<Slot, () => void>();
  /** How often a front was asked to steer, and the last of these questions. */
  #asked = 0;
  #steered: { front: Slot; id: number; resolve(reason: string | undefined): void } | undefined;
  #isRetiring = false;
  #hasStarted = false;

  constructor(setup: FrontsSetup, tools: CrewTools) {
    this.#setup = setup;
    this.#tools = tools;
    this.#rates = ratePartsOf(setup.config, setup.rateMemory, setup.salt);
    const { embeddedMode, frontEnds } = setup.config.settings;
    const count = embeddedMode ? 0 : frontEnds;
    this.traffic = setup.employed.introduce(new Traffic({ fronts: count }, tools.clock));
    const places = Array.from({ length: count }, (_, index) => this.#placeSetup(index + 1));
    this.crew = new Crew(places, tools, this);
    this.watch = new Watch({
      clock: tools.clock,
      log: tools.log,
      os,
      rules: rulesOf(setup.config.settings),
      others: { places: this.crew.places, onVerdict: this.#obey.bind(this) },
    });
  }

  /** One after the other, so that the order of their listeners is known. */
  async start(): Promise<void> {
    await this.crew.start({ atOnce: 1 });
    this.#hasStarted = true;
    this.watch.start();
  }

  stopWatching(): void {
    this.watch.stop();
  }

  has(front: PortHolder): boolean {
    return this.crew.places.some(({ slots }) => slots.some((slot) => slot === front));
  }

  /** Any one of them can tell the kernel; one that hears nobody is passed over. */
  async steer(listeners: number[]): Promise<string | undefined> {
    let reason: string | undefined = "no front end is ready";
    for (const { current } of this.crew.places) {
      if (current.state !== "ready") continue;
      reason = await this.#askToSteer(current, listeners);
      if (reason === undefined) return undefined;
    }
    return reason;
  }

  /** All of them are ready: from now on they get clients also by what they share with those before them. */
  accept(): void {
    for (const { current } of this.crew.places) current.send({ type: "accept" });
  }

  /** What is under way on each of them that answers, so many at most of each. */
  async listRequests(most: number): Promise<{ front: number; told: RequestsTold }[]> {
    const fronts = this.crew.places.flatMap(({ slots }) => slots.filter(({ state }) => HEARS.has(state)));
    const told = await Promise.all(fronts.map((front) => this.traffic.lists.ask(front, most)));
    return told.flatMap((one, at) => (one ? [{ front: fronts[at]?.number ?? 0, told: one }] : []));
  }

  get areReady(): boolean {
    return this.crew.places.every(({ current }) => current.state === "ready");
  }

  /** Another set has taken over. Resolves when the last of these has left; one after the other closes its listener. */
  async retire({ requestsMs, streamsMs }: ReplacementWindows): Promise<void> {
    const queueMs = Math.max(...this.#setup.config.groups.map(({ settings }) => settings.queueTimeout));
    this.#isRetiring = true;
    const slots = this.crew.places.map((place) => place.vacate());
    const fronts = slots.filter(({ state }) => state === "ready");
    // The others are about to start again, and would hear nothing.
    const others = slots.filter(({ state }) => state !== "ready").map((slot) => slot.leave("stop"));
    const windows = { withinMs: requestsMs, streamsWithinMs: streamsMs, queueWithinMs: queueMs };
    const lastMs = Math.max(streamsMs, queueMs + requestsMs);
    await Promise.all(
      fronts.map(async (front) => {
        front.send({ type: "retire", ...windows });
        await this.#becomesQuiet(front, lastMs + QUIET_GRACE_MS);
        await this.#setup.steering.closeListener(front, () => this.#closeListener(front, requestsMs));
        await front.whenEmpty();
      }),
    );
    await Promise.all(others);
    await this.crew.leave("stop");
    this.watch.stop();
  }

  /** One that hears nobody is killed, and another one takes the port. */
  #obey(place: Place, slot: Slot, { reason, why }: Verdict): void {
    this.#orders.set(slot, { reason, why });
    if (place.isWanted) place.relieve();
    slot.kill();
  }

  async #askToSteer(front: Slot, listeners: number[]): Promise<string | undefined> {
    const id = ++this.#asked;
    const answer = new Promise<string | undefined>((resolve) => {
      this.#steered = { front, id, resolve };
    });
    front.send({ type: "steer", id, listeners });
    return within(this.#tools.clock, STEER_MS, answer, "the front end did not answer");
  }

  /** Resolves when its listener is closed; what clients still have on it may take until `withinMs`. */
  #closeListener(front: Slot, withinMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#closing.set(front, resolve));
    void front.leave("drain", withinMs);
    return Promise.race([closed, front.whenEmpty()]);
  }

  #becomesQuiet(front: Slot, withinMs: number): Promise<void> {
    const quiet = new Promise<void>((resolve) => this.#quiet.set(front, resolve));
    return within(this.#tools.clock, withinMs, quiet, undefined);
  }

  hear(slot: Slot, news: News): void {
    switch (news.type) {
      case "stats":
        if (slot.run) this.#tools.ledger.chronicle.noteErrors(slot.run, news.stats.errors);
        return this.traffic.noteStats(slot, news.stats);
      case "figures":
        return slot.run && this.#tools.sums.note(slot.run, news.samples);
      case "requests":
        return this.traffic.lists.hear(slot, news);
      case "notable":
        return this.#tools.ledger.chronicle.noteNotable(slot.number, news);
      case "spans":
        return this.#tools.spans.pass(news);
      case "lost":
        return this.traffic.noteLost(slot, news);
      case "quiet":
        return this.#quiet.get(slot)?.();
      case "closed":
        return this.#closing.get(slot)?.();
      case "steered":
        return this.#hearSteered(slot, news);
      case "pressure":
        return this.#setup.owner.onPressure(this, news.group, news);
      case "cut":
        return this.#setup.owner.onCut(news.count);
      case "leaving":
      case "modules":
      case "counted":
      case "ask":
      case "taken":
      case "act":
        // For others to say.
        return;
      default:
        return news satisfies never;
    }
  }

  onReady(slot: Slot): void {
    if (slot.run) this.#setup.publicPort.settle(slot.run);
    this.#setup.steering.bound(slot);
    this.traffic.attach(slot);
    this.#setup.lameDuck.tell(slot);
  }

  onWithdrawn(slot: Slot): void {
    // One that drains still has requests on the workers.
    if (slot.state !== "draining") this.#detach(slot);
  }

  /** One that comes after its time is no answer to the next question. */
  #hearSteered(slot: Slot, { id, reason }: Extract<News, { type: "steered" }>): void {
    if (this.#steered?.front === slot && this.#steered.id === id) this.#steered.resolve(reason);
  }

  #detach(slot: Slot): void {
    this.#setup.steering.closed(slot);
    this.traffic.detach(slot);
  }

  onGone(slot: Slot, run: Run | undefined): void {
    if (run) {
      this.#setup.publicPort.settle(run);
      this.#tools.sums.end(run);
    }
    this.#detach(slot);
    this.traffic.lists.forget(slot);
    this.#quiet.get(slot)?.();
    this.#quiet.delete(slot);
    this.#closing.delete(slot);
    const isLost = this.#orders.has(slot) || (this.#isRetiring && run?.ending?.code !== 0);
    if (run?.ending && isLost) void this.onEnded(slot, run, run.ending);
    this.#orders.delete(slot);
  }

  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void> {
    const order = this.#orders.get(slot);
    this.#tools.sums.end(run);
    this.#tools.ledger.chronicle.endSlow(slot.number);
    return this.#tools.ledger.note({ ...whoIs(slot), run, ending, ...(order && { order }) });
  }

  #placeSetup(number: number): PlaceSetup & { number: number } {
    const { config, env, places } = this.#setup;
    const { settings } = config;
    return {
      number,
      name: `front ${number}`,
      role: "front",
      cwd: "/",
      dress: {
        ...dressFront(env, config),
        descriptors: [...sharedDescriptors(places), ...this.#rates.inherited],
      },
      rests: FRONT_RESTS,
      startupTimeoutMs: settings.startupTimeout,
      drainTimeoutMs: settings.gracefulTimeout,
      shutdownTimeoutMs: settings.shutdownTimeout,
      configure: (run) => this.#configure(number, run),
    };
  }

  #configure(number: number, run: Run): ToChild {
    const { config, places, salt, publicPort, replacesOthers } = this.#setup;
    const rates = this.#rates.setup?.(FIRST_INHERITED + sharedDescriptors(places).length);
    publicPort.admit(run);
    // For one that has died later clients wait.
    const warmsUp = replacesOthers && !this.#hasStarted;
    return {
      type: "configure",
      front: { slot: number, ...frontSetupOf(config, places, salt), ...(rates && { rates }), warmsUp },
    };
  }
}
