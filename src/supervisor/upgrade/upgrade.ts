// `gw upgrade`: another program takes over from this one. It is judged, started beside, and given the traffic when all of it is
// ready; until then, and as long as this gw has all its listeners, whatever goes wrong with it changes nothing here.

import { closeSync } from "node:fs";
import type { Upgraded } from "../../control/results.ts";
import { type Clock, every } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { VERSION } from "../../core/version.ts";
import type { Binder } from "../fronts/public-port.ts";
import { countLeft } from "../generations/move-report.ts";
import { leadTo } from "../generations/moving.ts";
import type { Reloads } from "../generations/reloads.ts";
import type { Site } from "../generations/site.ts";
import { ALL_NEWS_MS } from "../traffic/traffic.ts";
import { Heir } from "./heir.ts";
import type { Estate, Inheritance } from "./messages.ts";
import { openProgram, type Program } from "./program.ts";
import type { SpawnHeir } from "./spawn-heir.ts";

/** What the new one inherits: open descriptors, in this order, and all that it is told. */
export type Bequest = { descriptors: number[]; inheritance: Inheritance };

export type UpgradeSetup = {
  clock: Clock;
  log: Log;
  site: Site;
  reloads: Pick<Reloads, "takeTurn" | "noteRefused" | "present">;
  /** Of this process, and whom it runs as. */
  pid: number;
  uid: number;
  /** The command line of this gw. */
  words: readonly string[];
  spawn: SpawnHeir;
  guards: { admit(gw: Binder): void; settle(gw: Binder): void };
  /** `generation`: the number of the new one's first. */
  bequeath(generation: number): Bequest;
  estate(): Estate;
  /** Looks after the server root, also while that is the new one's to take. */
  root: { lend(): void; takeBack(): void };
  /** Why nobody can take over from this process; undefined when somebody can. */
  whyNot(mayLeaveParent: boolean): Promise<string | undefined>;
  /** The new one wants this one to stop. */
  onStop(): void;
  /** Rejects when this gw is to stop. */
  whenStopping: Promise<never>;
  /** The service manager is told which process is the main one; rejects when it cannot be. */
  tellManager(heir: Heir): Promise<void>;
  /** There is no way back: everything of which there can be only one goes to the new one. */
  onHandedOver(heir: Heir): void;
};

export type UpgradeOrder = { file: string; mayLeaveParent: boolean; waits: boolean };

/** Beside what apps may take to start, twice. */
const MARGIN_MS = 30_000;
const COUNTED_EVERY_MS = 1_000;
const BY = "gw upgrade";

export class Upgrade {
  readonly #setup: UpgradeSetup;
  readonly #relieved = Promise.withResolvers<number>();
  #heir: Heir | undefined;
  #isTaken = false;
  #attempts: Promise<unknown> = Promise.resolve();

  constructor(setup: UpgradeSetup) {
    this.#setup = setup;
    setup.whenStopping.catch(() => {});
  }

  /** Resolves, with the pid of the gw that has taken over, when nothing is left here. */
  get relieved(): Promise<number> {
    return this.#relieved.promise;
  }

  /**
   * What was set by hand is the new one's already, and it is not sure yet that that stays: resolves when it is. Undefined while
   * everything is this gw's.
   */
  get handingOver(): Promise<unknown> | undefined {
    return this.#isTaken ? this.#attempts : undefined;
  }

  /** Pid of a gw that is about to take over, or has. */
  get heirPid(): number | undefined {
    return this.#heir?.pid;
  }

  /** Resolves when the new one has the traffic, or when nothing is left here; rejects with the GwError for which this one serves on. */
  async run(request: UpgradeOrder): Promise<Upgraded> {
    const attempt = this.#setup.reloads.takeTurn(BY, () => this.#attempt(request));
    this.#attempts = Promise.allSettled([this.#attempts, attempt]);
    const upgraded = await attempt;
    if (!request.waits) return upgraded;
    await this.relieved;
    return { ...upgraded, left: { requests: 0, streams: 0, tunnels: 0 } };
  }

  async #attempt(request: UpgradeOrder): Promise<Upgraded> {
    const { log, clock, site, pid: previousPid } = this.#setup;
    const fromMs = clock.now();
    const tookMs = () => Math.round(clock.now() - fromMs);
    // What is refused here has not begun.
    const program = await this.#judge(request).catch((error) => {
      log.warn("another gw was not started", { by: BY, why: reasonOf(error) });
      throw error;
    });
    const generation = site.nextNumber();
    try {
      const { heir, inheritance } = this.#introduce(program, request.file, generation);
      const { version, workers } = await this.#bringUp(heir, inheritance).catch((error) =>
        this.#goBack(heir, error),
      );
      this.#setup.onHandedOver(heir);
      log.info("another gw has taken over", { pid: heir.pid, version, generation, tookMs: tookMs() });
      const old = site.generation;
      this.#relieve(heir);
      // What they have told before may be older than what they are left with.
      await old.traffic.newsWithin(ALL_NEWS_MS);
      const left = countLeft(old);
      const who = { version, previousVersion: VERSION, pid: heir.pid, previousPid };
      return { ...who, generation, workers, tookMs: tookMs(), left };
    } catch (error) {
      this.#setup.reloads.noteRefused({ by: BY, number: generation, thrown: error, tookMs: tookMs() });
      throw error;
    }
  }

  async #judge({ file: path, mayLeaveParent }: UpgradeOrder): Promise<Program> {
    const reason = await this.#setup.whyNot(mayLeaveParent);
    if (reason !== undefined) throw new GwError("upgrade_refused", { path, reason });
    return openProgram(path, this.#setup.uid);
  }

  /** Starts it; it has been told nothing yet. */
  #introduce(program: Program, path: string, generation: number) {
    const { clock, log, words, spawn, site, bequeath, onStop } = this.#setup;
    const { steering } = site.common;
    const onPaused = site.pauses.follow.bind(site.pauses);
    const [bound, closed] = [steering.bound.bind(steering), steering.closed.bind(steering)];
    const owner = { bound, closed, onPaused, onStop };
    try {
      const { descriptors, inheritance } = bequeath(generation);
      const heir = new Heir({ clock, spawn, order: { program, words, descriptors }, path, owner });
      this.#heir = heir;
      log.info("another gw is started, to take over", { path: program.path, pid: heir.pid, generation });
      return { heir, inheritance };
    } finally {
      closeSync(program.descriptor);
    }
  }

  async #bringUp(heir: Heir, inheritance: Inheritance): Promise<{ version: string; workers: number }> {
    const { site, guards, reloads, root, estate, whenStopping } = this.#setup;
    const { version } = await Promise.race([heir.greeting(), whenStopping]);
    const starts = reloads.present.groups.map(({ settings }) => settings.startupTimeout);
    let workers = 0;
    guards.admit(heir);
    const begin = async () => {
      heir.send({ type: "inherit", inheritance });
      workers = await heir.ready(2 * Math.max(...starts) + MARGIN_MS);
      root.lend();
      this.#isTaken = true;
      heir.send({ type: "take", estate: estate() });
      await heir.taken();
      // Before any client goes there, and once more before there is no way back.
      await heir.proved();
    };
    const whenLost = Promise.race([heir.whenLost, whenStopping]);
    const end = async () => {
      await Promise.race([heir.proved(), whenStopping]);
      await this.#setup.tellManager(heir);
    };
    await leadTo(heir, site.tenure.fronts, { begin, end, whenLost }, site.moving);
    return { version, workers };
  }

  /** All new connections come here again; where it had the server root already, that is taken back. */
  async #goBack(heir: Heir, error: unknown): Promise<never> {
    const { guards, root } = this.#setup;
    await heir.leave();
    this.#heir = undefined;
    this.#isTaken = false;
    guards.settle(heir);
    root.takeBack();
    throw error;
  }

  /** Clients that are here finish what they have, and the new one learns what is counted meanwhile. */
  #relieve(heir: Heir): void {
    const { clock, site } = this.#setup;
    let isAlone = false;
    const tell = () => {
      const { samples, restarts } = this.#setup.estate();
      heir.send({ type: "counted", samples, restarts });
      const { order } = site.common.steering;
      if (isAlone || !order.every((front) => heir.has(front))) return;
      isAlone = true;
      heir.send({ type: "alone", order: heir.idsIn(order) });
    };
    const telling = every(clock, COUNTED_EVERY_MS, tell);
    void site.relieve(`process ${heir.pid} has taken over`).finally(() => {
      telling.cancel();
      tell();
      this.#relieved.resolve(heir.pid);
    });
  }
}
