// A process that there is one of, beside those who serve: the one that answers on the port for metrics, and the exporter. It is
// started like a front end, with the rights of the app's user, watched like one, and replaced when it ends; no request has to do with it.

import type { Environment } from "../../core/environment.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import type { Role, ToChild } from "../../link/messages.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { os } from "../../os/os.ts";
import { type Dress, dressBare } from "../child/child-setup.ts";
import { FRONT_RESTS } from "../child/policy.ts";
import type { Ready, Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import type { ProcessEnding } from "../child/spawn.ts";
import { Crew, type CrewOwner, type CrewTools } from "../crew/crew.ts";
import { rulesOf, type Verdict } from "../crew/judge.ts";
import { type ReplacementOrder, whoIs } from "../crew/ledger.ts";
import type { Place } from "../crew/place.ts";
import { Watch } from "../crew/watch.ts";

export type LoneSetup = {
  /** Also its name in the log. */
  role: Extract<Role, "metrics" | "exporter" | "notifier">;
  config: Pick<Resolved, "settings" | "account" | "groups">;
  env: Environment;
  /** Variables that it gets besides. */
  variables?: Environment;
  isWanted: boolean;
  /** How long it may take to finish what it has. */
  drainMs: number;
  configure: (run: Run) => ToChild;
  hear: (slot: Slot, news: News) => void;
  onReady: (slot: Slot, ready: Ready) => void;
  /** Nothing new may go to it from now on. */
  onWithdrawn?: (slot: Slot) => void;
  /** The process is gone. */
  onGone?: (run: Run) => void;
  /** False: somebody has removed the socket that its clients come by. */
  hasSocket?: (slot: Slot) => boolean;
};

const MARGIN_MS = 5_000;

export class LoneCrew implements CrewOwner {
  readonly crew: Crew;
  readonly #setup: LoneSetup;
  readonly #tools: CrewTools;
  readonly #watch: Watch;
  readonly #orders = new WeakMap<Run, ReplacementOrder>();

  /** It leaves behind all that is added to `life` later. */
  constructor(setup: LoneSetup, tools: CrewTools, life: Lifetime) {
    this.#setup = setup;
    this.#tools = tools;
    this.crew = new Crew(setup.isWanted ? [this.#placeSetup()] : [], tools, this);
    this.#watch = this.#newWatch();
    life.add(setup.role, MARGIN_MS + setup.drainMs, () => this.leave());
  }

  #newWatch(): Watch {
    const { config, hasSocket } = this.#setup;
    const { clock, log } = this.#tools;
    const others = {
      places: this.crew.places,
      onVerdict: this.#obey.bind(this),
      ...(hasSocket && { hasSocket }),
    };
    return new Watch({ clock, log, os, rules: rulesOf(config.settings), others });
  }

  /** Resolves when it is ready, at once where it is not wanted; rejects with its error. */
  async start(): Promise<void> {
    await this.crew.start({ atOnce: 1 });
    if (this.#setup.isWanted) this.#watch.start();
  }

  /** Resolves when it has finished what it has, and is gone. */
  leave(): Promise<void> {
    this.#watch.stop();
    return this.crew.leave("drain");
  }

  /** It hears nobody, or nobody finds it: there is nothing to be finished. */
  #obey(place: Place, slot: Slot, { reason, why }: Verdict): void {
    const { run } = slot;
    if (!run || this.#orders.has(run)) return;
    this.#orders.set(run, { reason, why });
    // Before its place is another's: it may take a while to end.
    this.onWithdrawn(slot);
    this.#setup.onGone?.(run);
    if (place.isWanted) place.relieve();
    slot.kill();
  }

  hear(slot: Slot, news: News): void {
    this.#setup.hear(slot, news);
  }

  onReady(slot: Slot, ready: Ready): void {
    this.#setup.onReady(slot, ready);
  }

  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void> {
    const order = this.#orders.get(run);
    if (!order) this.#setup.onGone?.(run);
    return this.#tools.ledger.note({ ...whoIs(slot), run, ending, ...(order && { order }) });
  }

  onWithdrawn(slot: Slot): void {
    this.#setup.onWithdrawn?.(slot);
  }

  onSucceeded(): void {}

  onParted(): void {}

  onGone(slot: Slot, run: Run | undefined): void {
    if (!run) return;
    if (run.ending && this.#orders.has(run)) void this.onEnded(slot, run, run.ending);
    else this.#setup.onGone?.(run);
  }

  turnAfter(): undefined {}

  #dress(): Dress {
    const { config, env, variables } = this.#setup;
    const dress = dressBare(env, config);
    return { ...dress, env: { ...dress.env, ...variables } };
  }

  #placeSetup() {
    const { role, config, drainMs, configure } = this.#setup;
    const { startupTimeout, shutdownTimeout } = config.settings;
    return {
      number: 1,
      name: role,
      role,
      cwd: "/",
      dress: this.#dress(),
      rests: FRONT_RESTS,
      startupTimeoutMs: startupTimeout,
      drainTimeoutMs: drainMs,
      shutdownTimeoutMs: shutdownTimeout,
      configure,
    };
  }
}
