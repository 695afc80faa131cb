// A process that there is one of, beside those who serve: the one that answers on the port for metrics, and the exporter. It is
// started like a front end, with the rights of the app's user, and replaced when it ends; no request has to do with it.

import type { Environment } from "../../core/environment.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import type { Role, ToChild } from "../../link/messages.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { type Dress, dressBare } from "../child/child-setup.ts";
import { FRONT_RESTS } from "../child/policy.ts";
import type { Ready, Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import type { ProcessEnding } from "../child/spawn.ts";
import { Crew, type CrewOwner, type CrewTools } from "../crew/crew.ts";
import { whoIs } from "../crew/ledger.ts";

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
};

const MARGIN_MS = 5_000;

export class LoneCrew implements CrewOwner {
  readonly crew: Crew;
  readonly #setup: LoneSetup;
  readonly #tools: CrewTools;

  /** It leaves behind all that is added to `life` later. */
  constructor(setup: LoneSetup, tools: CrewTools, life: Lifetime) {
    this.#setup = setup;
    this.#tools = tools;
    this.crew = new Crew(setup.isWanted ? [this.#placeSetup()] : [], tools, this);
    life.add(setup.role, MARGIN_MS + setup.drainMs, () => this.crew.leave("drain"));
  }

  /** Resolves when it is ready, at once where it is not wanted; rejects with its error. */
  start(): Promise<void> {
    return this.crew.start({ atOnce: 1 });
  }

  hear(slot: Slot, news: News): void {
    this.#setup.hear(slot, news);
  }

  onReady(slot: Slot, ready: Ready): void {
    this.#setup.onReady(slot, ready);
  }

  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void> {
    this.#setup.onGone?.(run);
    return this.#tools.ledger.note({ ...whoIs(slot), run, ending });
  }

  onWithdrawn(slot: Slot): void {
    this.#setup.onWithdrawn?.(slot);
  }

  onSucceeded(): void {}

  onParted(): void {}

  onGone(_slot: Slot, run: Run | undefined): void {
    if (run) this.#setup.onGone?.(run);
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
