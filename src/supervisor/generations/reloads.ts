// Reloads, one at a time: what a new generation is to be, whether it comes up, and what is said when it does not. The old
// one serves on until all of the new one is ready.
import type { Certified } from "../../certificates/certificate-files.ts";
import { type CertificatesRead, certifiedBy } from "../../certificates/read-certificates.ts";
import type { Reloaded } from "../../control/results.ts";
import type { RefusedStatus, TrialTold } from "../../control/status.ts";
import type { Clock } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { planReload } from "../../options/resolve/reload.ts";
import type { ConfigModules, Resolution, Resolved } from "../../options/resolve/resolve.ts";
import type { PrintLine } from "../child/slot-setup.ts";
import type { Chronicle } from "../records/chronicle.ts";
import type { Generation, GenerationPlan, Tenure } from "./generation.ts";
import { describeMove, withdrawnOf } from "./move-report.ts";
import { Move, type MoveKind, Moves, type OwnMove, Superseded, whenAborted } from "./moves.ts";
import { isSame, type Past, presentPast } from "./past.ts";
import { Refusals, type RefusedGeneration } from "./refusals.ts";
import type { Site } from "./site.ts";
import { Objection, type TrialRequest } from "./trial-watch.ts";

export type ReloadsSetup = {
  clock: Clock;
  log: Log;
  print: PrintLine;
  site: Site;
  /** As it was when gw was started. */
  config: Resolved & Certified;
  /** Reads the configuration anew, from all the places that it was read from at the start. */
  load(): Promise<Resolution & Certified>;
  /** Reads the certificates of a configuration that was read before. */
  readCertificates(config: Resolved): CertificatesRead;
  /** What an operator reads of problems. */
  describe(problems: readonly Problem[]): string[];
  followers: readonly ConfigFollower[];
  /** See Moves. */
  onBusy?: (isBusy: boolean) => void;
  /** Remembers how each try went. */
  chronicle?: Pick<Chronicle, "noteReload">;
};

/** Goes by the configuration. */
export interface ConfigFollower {
  /** One was read, which may be wrong; of one that is code, what it consists of. */
  hearConfig?(modules: ConfigModules | undefined): void;
  /** Another one holds. */
  refresh(config: Resolved): void;
}

type ReloadPlan = GenerationPlan & { config: Resolved & Certified };
type FindPlan = () => Promise<ReloadPlan>;

const stopping = () => new GwError("command_failed", { what: "gw is stopping" });

export class Reloads {
  readonly #setup: ReloadsSetup;
  readonly #refusals: Refusals;
  readonly #moves: Moves;
  previous: Past | undefined;
  #config: Resolved & Certified;
  /** Of what is tried out, as long as that takes. */
  #withdrawal: Promise<Reloaded> | undefined;

  constructor(setup: ReloadsSetup) {
    this.#setup = setup;
    this.#refusals = new Refusals(setup);
    this.#moves = new Moves(setup);
    this.#config = setup.config;
  }

  /** The last try, when it failed. */
  get refused(): RefusedStatus | undefined {
    return this.#refusals.last;
  }

  /** Something that has taken its turn has come to nothing. */
  noteRefused(refusal: RefusedGeneration): void {
    this.#refusals.ofGw(refusal);
  }

  /** The configuration that holds now. */
  get present(): Resolved & Certified {
    return this.#config;
  }

  /** Why nothing is reloaded here any more. */
  get closedBy(): GwError | undefined {
    return this.#moves.closedBy;
  }

  /** What is tried out, or is going to be, as far as it is: started, or waiting for its turn. */
  get trial(): Move | undefined {
    return this.#moves.wanted.findLast(({ kind }) => kind === "trial");
  }

  /** One that waits for its turn serves all who ask meanwhile. What is tried out makes way, or is going to be. */
  reload(by: string, trial?: TrialRequest): Promise<Reloaded> {
    return this.#reload(by, trial).done;
  }

  /** As `reload`, and what is being started makes way: it is older than what is wanted. */
  supersede(by: string): Promise<Reloaded> {
    const { running } = this.#moves;
    const newer = this.#reload(by);
    running?.makeWayFor(newer as Move);
    return newer.done;
  }

  /** What is tried out goes, or is not begun, and that is all. Who asks meanwhile, or while one waits for its turn, gets the same one. */
  rollback(by: string): Promise<Reloaded> {
    const { trial } = this;
    if (trial)
      this.#withdrawal = this.#withdraw(trial, by).finally(() => {
        this.#withdrawal = undefined;
      });
    return this.#withdrawal ?? this.#goBack(by);
  }

  restartFronts(by: string): Promise<Reloaded> {
    // Wherever a link leads by now: nothing of the app is looked up anew.
    const asNow = async () => {
      const { pins } = this.#setup.site.generation;
      return { config: this.#config, pins, wantsNewFronts: true };
    };
    return this.#enqueue(by, asNow);
  }

  /** Nothing else moves the traffic meanwhile. */
  takeTurn<T>(by: string, act: () => Promise<T>): Promise<T> {
    return this.#moves.add(new Move(by, "other", act));
  }

  /** Resolves when what is under way now is over; undefined when nothing is. */
  get underWay(): Promise<unknown> | undefined {
    return this.#moves.running?.done.catch(() => {});
  }

  /** Resolves when nothing is under way: what is changed by hand has to hold for what serves then. */
  settled(): Promise<void> {
    return this.#moves.settled();
  }

  /** What the files of its certificates say now. */
  readCertificates = (config: Resolved): CertificatesRead => this.#setup.readCertificates(config);

  /** The same files and the same settings, with these certificates: on new front ends. */
  renew(by: string, certified: Certified): Promise<Reloaded> {
    const asNow = async () => {
      const { pins } = this.#setup.site.generation;
      return { config: { ...this.#config, ...certified }, pins, wantsNewFronts: true };
    };
    return this.#enqueue(by, asNow);
  }

  /** Nothing begins any more, and what has begun is given up, where it still can be. Who has asked, or will, is told why. */
  close(why = stopping()): void {
    this.#moves.close(why);
  }

  #reload(by: string, trial?: TrialRequest): Move<Reloaded> {
    const older = this.#moves.wanted.filter(({ kind }) => kind === "trial");
    const kind = trial ? "trial" : "reload";
    const own = this.#join(new Move(by, kind, (move) => this.#attempt(move, () => this.#readAnew(), trial)));
    for (const one of older) one.makeWayFor(own as Move);
    return own;
  }

  /** The last that waits does for it as well, where it is of the same kind; a trial never is, for it makes way. */
  #join(own: Move<Reloaded>): Move<Reloaded> {
    const last = this.#moves.waiting.findLast(({ kind }) => kind !== "trial");
    if (own.kind !== "other" && last?.kind === own.kind) return last as Move<Reloaded>;
    // Who has asked for it hears how it goes.
    this.#moves.add(own).catch(() => {});
    return own;
  }

  #enqueue(by: string, find: FindPlan, kind: MoveKind = "other"): Promise<Reloaded> {
    return this.#join(new Move(by, kind, (move) => this.#attempt(move, find))).done;
  }

  /** Where it is too late for that, it is gone back from. */
  async #withdraw(trial: Move, by: string): Promise<Reloaded> {
    const { site } = this.#setup;
    const isTriedOut = site.trial !== undefined && site.trial.told.generation === trial.generation;
    const what = `Nothing was tried out: ${by} was typed`;
    trial.callOff(isTriedOut ? new Objection(`${by} was typed`) : new GwError("command_failed", { what }));
    const [{ status }] = await Promise.allSettled([trial.done]);
    if (this.closedBy) throw this.closedBy;
    return status === "fulfilled" ? this.#goBack(by) : withdrawnOf(site.tenure, trial.generation);
  }

  #goBack(by: string): Promise<Reloaded> {
    return this.#enqueue(by, async () => this.#findPast(), "rollback");
  }

  async #attempt(move: OwnMove, find: FindPlan, request?: TrialRequest): Promise<Reloaded> {
    const { site, clock, log } = this.#setup;
    const { by, off } = move;
    const fromMs = clock.now();
    off.throwIfAborted();
    const number = site.nextNumber();
    move.generation = number;
    const old = site.tenure;
    this.#refusals.last = undefined;
    try {
      const plan = await Promise.race([find(), whenAborted(off)]);
      log.info("a new generation is started", { generation: number, by });
      const next = site.prepare(number, plan, old.generation.countsFor(plan.config));
      const trial = await this.#bringUp(next, off, request);
      this.#succeed(plan, next.generation, old.generation);
      const tookMs = Math.round(clock.now() - fromMs);
      const reloaded = { ...describeMove(next, old), tookMs, ...(trial && { trial }) };
      const { workers, hasNewFronts } = reloaded;
      log.info("the new generation serves", { generation: number, workers, hasNewFronts, tookMs });
      const served = { by, outcome: "serves", generation: number, tookMs } as const;
      this.#setup.chronicle?.noteReload({ ...served, reason: null, detail: null });
      return reloaded;
    } catch (thrown) {
      throw this.#refuse(number, by, thrown, Math.round(clock.now() - fromMs));
    }
  }

  async #bringUp(next: Tenure, off: AbortSignal, trial?: TrialRequest): Promise<TrialTold | undefined> {
    const { site } = this.#setup;
    try {
      const { generation } = next;
      await Promise.race([generation.start(), generation.whenBroken, whenAborted(off)]);
      const told = trial && (await this.#tryOut(next, trial, off));
      await site.takeOver(next, off);
      return told;
    } catch (error) {
      await site.giveUp(next);
      throw error;
    }
  }

  async #tryOut(next: Tenure, trial: TrialRequest, off: AbortSignal): Promise<TrialTold> {
    const { site, log } = this.#setup;
    const { number: generation, whenBroken } = next.generation;
    log.info("a new generation is tried out", { generation, percent: trial.percent, forMs: trial.watchMs });
    const broken = whenBroken.catch((error) =>
      Promise.reject(new Objection(`a worker of it ended: ${reasonOf(error)}`)),
    );
    return Promise.race([site.tryOut(next, trial, off), broken]);
  }

  /** What ran the same files with the same settings is nothing to go back to: what was before that still is. */
  #succeed({ config }: ReloadPlan, next: Generation, old: Generation): void {
    const past = { number: old.number, config: this.#config, pins: old.pins };
    if (!isSame(past, next, config)) this.previous = past;
    this.#config = config;
    for (const follower of this.#setup.followers) follower.refresh(config);
  }

  async #readAnew(): Promise<ReloadPlan> {
    const { load, describe, log, followers } = this.#setup;
    const resolution = await load();
    for (const follower of followers) follower.hearConfig?.(resolution.configModules);
    const problems = resolution.problems ?? planReload(this.#config, resolution as Resolved).refused;
    if (problems.length > 0 || resolution.problems) {
      const [only, other] = problems;
      const what = only && !other ? only.what : `the configuration has ${problems.length} problems`;
      throw new GwError("configuration", { what }, describe(problems).join("\n"));
    }
    for (const warning of resolution.warnings) log.warn(warning);
    return { config: resolution };
  }

  #findPast(): ReloadPlan {
    const { config, pins } = presentPast(this.previous);
    return { config: this.#certify(config), pins };
  }

  /** Going back leads to the app and the settings of before; certificates go on. */
  #certify(config: Resolved & Certified): Resolved & Certified {
    const { problems, ...read } = this.#setup.readCertificates(config);
    if (problems.length === 0) return { ...config, ...certifiedBy(read) };
    for (const { what } of problems) this.#setup.log.warn("the certificates of then are kept", { why: what });
    return config;
  }

  #refuse(number: number, by: string, thrown: unknown, tookMs: number): Error {
    const { log, site } = this.#setup;
    const error = this.closedBy ?? thrown;
    if (error instanceof Superseded) {
      log.info("a generation made way for a newer one", { generation: number });
      return error;
    }
    // There is nothing to go back to, for example: nothing has been tried.
    if (error instanceof GwError && error.cause_ === "command_failed") {
      log.info("a generation was given up", { generation: number, why: error.message });
      return error;
    }
    return this.#refusals.ofGeneration({ by, number, thrown, tookMs }, site.generation.number);
  }
}
