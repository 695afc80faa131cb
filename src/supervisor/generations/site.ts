// What runs: the generation that serves with its front ends, those before it that still finish, and how the traffic moves
// from one to the next. Whether one may come up is supervisor/generations/reloads' to decide.

import type { Waiting } from "../../control/results.ts";
import type { TrialTold } from "../../control/status.ts";
import { pause } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import { GwError } from "../../core/errors.ts";
import type { Shortage } from "../../link/messages.ts";
import type { CrewTools } from "../crew/crew.ts";
import { type Config, needsSameFronts } from "../fronts/front-setup.ts";
import { Fronts, type FrontsOwner, type FrontsSetup } from "../fronts/fronts.ts";
import { type CommonBefore, type FrontsInCommon, newCommon } from "../fronts/fronts-in-common.ts";
import type { ModulesListener } from "../groups/pool-setup.ts";
import type { WorkerSockets } from "../root/worker-sockets.ts";
import { Employed } from "../traffic/employed.ts";
import { Pauses } from "../traffic/pauses.ts";
import { Generation, type GenerationPlan, type Tenure } from "./generation.ts";
import { Leavings } from "./leavings.ts";
import { whenAborted } from "./moves.ts";
import { leadTo, type MovingTools } from "./moving.ts";
import { type TrialRequest, TrialWatch } from "./trial-watch.ts";

export type SiteSetup = Pick<FrontsSetup, "places" | "publicPort"> & {
  sockets: WorkerSockets;
  env: Environment;
  modules: ModulesListener;
  before?: SiteBefore;
};

/** Of a gw that this one follows: the number of the first generation here, and how many workers each group has. */
export type SiteBefore = CommonBefore & { generation: number; counts: ReadonlyMap<string, number> };

const LOOK_MS = 50;
const NO_TRIAL =
  "A part of the requests can go to the new generation only behind the same front ends, and this one needs others, or has none; reload without --percent";

export class Site implements FrontsOwner {
  readonly #setup: SiteSetup;
  readonly #tools: CrewTools;
  readonly pauses: Pauses;
  readonly employed = new Employed(() => this.fronts.map(({ traffic }) => traffic));
  /** Requests that were ended because gw is to stop. */
  cut = 0;
  /** Of the generation that is tried out; undefined while none is. */
  trial: TrialWatch | undefined;
  #coming: Tenure | undefined;
  #isClosed = false;
  /** Of all sets of front ends, one after the other. */
  readonly common: FrontsInCommon;
  readonly #leavings: Leavings;
  #present: Tenure | undefined;
  #count = 0;

  constructor(setup: SiteSetup, tools: CrewTools) {
    this.#setup = setup;
    this.#tools = tools;
    this.common = newCommon(tools.log, setup.before);
    this.#leavings = new Leavings(tools, () => this.#whenServed());
    this.#count = (setup.before?.generation ?? 1) - 1;
    this.pauses = new Pauses(tools.clock, tools.log, (groups) => {
      for (const { traffic } of this.fronts) traffic.pause(groups);
    });
  }

  /** The serving one; only after `begin`. */
  get tenure(): Tenure {
    if (!this.#present) throw new Error("nothing has been started");
    return this.#present;
  }

  get generation(): Generation {
    return this.tenure.generation;
  }

  /** The one that is being started. */
  get candidate(): Generation | undefined {
    return this.#coming?.generation;
  }

  get hasBegun(): boolean {
    return this.#present !== undefined;
  }

  /** The newest first. */
  get generations(): Generation[] {
    const older = [...this.#leavings.all].map(({ generation }) => generation).toReversed();
    const newest = [this.candidate, this.#present?.generation].flatMap((one) => one ?? []);
    // Where another gw has taken over, the present one leaves as well.
    return [...new Set([...newest, ...older])];
  }

  /** All sets of front ends, the serving one first. */
  get fronts(): Fronts[] {
    const newest = [this.#present, this.#coming].flatMap((tenure) => tenure?.fronts ?? []);
    return [...new Set([...newest, ...[...this.#leavings.all].flatMap(({ fronts }) => fronts ?? [])])];
  }

  get pids(): number[] {
    return [...this.generations.flatMap(({ pids }) => pids), ...this.fronts.flatMap(({ crew }) => crew.pids)];
  }

  /** The number of the next generation, used up by asking. */
  nextNumber(): number {
    return ++this.#count;
  }

  /** Starts the first generation and its front ends side by side; rejects with the first error of either. */
  async begin(config: Config): Promise<void> {
    const { before } = this.#setup;
    const fronts = this.#makeFronts(config, before !== undefined);
    const generation = this.#makeGeneration(this.nextNumber(), { config }, fronts, false, before?.counts);
    this.#present = { generation, fronts };
    await Promise.all([generation.start(), fronts.start()]);
    generation.serve();
  }

  /** A new generation beside the present one, and front ends for it where the present ones do not do. */
  prepare(number: number, target: GenerationPlan, counts: ReadonlyMap<string, number>): Tenure {
    this.#refuseWhenClosed();
    const { fronts } = this.tenure;
    const isSame = !target.wantsNewFronts && needsSameFronts(this.generation.config, target.config);
    const chosen = isSame ? fronts : this.#makeFronts(target.config, true);
    const generation = this.#makeGeneration(number, target, chosen, isSame, counts);
    this.#coming = { generation, fronts: chosen };
    return this.#coming;
  }

  /** What a move that is under way waits for. */
  get waiting(): Waiting | undefined {
    return this.#leavings.waiting;
  }

  /**
   * All workers of `next` are ready: the traffic moves. Rejects when its front ends do not come up, and as `off` aborts; once
   * requests can be on it, that comes too late.
   */
  async takeOver(next: Tenure, off: AbortSignal): Promise<void> {
    const old = this.tenure;
    await this.#makeRoom(next, off);
    if (next.fronts === old.fronts) {
      const coming = next.generation.serve();
      old.fronts.traffic.exchange(old.generation.slots, coming);
      old.fronts.traffic.tryOut(undefined);
    } else await this.#moveTo(next, old, off);
    this.#present = next;
    this.#coming = this.trial = undefined;
    const why = `generation ${this.generation.number} has taken over`;
    this.#leavings.begin(old.generation, next.fronts === old.fronts ? undefined : old.fronts, why);
  }

  /** A share of the requests goes to `next`, whose workers are ready, until its time is over. Rejects when something is against it. */
  async tryOut(next: Tenure, request: TrialRequest, off: AbortSignal): Promise<TrialTold> {
    const { traffic } = next.fronts;
    if (next.fronts !== this.tenure.fronts || !traffic.hasFronts)
      throw new GwError("command_failed", { what: NO_TRIAL });
    // At its end one of the two leaves, whichever that is; and nobody would watch it while it waited for that.
    await this.#makeRoom(next, off);
    const { number: generation } = next.generation;
    this.trial = new TrialWatch(generation, request, traffic, this.#tools.clock);
    traffic.tryOut({ generation, percent: request.percent });
    traffic.exchange([], next.generation.tryOut());
    return Promise.race([this.trial.watch(), whenAborted(off)]);
  }

  /** Another gw has the traffic. Resolves when nothing is left here. */
  async relieve(why: string): Promise<void> {
    const { generation, fronts } = this.tenure;
    this.#leavings.begin(generation, fronts, why);
    await Promise.all([...this.#leavings.all].map(({ done }) => done));
  }

  /** Resolves when it has left. */
  whenGone(number: number): Promise<void> {
    return this.#leavings.whenGone(number);
  }

  /** It has not come up, or is wanted no more. What has been tried out has requests, and finishes them. */
  async giveUp({ generation, fronts }: Tenure): Promise<void> {
    this.trial?.stop();
    this.trial = undefined;
    if (generation.state === "trial") return this.#withdraw(generation);
    if (fronts !== this.tenure.fronts) {
      fronts.stopWatching();
      fronts.crew.kill();
      await fronts.crew.leave("stop");
    }
    await generation.leave("stop");
    this.#coming = undefined;
  }

  #withdraw(generation: Generation): void {
    generation.traffic.exchange(generation.slots, new Map());
    generation.traffic.tryOut(undefined);
    this.#coming = undefined;
    this.#leavings.begin(generation, undefined, "it was tried out, and let go");
  }

  /** Whoever leaves now is not followed by another one, and all apps hear that they will have to. */
  stopReplacing(): void {
    for (const generation of this.generations) generation.expectEnd();
  }

  stopWatching(): void {
    this.#isClosed = true;
    this.common.steering.close();
    this.pauses.close();
    for (const fronts of this.fronts) fronts.stopWatching();
    for (const generation of this.generations) generation.stopWatching();
  }

  async leaveFronts(how: "drain" | "stop"): Promise<void> {
    await Promise.all(this.fronts.map(({ crew }) => crew.leave(how)));
  }

  async leaveWorkers(how: "drain" | "stop"): Promise<void> {
    await Promise.all(this.generations.map((generation) => generation.leave(how)));
  }

  kill(): void {
    this.killFronts();
    for (const generation of this.generations) generation.kill();
  }

  killFronts(): void {
    for (const { crew } of this.fronts) crew.kill();
  }

  /** The new listeners come up while everything goes to the old ones; once all are there, they get more and more of it. */
  #moveTo(next: Tenure, old: Tenure, off: AbortSignal): Promise<void> {
    const begin = async () => {
      await Promise.race([next.fronts.start(), whenAborted(off)]);
      this.#checkReady(next, off);
      next.generation.serve();
    };
    const end = async () => void (this.#isClosed || next.fronts.accept());
    return leadTo(next.fronts, old.fronts, { begin, end }, this.moving);
  }

  /** What moving.ts moves connections with. */
  get moving(): MovingTools {
    return { ...this.#tools, steering: this.common.steering, isClosed: () => this.#isClosed };
  }

  async #makeRoom(next: Tenure, off: AbortSignal): Promise<void> {
    await this.#leavings.makeRoom(off);
    this.#checkReady(next, off);
  }

  /** While others were waited for, a worker may have gone, or gw been told to stop. */
  #checkReady({ generation }: Tenure, off: AbortSignal): void {
    off.throwIfAborted();
    this.#refuseWhenClosed();
    generation.checkWhole();
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new GwError("command_failed", { what: "gw is stopping" });
  }

  /** The old front ends keep the port until the new ones have it: one of those may have died since. */
  async #whenServed(): Promise<void> {
    while (!this.#isClosed && !this.tenure.fronts.areReady) await pause(this.#tools.clock, LOOK_MS);
  }

  #makeFronts(config: Config, replacesOthers: boolean): Fronts {
    const own = { replacesOthers, owner: this, config, employed: this.employed, ...this.common };
    const fronts = new Fronts({ ...this.#setup, ...own }, this.#tools);
    fronts.traffic.pause(this.pauses.groups);
    return fronts;
  }

  /** Front ends that leave reach the workers of their own generation and no others. */
  onPressure(fronts: Fronts, group: string, shortage: Shortage): void {
    this.#generationBehind(fronts)?.scalerOf(group)?.onPressure(shortage);
  }

  onCut(count: number): void {
    if (this.#isClosed) this.cut += count;
  }

  #generationBehind(fronts: Fronts): Generation | undefined {
    if (this.#present?.fronts === fronts) return this.#present.generation;
    return [...this.#leavings.all].find((one) => one.fronts === fronts)?.generation;
  }

  #makeGeneration(
    number: number,
    { config, pins }: GenerationPlan,
    { traffic }: Fronts,
    isHeld: boolean,
    counts: ReadonlyMap<string, number> = new Map(),
  ): Generation {
    const { places, sockets, env, modules } = this.#setup;
    const given = { number, config, counts, port: places.main, sockets, traffic, env, modules };
    return new Generation({ ...given, ...(pins && { pins }) }, this.#tools, { isHeld });
  }
}
