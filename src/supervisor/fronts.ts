// The front processes: what they are told to start with, and what becomes of one that has ended or is stuck.
import type { ToChild } from "../link/messages.ts";
import type { Account } from "../options/identity.ts";
import type { Settings } from "../options/table.ts";
import { GROUP, identityOf } from "./child-setup.ts";
import { Crew, type CrewTools } from "./crew.ts";
import type { Verdict } from "./judge.ts";
import type { Order } from "./ledger.ts";
import type { Place, PlaceSetup } from "./place.ts";
import { FRONT_RESTS } from "./policy.ts";
import type { Run } from "./run.ts";
import type { Slot } from "./slot.ts";
import type { Ending } from "./spawn.ts";
import type { Traffic } from "./traffic.ts";

export type FrontsSetup = {
  settings: Settings;
  /** Whom fronts become after they have bound the port. */
  account?: Account | undefined;
  port: number;
  traffic: Traffic;
};

export class Fronts {
  readonly crew: Crew;
  private readonly orders = new Map<Slot, Order>();

  constructor(
    private readonly setup: FrontsSetup,
    private readonly tools: CrewTools,
  ) {
    const { embeddedMode, frontEnds } = setup.settings;
    const { traffic } = setup;
    const places = Array.from({ length: embeddedMode ? 0 : frontEnds }, (_, index) =>
      this.placeSetup(index + 1),
    );
    this.crew = new Crew(places, tools, {
      onReady: (slot) => traffic.attach(slot),
      // One that drains still has requests on the workers.
      onWithdrawn: (slot) => slot.state !== "draining" && traffic.detach(slot),
      onNews: (slot, news) => traffic.hear(slot, news),
      onEnded: (slot, run, ending) => this.note(slot, run, ending),
      onSucceeded() {},
      onGone: (slot, run) => this.bury(slot, run),
    });
  }

  /** One that hears nobody is killed, and another one takes the port. */
  obey(place: Place, slot: Slot, { reason, why }: Verdict): void {
    this.orders.set(slot, { reason, why });
    place.relieve();
    slot.kill();
  }

  private bury(slot: Slot, run: Run | undefined): void {
    this.setup.traffic.detach(slot);
    if (run?.ending && this.orders.has(slot)) void this.note(slot, run, run.ending);
    this.orders.delete(slot);
  }

  private note(slot: Slot, run: Run, ending: Ending): Promise<void> {
    const order = this.orders.get(slot);
    return this.tools.ledger.note({ name: slot.setup.name, run, ending, ...(order && { order }) });
  }

  private placeSetup(number: number): PlaceSetup {
    const { settings } = this.setup;
    return {
      name: `front ${number}`,
      role: "front",
      cwd: "/",
      rests: FRONT_RESTS,
      startupTimeoutMs: settings.startupTimeout,
      drainTimeoutMs: settings.gracefulTimeout,
      shutdownTimeoutMs: settings.shutdownTimeout,
      configure: () => this.configure(number),
    };
  }

  private configure(number: number): ToChild {
    const { settings, account, port } = this.setup;
    return {
      type: "configure",
      front: {
        slot: number,
        identity: identityOf(account),
        host: settings.host,
        port,
        groups: [
          {
            name: GROUP,
            mount: "/",
            stripMount: true,
            hosts: [],
            routes: [],
            settings: {
              queueTimeoutMs: settings.queueTimeout,
              maxQueue: settings.maxQueue,
              connectTimeoutMs: settings.connectTimeout,
              socketTimeoutMs: settings.socketTimeout,
              requestTimeoutMs: settings.requestTimeout,
              ignoreActivity: [...settings.ignoreActivity],
              retryRequests: settings.retryRequests,
              limitRequestBodyBytes: settings.limitRequestBody,
              headerBufferBytes: settings.headerBufferSize,
            },
          },
        ],
      },
    };
  }
}
