// The workers: where each one listens, with what token, and which of them the fronts may send requests to. In
// embedded mode they listen on the public port themselves, and there is nobody to tell.
import { rmSync } from "node:fs";
import type { AppKind, Backend, ToChild, WorkerSetup } from "../link/messages.ts";
import type { Account } from "../options/identity.ts";
import type { Settings } from "../options/table.ts";
import { socketInside, workerPartOf } from "./child-setup.ts";
import { Crew, type PrintLine } from "./crew.ts";
import { shareOf, WORKER_RESTS } from "./policy.ts";
import type { RunDir } from "./run-dir.ts";
import type { Slot, SlotSetup, SlotTools } from "./slot.ts";

/** A new generation starts with a reload; there is none yet. */
const GENERATION = 1;

type Endpoint = Omit<Backend, "capacity">;

export type PoolSetup = {
  settings: Settings;
  /** Whom workers become before they load the app. */
  account?: Account | undefined;
  port: number;
  runDir: RunDir;
  onChange: () => void;
};

export class Pool {
  readonly crew: Crew;
  appKind: AppKind | undefined;
  private readonly tokens = new Map<number, string>();
  private readonly endpoints = new Map<number, Endpoint>();

  constructor(
    private readonly setup: PoolSetup,
    tools: SlotTools,
    print: PrintLine,
  ) {
    const { processes, frontEnds, embeddedMode } = setup.settings;
    const count = embeddedMode ? frontEnds : processes;
    const slots = Array.from({ length: count }, (_, index) => this.slotSetup(index + 1));
    this.crew = new Crew(slots, tools, print, {
      onReady: (slot, { kind }) => {
        this.appKind ??= kind;
        this.admit(slot);
      },
      onWithdrawn: (slot) => this.withdraw(slot),
      onStats() {},
    });
  }

  /** The workers as front `index` of `fronts` may use them. */
  backendsFor(index: number, fronts: number): Backend[] {
    const capacity = shareOf(this.setup.settings.concurrency, fronts, index);
    return [...this.endpoints.values()].map((endpoint) => ({ ...endpoint, capacity }));
  }

  private slotSetup(number: number): SlotSetup {
    const { settings } = this.setup;
    return {
      name: `worker ${number}`,
      role: "worker",
      cwd: settings.home,
      rests: WORKER_RESTS,
      startupTimeoutMs: settings.startupTimeout,
      drainTimeoutMs: settings.gracefulTimeout,
      shutdownTimeoutMs: settings.shutdownTimeout,
      configure: (serial) => this.configure(number, serial),
    };
  }

  private configure(number: number, serial: number): ToChild {
    const { settings, account, port } = this.setup;
    const worker: WorkerSetup = {
      slot: number,
      generation: GENERATION,
      listen: settings.embeddedMode ? { host: settings.host, port } : this.privateSocket(number, serial),
      ...workerPartOf(settings, account),
      callableObject: settings.callableObject,
      publicHost: settings.host,
      publicPort: port,
      limitRequestBodyBytes: settings.limitRequestBody,
      evictionTimeoutMs: settings.evictionTimeout,
      gracefulTimeoutMs: settings.gracefulTimeout,
      shutdownTimeoutMs: settings.shutdownTimeout,
    };
    return { type: "configure", worker };
  }

  private privateSocket(number: number, serial: number): { unix: string; token: string } {
    // The socket of the slot's last process is nobody's now.
    rmSync(this.socketPath(number, serial - 1), { force: true });
    const token = crypto.getRandomValues(new Uint8Array(16)).toHex();
    this.tokens.set(number, token);
    return { unix: socketInside(this.setup.settings, this.socketPath(number, serial)), token };
  }

  private socketPath(number: number, serial: number): string {
    return this.setup.runDir.socket(`w${number}.${serial}.sock`);
  }

  private admit(slot: Slot): void {
    this.endpoints.set(slot.number, {
      slot: slot.number,
      pid: slot.pid ?? 0,
      generation: GENERATION,
      socket: this.socketPath(slot.number, slot.processSerial),
      token: this.tokens.get(slot.number) ?? "",
      accepting: true,
    });
    this.setup.onChange();
  }

  /** A worker that leaves on request may finish what it has; one that is dead has nothing. */
  private withdraw(slot: Slot): void {
    const endpoint = this.endpoints.get(slot.number);
    if (endpoint && slot.state !== "resting")
      this.endpoints.set(slot.number, { ...endpoint, accepting: false });
    else this.endpoints.delete(slot.number);
    this.setup.onChange();
  }
}
