// The workers of one group in one generation: what each is told, and what becomes of the judge's verdicts and of a
// worker's own wish to leave. In embedded mode they listen on the public port themselves, and no front is told of them.
import { GwError } from "../../core/errors.ts";
import type { Reason } from "../../core/reasons.ts";
import type { AppKind, LeaveReason, ToChild, WorkerSetup } from "../../link/messages.ts";
import { DEFAULT_GROUP, type WorkerGroup } from "../../options/resolve/resolve.ts";
import { dressWorker, insideOf, pathsOutside, workerName } from "../child/child-setup.ts";
import type { Pins } from "../child/pins.ts";
import { WORKER_RESTS } from "../child/policy.ts";
import type { Ready, Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import { describeEnding, type ProcessEnding } from "../child/spawn.ts";
import { Crew, type CrewOwner, type CrewTools } from "../crew/crew.ts";
import { IS_FOR_A_REQUEST, type Verdict } from "../crew/judge.ts";
import { addStack, asksStack, type ReplacementOrder, whoIs } from "../crew/ledger.ts";
import { ownCountOf } from "../crew/own-count.ts";
import type { Place, PlaceSetup } from "../crew/place.ts";
import { leavingWindows, Recycling, sendWithdrawn, windowFor } from "../crew/recycling.ts";
import type { WorkerSocket } from "../root/worker-sockets.ts";
import { type Farewell, stoodIn } from "../traffic/farewell.ts";
import type { Endpoint, Traffic } from "../traffic/traffic.ts";
import { confineDress, heeding, heldOf } from "./confinement-setup.ts";
import { Poisons } from "./poisons.ts";
import type { PoolSetup } from "./pool-setup.ts";
import { Succession } from "./succession.ts";
import { endpointOf, firstOrderOf } from "./worker-setup.ts";

export class WorkerPool implements CrewOwner {
  readonly group: WorkerGroup;
  readonly pins: Pins;
  readonly traffic: Traffic;
  readonly generation: number;
  readonly #setup: PoolSetup;
  readonly #tools: CrewTools;
  readonly crew: Crew;
  readonly recycling: Recycling;
  readonly poisons: Poisons;
  readonly succession: Succession;
  appKind: AppKind | undefined;
  /** How many workers there are to be, and how often somebody has said so by hand: the last word counts. */
  wanted: number;
  scaled = 0;
  /** Ready ones that no front knows of: the traffic has not moved to this generation yet. */
  #held: Map<Slot, Endpoint> | undefined;
  readonly #socketsOf = new WeakMap<Run, WorkerSocket>();

  /** `isHeld`: no request comes until `release`. */
  constructor(setup: PoolSetup, tools: CrewTools, { isHeld = false } = {}) {
    this.#setup = setup;
    this.#tools = tools;
    const { count, traffic, group, pins, generation } = setup;
    this.group = group;
    this.pins = pins;
    this.traffic = traffic;
    this.generation = generation;
    this.wanted = count;
    this.#held = isHeld ? new Map() : undefined;
    this.poisons = new Poisons({
      ...tools,
      group: group.name,
      limit: group.settings.poisonLimit,
      onChange: (refused) => traffic.refuse(this, refused),
    });
    this.succession = new Succession({ clock: tools.clock, traffic, wanted: () => this.wanted });
    this.recycling = new Recycling({ ...tools, traffic, limits: group.settings });
    this.crew = new Crew(
      Array.from({ length: count }, () => this.#placeSetup()),
      group.settings.confine ? heeding(tools, setup) : tools,
      this,
    );
  }

  /** Places that have, or are to have, a process. */
  get livePlaces(): Place[] {
    return this.crew.places.filter(({ isWanted }) => isWanted);
  }

  /** From now on what is ready is the fronts' to know; here is what was ready before. */
  unhold(): ReadonlyMap<Slot, Endpoint> {
    const held = this.#held ?? new Map<Slot, Endpoint>();
    this.#held = undefined;
    return held;
  }

  restartAll(reason: Reason, why: string): void {
    this.#tools.log.info("all workers are replaced, one after the other", {
      group: this.group.name === DEFAULT_GROUP ? undefined : this.group.name,
      why,
    });
    this.restart(this.livePlaces, reason, why);
  }

  /** One after the other, each one successor first. */
  restart(places: readonly Place[], reason: Reason, why: string): void {
    for (const place of places)
      this.recycling.ask(
        place,
        place.successor ?? place.current,
        { reason, why },
        windowFor(reason, this.group.settings),
      );
  }

  /** One more worker. */
  grow(): { place: Place; ready: Promise<void> } {
    this.wanted++;
    return this.crew.add(this.#placeSetup());
  }

  /** One worker less; resolves when nothing is left on it. Its place goes with its process. */
  async shrink(place: Place, reason: Reason, why: string): Promise<void> {
    this.wanted--;
    await this.recycling.release(place, { reason, why }, leavingWindows(this.group.settings));
    void this.crew.remove(place).then(() => this.#setup.numbers.give(place.number));
  }

  /** Lets the worker of a place go, and leaves the place empty; how many WebSockets were cut. */
  vacate(place: Place, reason: Reason, why: string): Promise<number> {
    return this.recycling.release(place, { reason, why }, leavingWindows(this.group.settings));
  }

  /** Another generation has taken over. Resolves when no process is left. */
  async retire(reason: Reason, why: string): Promise<void> {
    this.recycling.stopReplacing();
    this.poisons.close();
    // Workers that had to go before have been given a time of their own.
    const departing = this.crew.places.flatMap((place) => [...place.departing]);
    await Promise.all([
      ...this.crew.places.map((place) =>
        this.recycling.release(place, { reason, why }, leavingWindows(this.group.settings)),
      ),
      ...departing.map((slot) => slot.whenEmpty()),
    ]);
    await this.crew.leave("stop");
  }

  /** All of them are to leave, when their clients have: what streams can say goodbye now. */
  announceDrain(reason: Reason): void {
    const windows = leavingWindows(this.group.settings, reason === "shutdown_signal");
    for (const slot of this.crew.places.flatMap(({ slots }) => slots))
      if (slot.state === "ready") sendWithdrawn(slot, reason, windows);
  }

  obey(place: Place, slot: Slot, { reason, how, why }: Verdict): void {
    const { settings } = this.group;
    const load = IS_FOR_A_REQUEST.has(reason) ? this.traffic.loadOf(slot.pid) : undefined;
    const culprit = load?.oldest && { culprit: load.oldest, active: load.active };
    const order: ReplacementOrder = { reason, why, ...culprit };
    const { run } = slot;
    // Before its clients are answered: what was in flight is gone then.
    const condemned = { slot, order, how, traffic: this.traffic, isAskedStack: asksStack(reason, settings) };
    if (run) this.#tools.ledger.evidence?.begin({ ...condemned, run });
    if (condemned.isAskedStack) void addStack(order, run, this.#tools.clock);
    if (how === "kill") void this.recycling.kill(place, slot, order).then(() => this.#blame(slot, run));
    else if (how === "dismiss") this.recycling.dismiss(place, slot, order);
    else this.recycling.ask(place, slot, order, windowFor(reason, settings));
  }

  /** For a file of this name that a worker of the group is to write. */
  fileFor(name: string): string {
    return this.#setup.sockets.fileFor(name, this.group.account);
  }

  /** False: somebody has removed the socket, and no new connection finds the worker. */
  hasSocket({ run }: Slot): boolean {
    const socket = run && this.#socketsOf.get(run);
    return !socket || this.#setup.sockets.exists(socket);
  }

  hear(slot: Slot, news: News): void {
    const { modules, beganAtMs } = this.#setup;
    switch (news.type) {
      case "modules":
        return modules.hear(this.generation, beganAtMs, pathsOutside(this.group.settings, news));
      case "leaving":
        return this.#grant(slot, news.reason);
      case "counted":
        return slot.run && this.#tools.sums.apps.note(slot.run, this.group.name, news.metrics);
      case "stats":
      case "figures":
      case "requests":
      case "notable":
      case "lost":
      case "pressure":
      case "quiet":
      case "closed":
      case "steered":
      case "cut":
      case "ask":
      case "spans":
      case "taken":
      case "act":
        // For front ends to say: an app that says it is not believed.
        return;
      default:
        return news satisfies never;
    }
  }

  #grant(slot: Slot, reason: LeaveReason): void {
    const place = this.crew.places.find(({ slots }) => slots.includes(slot));
    if (place) this.recycling.grant(place, slot, reason, windowFor(reason, this.group.settings));
  }

  onReady(slot: Slot, { kind }: Ready): void {
    this.appKind ??= kind;
    this.#admit(slot);
  }

  onWithdrawn(slot: Slot): void {
    this.#held?.delete(slot);
    void this.traffic.dismiss(slot);
  }

  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void> {
    this.recycling.onEnded(slot);
    this.#forget(run);
    this.#setup.onEnded(new GwError("worker_died_at_start", { step: "ready", how: describeEnding(ending) }));
    const farewell = this.#blame(slot, run);
    const { settings: limits } = this.group;
    return this.#tools.ledger.note({ ...whoIs(slot), run, ending, limits, farewell });
  }

  /** What ended with a worker may be what ended it. */
  #blame(slot: Slot, run: Run | undefined): Promise<Farewell> {
    const farewell = this.traffic.dismiss(slot);
    void farewell.then((told) => {
      const isUnclear = told.isUnclear || (run !== undefined && stoodIn(told, run.pulse.atMs).length > 0);
      this.poisons.note({ ...told, isUnclear });
    });
    return farewell;
  }

  onGone(slot: Slot, run: Run | undefined): void {
    this.recycling.onGone(slot, run);
    if (run) this.#forget(run);
  }

  #placeSetup(): PlaceSetup & { number: number } {
    const { numbers, group, pins, env, port, sockets } = this.#setup;
    const { settings } = group;
    const number = numbers.take();
    const dress = dressWorker(env, group, port, pins.home, (program) => sockets.program(program));
    const { runtime } = sockets;
    const places = { pins, port, sockets: () => sockets.directoryFor(group.account), runtime };
    return {
      number,
      name: workerName(group, number),
      role: group.kind === "auth" ? "auth" : "worker",
      cwd: pins.home,
      dress: confineDress(dress, group, places),
      rests: WORKER_RESTS,
      startupTimeoutMs: settings.startupTimeout,
      drainTimeoutMs: settings.gracefulTimeout,
      shutdownTimeoutMs: settings.shutdownTimeout,
      configure: (run) => this.#configure(number, run),
    };
  }

  #configure(number: number, run: Run): ToChild {
    const facts = { ...this.#setup, holds: heldOf(this.group.settings) };
    return firstOrderOf(facts, number, this.#listenFor(run));
  }

  #listenFor(run: Run): WorkerSetup["listen"] {
    const { group, port, sockets } = this.#setup;
    if (group.kind === "service") return null;
    if (group.settings.embeddedMode) return { host: group.settings.host, port };
    const socket = sockets.make(group.account);
    this.#socketsOf.set(run, socket);
    const { path, token, mode } = socket;
    return { unix: insideOf(group.settings, path), token, ...(mode !== undefined && { mode }) };
  }

  /** In embedded mode nobody else counts what workers get. */
  noteOwnCounts(): void {
    for (const { run } of this.crew.places.flatMap(({ slots }) => slots)) if (run) this.#noteOwnCount(run);
  }

  #noteOwnCount(run: Run): void {
    const { name, settings } = this.group;
    if (settings.embeddedMode) this.#tools.sums.note(run, ownCountOf(name, run));
  }

  #forget(run: Run): void {
    this.#noteOwnCount(run);
    this.#tools.sums.end(run);
    const socket = this.#socketsOf.get(run);
    if (socket) this.#setup.sockets.remove(socket);
  }

  #admit(slot: Slot): void {
    const socket = slot.run && this.#socketsOf.get(slot.run);
    if (!socket || !this.traffic.hasFronts) return;
    const endpoint = endpointOf(this.#setup, slot, socket);
    if (this.#held) this.#held.set(slot, endpoint);
    else this.traffic.admit(slot, endpoint);
  }
}
