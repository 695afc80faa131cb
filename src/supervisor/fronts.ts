// The front processes: what they are told to start with, and afterwards which workers there are.
import type { Backend, FrontStats, ToChild } from "../link/messages.ts";
import type { Account } from "../options/identity.ts";
import type { Settings } from "../options/table.ts";
import { identityOf } from "./child-setup.ts";
import { Crew, type PrintLine } from "./crew.ts";
import { FRONT_RESTS } from "./policy.ts";
import type { SlotSetup, SlotTools } from "./slot.ts";

export type FrontsSetup = {
  settings: Settings;
  /** Whom fronts become after they have bound the port. */
  account?: Account | undefined;
  port: number;
  /** The workers as front `index` of `fronts` may use them. */
  backendsFor: (index: number, fronts: number) => Backend[];
};

export class Fronts {
  readonly crew: Crew;
  /** What each front last said of itself, by slot. */
  readonly stats = new Map<number, FrontStats>();

  constructor(
    private readonly setup: FrontsSetup,
    tools: SlotTools,
    print: PrintLine,
  ) {
    const { embeddedMode, frontEnds } = setup.settings;
    const slots = Array.from({ length: embeddedMode ? 0 : frontEnds }, (_, index) =>
      this.slotSetup(index + 1),
    );
    this.crew = new Crew(slots, tools, print, {
      onReady: () => this.tell(),
      onWithdrawn: (slot) => void this.stats.delete(slot.number),
      onStats: (slot, stats) => void this.stats.set(slot.number, stats),
    });
  }

  /** Tells every front which workers there are. A dead front's share waits for its replacement. */
  tell(): void {
    const { slots } = this.crew;
    for (const [index, slot] of slots.entries()) {
      if (slot.state !== "ready" && slot.state !== "draining") continue;
      slot.send({ type: "backends", backends: this.setup.backendsFor(index, slots.length) });
    }
  }

  private slotSetup(number: number): SlotSetup {
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
    };
  }
}
