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
  /** Something is under way, or nothing any more. */
  onBusy?(isBusy: boolean): void;
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
type Job = {
  by: string;
  find(): Promise<ReloadPlan>;
  isReload: boolean;
  /** A share of the requests comes first. */
  trial?: TrialRequest | undefined;
  done: PromiseWithResolvers<Reloaded>;
};
/** Something else, which waits for its turn among them; it never rejects. */
type Turn = { act(): Promise<void>; isReload: false; done: PromiseWithResolvers<void> };

const stopping = () => new GwError("command_failed", { what: "gw is stopping" });

/** A newer reload has taken its place. */
class Superseded extends Error {}

export class Reloads {
  readonly #setup: ReloadsSetup;
  readonly #refusals: Refusals;
  previous: Past | undefined;
  #config: Resolved & Certified;
  readonly #jobs: (Job | Turn)[] = [];
  #running: Job | Turn | undefined;
  #abort = Promise.withResolvers<never>();
  #isClosed = false;

  constructor(setup: ReloadsSetup) {
    this.#setup = setup;
    this.#refusals = new Refusals(setup);
    this.#config = setup.config;
    this.#abort.promise.catch(() => {});
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

  /** One that waits for its turn serves all who ask meanwhile. What is tried out makes way. */
  reload(by: string, trial?: TrialRequest): Promise<Reloaded> {
    if (this.#setup.site.trial) this.#abort.reject(new Superseded());
    const waiting = this.#jobs.find((job): job is Job => job.isReload && !job.trial && !trial);
    return waiting ? waiting.done.promise : this.#enqueue(by, () => this.#readAnew(), true, trial);
  }

  /** As `reload`, and what is being started makes way: it is older than what is wanted. */
  supersede(by: string): Promise<Reloaded> {
    this.#abort.reject(new Superseded());
    return this.reload(by);
  }

  /** What is tried out goes, and that is all. */
  async rollback(by: string): Promise<Reloaded> {
    const { site } = this.#setup;
    if (site.trial) {
      const { generation } = site.trial.told;
      this.#abort.reject(new Objection(`${by} was typed`));
      await this.settled();
      return withdrawnOf(site.tenure, generation);
    }
    return this.#enqueue(by, async () => this.#goBack(), false);
  }

  restartFronts(by: string): Promise<Reloaded> {
    // Wherever a link leads by now: nothing of the app is looked up anew.
    const asNow = async () => {
      const { pins } = this.#setup.site.generation;
      return { config: this.#config, pins, wantsNewFronts: true };
    };
    return this.#enqueue(by, asNow, false);
  }

  /** Nothing else moves the traffic meanwhile. */
  async takeTurn<T>(act: () => Promise<T>): Promise<T> {
    const outcome = Promise.withResolvers<T>();
    const turn = () =>
      (this.#isClosed ? Promise.reject(stopping()) : act()).then(outcome.resolve, outcome.reject);
    this.#jobs.push({ act: turn, isReload: false, done: Promise.withResolvers<void>() });
    void this.#work();
    return outcome.promise;
  }

  /** Resolves when nothing is under way: what is changed by hand has to hold for what serves then. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.done.promise.catch(() => {});
  }

  /** What the files of its certificates say now. */
  readCertificates = (config: Resolved): CertificatesRead => this.#setup.readCertificates(config);

  /** The same files and the same settings, with these certificates: on new front ends. */
  renew(by: string, certified: Certified): Promise<Reloaded> {
    const asNow = async () => {
      const { pins } = this.#setup.site.generation;
      return { config: { ...this.#config, ...certified }, pins, wantsNewFronts: true };
    };
    return this.#enqueue(by, asNow, false);
  }

  close(): void {
    this.#isClosed = true;
    this.#abort.reject(stopping());
  }

  #enqueue(by: string, find: Job["find"], isReload: boolean, trial?: TrialRequest): Promise<Reloaded> {
    const done = Promise.withResolvers<Reloaded>();
    this.#jobs.push({ by, find, isReload, trial, done });
    void this.#work();
    return done.promise;
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    this.#setup.onBusy?.(true);
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      this.#running = job;
      if ("act" in job) await job.act().then(job.done.resolve);
      else await this.#attempt(job).then(job.done.resolve, (error) => this.#settle(job, error));
    }
    this.#running = undefined;
    this.#setup.onBusy?.(false);
  }

  /** Who asked for a reload that made way for a newer one gets what becomes of that. */
  #settle({ done, isReload }: Job, error: GwError): void {
    const newer =
      isReload && error.cause_ === "superseded"
        ? this.#jobs.find((job): job is Job => job.isReload)
        : undefined;
    if (newer) newer.done.promise.then(done.resolve, done.reject);
    else done.reject(error);
  }

  async #attempt(job: Job): Promise<Reloaded> {
    const { site, clock, log } = this.#setup;
    if (this.#isClosed) throw stopping();
    const fromMs = clock.now();
    const number = site.nextNumber();
    const old = site.tenure;
    this.#renewAbort();
    this.#refusals.last = undefined;
    try {
      const plan = await job.find();
      log.info("a new generation is started", { generation: number, by: job.by });
      const next = site.prepare(number, plan, old.generation.countsFor(plan.config));
      const trial = await this.#bringUp(next, job.trial);
      this.#succeed(plan, next.generation, old.generation);
      const tookMs = Math.round(clock.now() - fromMs);
      const reloaded = { ...describeMove(next, old), tookMs, ...(trial && { trial }) };
      const { workers, hasNewFronts } = reloaded;
      log.info("the new generation serves", { generation: number, workers, hasNewFronts, tookMs });
      const served = { by: job.by, outcome: "serves", generation: number, tookMs } as const;
      this.#setup.chronicle?.noteReload({ ...served, reason: null, detail: null });
      return reloaded;
    } catch (thrown) {
      throw this.#refuse(number, job.by, thrown, Math.round(clock.now() - fromMs));
    }
  }

  async #bringUp(next: Tenure, trial: TrialRequest | undefined): Promise<TrialTold | undefined> {
    const { site } = this.#setup;
    try {
      const { generation } = next;
      await Promise.race([generation.start(), generation.whenBroken, this.#abort.promise]);
      const told = trial && (await this.#tryOut(next, trial));
      await site.takeOver(next);
      return told;
    } catch (error) {
      await site.giveUp(next);
      throw error;
    }
  }

  async #tryOut(next: Tenure, trial: TrialRequest): Promise<TrialTold> {
    const { site, log } = this.#setup;
    const { number: generation, whenBroken } = next.generation;
    log.info("a new generation is tried out", { generation, percent: trial.percent, forMs: trial.watchMs });
    const broken = whenBroken.catch((error) =>
      Promise.reject(new Objection(`a worker of it ended: ${reasonOf(error)}`)),
    );
    return Promise.race([site.tryOut(next, trial), broken, this.#abort.promise]);
  }

  #renewAbort(): void {
    if (this.#isClosed) return;
    this.#abort = Promise.withResolvers<never>();
    this.#abort.promise.catch(() => {});
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

  #goBack(): ReloadPlan {
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

  #refuse(number: number, by: string, thrown: unknown, tookMs: number): GwError {
    const { log, site } = this.#setup;
    if (this.#isClosed) {
      log.info("a generation was given up: gw is stopping", { generation: number });
      return stopping();
    }
    // There is nothing to go back to, for example: nothing has been tried.
    if (thrown instanceof GwError && thrown.cause_ === "command_failed") return thrown;
    if (thrown instanceof Superseded) {
      log.info("a generation made way for a newer one", { generation: number });
      return new GwError("superseded");
    }
    return this.#refusals.ofGeneration({ by, number, thrown, tookMs }, site.generation.number);
  }
}
