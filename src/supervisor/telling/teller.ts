// The process that answers on the port for metrics: started like a front end, replaced when it ends, and told how things are
// when it asks. It is one of its own, so that the supervisor serves no HTTP and a scrape costs no request its time.

import type { Environment } from "../../core/environment.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import type { ToChild } from "../../link/messages.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { dressFront, identityOf } from "../child/child-setup.ts";
import { FRONT_RESTS } from "../child/policy.ts";
import type { Ready, Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import type { ProcessEnding } from "../child/spawn.ts";
import { Crew, type CrewOwner, type CrewTools } from "../crew/crew.ts";
import { whoIs } from "../crew/ledger.ts";
import type { PlaceSetup } from "../crew/place.ts";
import type { WholeTold } from "./gather.ts";

export type TellerSetup = {
  config: Pick<Resolved, "settings" | "account" | "groups">;
  env: Environment;
  /** Asked for each scrape. */
  tell: () => WholeTold;
};

const MARGIN_MS = 5_000;
/** It has nothing to finish but an answer. */
const DRAIN_MS = 1_000;

export class TellerCrew implements CrewOwner {
  readonly crew: Crew;
  readonly #setup: TellerSetup;
  readonly #tools: CrewTools;

  /** It leaves behind all that is added to `life` later. */
  constructor(setup: TellerSetup, tools: CrewTools, life: Lifetime) {
    this.#setup = setup;
    this.#tools = tools;
    const { metricsPort } = setup.config.settings;
    this.crew = new Crew(metricsPort === undefined ? [] : [this.#placeSetup()], tools, this);
    life.add("metrics", MARGIN_MS, () => this.crew.leave("drain"));
  }

  /** Resolves when it listens, at once without a port; rejects with its error. */
  start(): Promise<void> {
    return this.crew.start({ atOnce: 1 });
  }

  hear(slot: Slot, news: News): void {
    if (news.type === "ask") slot.send({ type: "told", id: news.id, ...this.#setup.tell() });
  }

  onReady(slot: Slot, { port }: Ready): void {
    const { metricsHost, metricsPort } = this.#setup.config.settings;
    const host = metricsHost.includes(":") ? `[${metricsHost}]` : metricsHost;
    const url = `http://${host}:${port ?? metricsPort}/metrics`;
    this.#tools.log.info("metrics are served", { url, pid: slot.pid });
  }

  onEnded(slot: Slot, run: Run, ending: ProcessEnding): Promise<void> {
    return this.#tools.ledger.note({ ...whoIs(slot), run, ending });
  }

  onWithdrawn(): void {}

  onSucceeded(): void {}

  onParted(): void {}

  onGone(): void {}

  turnAfter(): undefined {}

  #placeSetup(): PlaceSetup & { number: number } {
    const { config, env } = this.#setup;
    const { startupTimeout, shutdownTimeout } = config.settings;
    return {
      number: 1,
      name: "metrics",
      role: "metrics",
      cwd: "/",
      dress: dressFront(env, config),
      rests: FRONT_RESTS,
      startupTimeoutMs: startupTimeout,
      drainTimeoutMs: DRAIN_MS,
      shutdownTimeoutMs: shutdownTimeout,
      configure: () => this.#configure(),
    };
  }

  #configure(): ToChild {
    const { settings, account } = this.#setup.config;
    const { metricsHost: host, metricsPort: port = 0 } = settings;
    return { type: "configure", metrics: { host, port, identity: identityOf(account) } };
  }
}
