// A complete set of workers, of all groups of one configuration: started together, given the traffic together, and let go
// together when another generation has taken over.

import { availableParallelism } from "node:os";
import type { GenerationState } from "../../control/status.ts";
import type { Environment } from "../../core/environment.ts";
import { asGwError, GwError } from "../../core/errors.ts";
import type { Reason } from "../../core/reasons.ts";
import { isFound } from "../../options/declare/kinds/concurrency-kind.ts";
import { DEFAULT_GROUP } from "../../options/resolve/resolve.ts";
import { os } from "../../os/os.ts";
import { type Pins, pin } from "../child/pins.ts";
import type { Slot } from "../child/slot.ts";
import type { CrewTools, Turns } from "../crew/crew.ts";
import { rulesOf } from "../crew/judge.ts";
import type { Place } from "../crew/place.ts";
import { PlaceNumbers } from "../crew/place-numbers.ts";
import { Watch } from "../crew/watch.ts";
import type { Config } from "../fronts/front-setup.ts";
import type { Fronts } from "../fronts/fronts.ts";
import type { ModulesListener } from "../groups/pool-setup.ts";
import { Scaler } from "../groups/scaler.ts";
import { countForSuccessor } from "../groups/scaling.ts";
import { WorkerPool } from "../groups/worker-pool.ts";
import type { WorkerSockets } from "../root/worker-sockets.ts";
import { Loops, type Stalled } from "../traffic/loops.ts";
import { Paces } from "../traffic/paces.ts";
import type { Endpoint, Traffic } from "../traffic/traffic.ts";

/**
 * Apps that load at once, and are more than the processors, only slow each other down, and those that serve. One that waits
 * for something while it loads slows nobody down, and must not hold up the others.
 */
const TURNS: Turns = { atOnce: Math.max(2, availableParallelism()), turnMs: 250 };

export type GenerationSetup = {
  number: number;
  config: Config;
  /** Of an earlier generation that ran the same; otherwise what its paths lead to now. */
  pins?: ReadonlyMap<string, Pins>;
  /** How many workers a group begins with; otherwise as its configuration says. */
  counts?: ReadonlyMap<string, number>;
  port: number;
  sockets: WorkerSockets;
  traffic: Traffic;
  env: Environment;
  modules: ModulesListener;
};

/** What a new generation is to be. */
export type GenerationPlan = {
  config: Config;
  pins?: ReadonlyMap<string, Pins>;
  /** New front ends also when these would do. */
  wantsNewFronts?: boolean;
};

export type Tenure = { generation: Generation; fronts: Fronts };

export class Generation {
  readonly number: number;
  readonly config: Config;
  readonly pins: ReadonlyMap<string, Pins>;
  readonly pools: readonly WorkerPool[];
  readonly traffic: Traffic;
  readonly startedAtMs: number;
  state: GenerationState = "starting";
  readonly #broken = Promise.withResolvers<never>();
  readonly #scalers: ReadonlyMap<string, Scaler>;
  readonly #watches: readonly Watch[];
  readonly #loops: readonly (Loops | Paces)[];

  /** `isHeld`: its workers get no request until it takes over. */
  constructor(setup: GenerationSetup, tools: CrewTools, { isHeld = false } = {}) {
    const { number, config, traffic, counts, ...rest } = setup;
    const beganAtMs = tools.clock.wall();
    this.#broken.promise.catch(() => {});
    this.number = number;
    this.config = config;
    this.traffic = traffic;
    this.startedAtMs = tools.clock.now();
    this.pins = setup.pins ?? new Map(config.groups.map((group) => [group.name, pin(group)]));
    const numbers = new PlaceNumbers();
    this.pools = config.groups.map((group) => {
      const { embeddedMode, frontEnds, processes } = group.settings;
      const count = embeddedMode ? frontEnds : (counts?.get(group.name) ?? processes.min);
      const pins = this.pins.get(group.name) ?? pin(group);
      const onEnded = (error: GwError) => this.#broken.reject(new StartFailure(group.name, error));
      const pool = { ...rest, onEnded, group, pins, generation: number, beganAtMs, count, numbers, traffic };
      return new WorkerPool(pool, tools, { isHeld });
    });
    this.#scalers = new Map(this.pools.map((pool) => [pool.group.name, new Scaler(pool, traffic, tools)]));
    this.#watches = this.pools.map((pool) => makeWatch(pool, traffic, tools));
    this.#loops = this.pools.flatMap((pool) => [
      ...this.#makeLoops(pool, tools),
      ...this.#makePaces(pool, tools),
    ]);
  }

  /** Resolves when every worker is ready; rejects with the first error, and its group's name. */
  async start(): Promise<void> {
    await Promise.all(
      this.pools.map(({ crew, group }) =>
        crew.start(TURNS).catch((error) => Promise.reject(new StartFailure(group.name, asGwError(error)))),
      ),
    );
  }

  /** Rejects when a worker that was ready ends by itself. */
  get whenBroken(): Promise<never> {
    return this.#broken.promise;
  }

  /** Throws when not every worker is ready now: one that was may have gone since. */
  checkWhole(): void {
    const gone = this.pools.find(({ crew }) => crew.places.some(({ current }) => current.state !== "ready"));
    if (!gone) return;
    const how = "it was gone before it could take over";
    throw new StartFailure(gone.group.name, new GwError("worker_died_at_start", { step: "ready", how }));
  }

  /** Watches over its workers from now on; for those that were held, returns what the fronts are to be told. */
  serve(): ReadonlyMap<Slot, Endpoint> {
    this.#beginWatching();
    this.state = "serving";
    return new Map(this.pools.flatMap((pool) => [...pool.unhold()]));
  }

  /** As `serve`, of what answers requests: hooks go on to be asked in the generation that serves. */
  tryOut(): ReadonlyMap<Slot, Endpoint> {
    this.#beginWatching();
    this.state = "trial";
    const apps = this.pools.filter(({ group }) => group.kind === "app");
    return new Map(apps.flatMap((pool) => [...pool.unhold()]));
  }

  #beginWatching(): void {
    if (this.state === "trial") return;
    for (const watch of this.#watches) watch.start();
    for (const scaler of this.#scalers.values()) scaler.start();
    for (const loops of this.#loops) loops.start();
  }

  get places(): Place[] {
    return this.pools.flatMap(({ crew }) => crew.places);
  }

  /** Those whose processes answer requests: neither services nor what runs hooks. */
  get workerPlaces(): Place[] {
    return this.pools.flatMap(({ crew, group }) => (group.kind === "app" ? crew.places : []));
  }

  /** Workers whose processes are there, also those that leave. */
  get slots(): Slot[] {
    return this.places.flatMap(({ slots }) => slots);
  }

  get pids(): number[] {
    return this.pools.flatMap(({ crew }) => crew.pids);
  }

  poolOf(group: string): WorkerPool | undefined {
    return this.pools.find((pool) => pool.group.name === group);
  }

  scalerOf(group: string): Scaler | undefined {
    return this.#scalers.get(group);
  }

  /** Where its files are, each once; nothing for the welcome page. */
  get apps(): string[] {
    return [...new Set([...this.pins.values()].flatMap(({ app }) => app ?? []))];
  }

  /** How many workers each group of another configuration begins with, to follow this one. */
  countsFor({ groups }: Pick<Config, "groups">): Map<string, number> {
    return new Map(
      groups.map(({ name, settings }) => {
        const pool = this.poolOf(name);
        const present = pool && { ...pool.group.settings.processes, wanted: pool.wanted };
        return [name, countForSuccessor(present, settings.processes)];
      }),
    );
  }

  /** Tells the apps of all its workers that they will have to leave. */
  announceDrain(reason: Reason): void {
    for (const pool of this.pools) pool.announceDrain(reason);
  }

  /** Another generation has the traffic. Resolves when no process is left. */
  async retire(why: string): Promise<void> {
    this.state = "draining";
    for (const loops of this.#loops) loops.stop();
    for (const scaler of this.#scalers.values()) scaler.stop();
    await Promise.all(this.pools.map((pool) => pool.retire("script_reload", why)));
    this.stopWatching();
  }

  /** For the end of gw, and for one that has not come up. */
  async leave(how: "drain" | "stop"): Promise<void> {
    this.stopWatching();
    await Promise.all(this.pools.map(({ crew }) => crew.leave(how)));
  }

  kill(): void {
    for (const { crew } of this.pools) crew.kill();
  }

  stopWatching(): void {
    for (const watch of this.#watches) watch.stop();
    for (const loops of this.#loops) loops.stop();
    for (const scaler of this.#scalers.values()) scaler.stop();
    this.stopReplacing();
  }

  /** gw is to stop. */
  expectEnd(): void {
    this.stopReplacing();
    this.announceDrain("shutdown_signal");
  }

  stopReplacing(): void {
    for (const { recycling } of this.pools) recycling.close();
  }

  #makeLoops(pool: WorkerPool, { clock }: CrewTools): Loops[] {
    const { settings, kind } = pool.group;
    if (kind !== "app" || !this.traffic.hasFronts) return [];
    const onChange = (stalled: readonly Stalled[]) => {
      this.traffic.setStalled(pool, stalled);
      this.scalerOf(pool.group.name)?.noteStalled(stalled.length);
    };
    const slots = () => {
      // One that is alone, and stays so, has nobody who could take its turn; gw scale may give it company.
      const isAlone = settings.processes.max === 1 && pool.wanted <= 1;
      return isAlone ? [] : pool.livePlaces.map(({ current }) => current);
    };
    return [new Loops({ clock, slots, onChange })];
  }

  #makePaces(pool: WorkerPool, { clock }: CrewTools): Paces[] {
    const { settings, kind } = pool.group;
    if (kind !== "app" || !this.traffic.hasFronts || !isFound(settings.concurrency)) return [];
    const slots = () => pool.livePlaces.map(({ current }) => current);
    return [new Paces({ clock, traffic: this.traffic, slots })];
  }
}

/** The error of a group that did not start. Of several groups it says which one it was. */
export class StartFailure extends GwError {
  constructor(group: string, { cause_, facts, detail, message }: GwError) {
    super(cause_, facts, detail);
    if (group !== DEFAULT_GROUP) this.message = `${group}: ${message}`;
  }
}

function makeWatch(pool: WorkerPool, traffic: Traffic, { clock, log, ledger }: CrewTools): Watch {
  return new Watch({
    clock,
    log,
    os,
    rules: rulesOf(pool.group.settings),
    evidence: ledger.evidence,
    workers: {
      places: pool.crew.places,
      onVerdict: pool.obey.bind(pool),
      hasSocket: pool.hasSocket.bind(pool),
      traffic,
    },
  });
}
