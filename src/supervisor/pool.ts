// The workers: where each one listens and with what token, and what becomes of the judge's verdicts and of a worker's
// own wish to leave. In embedded mode they listen on the public port themselves, and no front is told of them.
import { existsSync, rmSync } from "node:fs";
import { reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Reason } from "../core/reasons.ts";
import type { AppKind, LeaveReason, ToChild, WorkerSetup } from "../link/messages.ts";
import type { Account } from "../options/identity.ts";
import type { Settings } from "../options/table.ts";
import { GROUP, socketInside, workerPartOf } from "./child-setup.ts";
import { Crew, type CrewTools } from "./crew.ts";
import type { Verdict } from "./judge.ts";
import type { Order } from "./ledger.ts";
import type { Place, PlaceSetup } from "./place.ts";
import { WORKER_RESTS } from "./policy.ts";
import { Recycling } from "./recycling.ts";
import type { Run } from "./run.ts";
import type { RunDir } from "./run-dir.ts";
import type { News, Slot } from "./slot.ts";
import type { Ending } from "./spawn.ts";
import type { Traffic } from "./traffic.ts";

/** A new generation starts with a reload; there is none yet. */
export const GENERATION = 1;

export type PoolSetup = {
  settings: Settings;
  /** Whom workers become before they load the app. */
  account?: Account | undefined;
  port: number;
  runDir: RunDir;
  traffic: Traffic;
};

export class Pool {
  readonly crew: Crew;
  readonly recycling: Recycling;
  appKind: AppKind | undefined;
  private readonly log: Log;
  /** By socket, for each process that has not ended. */
  private readonly tokens = new Map<string, string>();

  constructor(
    private readonly setup: PoolSetup,
    private readonly tools: CrewTools,
  ) {
    const { processes, frontEnds, embeddedMode } = setup.settings;
    const count = embeddedMode ? frontEnds : processes.min;
    const places = Array.from({ length: count }, (_, index) => this.placeSetup(index + 1));
    this.log = tools.log;
    this.recycling = new Recycling({ ...tools, traffic: setup.traffic });
    this.crew = new Crew(places, tools, {
      onReady: (slot, { kind }) => {
        this.appKind ??= kind;
        this.admit(slot);
      },
      onWithdrawn: (slot) => void setup.traffic.dismiss(slot),
      onNews: (slot, news) => this.hear(slot, news),
      onEnded: (slot, run, ending) => this.bury(slot, run, ending),
      onSucceeded: (_place, old) => this.recycling.onSucceeded(old),
      onGone: (slot, run) => this.recycling.onGone(slot, run),
    });
  }

  restartAll(reason: Reason, why: string): void {
    this.log.info("all workers are replaced, one after the other", { why });
    this.restart(this.crew.places, reason, why);
  }

  /** One after the other, each one successor first. */
  restart(places: readonly Place[], reason: Reason, why: string): void {
    for (const place of places)
      this.recycling.ask(place, place.successor ?? place.current, { reason, why }, this.windowFor(reason));
  }

  obey(place: Place, slot: Slot, { reason, how, why }: Verdict): void {
    const load = IS_FOR_A_REQUEST.has(reason) ? this.setup.traffic.loadOf(slot.pid) : undefined;
    const culprit = load?.oldest && { culprit: load.oldest, active: load.active };
    const order: Order = { reason, why, ...culprit };
    if (how === "kill") void this.recycling.kill(place, slot, order);
    else if (how === "dismiss") this.recycling.dismiss(place, slot, order);
    else this.recycling.ask(place, slot, order, this.windowFor(reason));
  }

  /** False: somebody has removed the socket, and no new connection finds the worker. */
  hasSocket(slot: Slot): boolean {
    const { run, number } = slot;
    return !run || this.setup.settings.embeddedMode || existsSync(this.socketPath(number, run.serial));
  }

  private hear(slot: Slot, news: News): void {
    const place = this.crew.places.find(({ current }) => current === slot);
    if (!place || news.type !== "leaving") return;
    const { reason } = news;
    const order = { reason, why: LEAVING[reason] };
    if (reason === "shutdown_signal") this.recycling.relieve(place, order, this.windowFor(reason));
    else this.recycling.ask(place, slot, order, this.windowFor(reason));
  }

  private windowFor(reason: Reason): number {
    const { evictionTimeout, gracefulTimeout, shutdownTimeout } = this.setup.settings;
    if (reason === "shutdown_signal") return shutdownTimeout;
    return reason === "eviction_signal" || reason === "graceful_signal" ? evictionTimeout : gracefulTimeout;
  }

  private bury(slot: Slot, run: Run, ending: Ending): Promise<void> {
    this.recycling.onEnded(slot);
    const farewell = this.setup.traffic.dismiss(slot);
    return this.tools.ledger.note({ name: slot.setup.name, run, ending, farewell });
  }

  private placeSetup(number: number): PlaceSetup {
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
      group: GROUP,
      mount: "/",
      tellsModules: false,
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
    this.setup.runDir.restore();
    this.sweep(number);
    const socket = this.socketPath(number, serial);
    const token = crypto.getRandomValues(new Uint8Array(16)).toHex();
    this.tokens.set(socket, token);
    return { unix: socketInside(this.setup.settings, socket), token };
  }

  /** Removes the sockets of processes of this place that have ended. */
  private sweep(number: number): void {
    const slots = this.crew.places[number - 1]?.slots ?? [];
    const live = new Set(slots.flatMap(({ run }) => (run ? [this.socketPath(number, run.serial)] : [])));
    const prefix = this.setup.runDir.socket(`w${number}.`);
    for (const socket of this.tokens.keys()) {
      if (!socket.startsWith(prefix) || live.has(socket)) continue;
      this.tokens.delete(socket);
      this.remove(socket);
    }
  }

  /** The directory is the workers': an app may have put there what does not go. Its paths are never used again. */
  private remove(socket: string): void {
    try {
      rmSync(socket, { force: true });
    } catch (error) {
      this.log.warn("a worker's socket could not be removed", { path: socket, why: reasonOf(error) });
    }
  }

  private socketPath(number: number, serial: number): string {
    return this.setup.runDir.socket(`w${number}.${serial}.sock`);
  }

  private admit(slot: Slot): void {
    const { run, number } = slot;
    if (!run || !this.setup.traffic.hasFronts) return;
    const socket = this.socketPath(number, run.serial);
    this.setup.traffic.admit(slot, {
      slot: number,
      pid: slot.pid ?? 0,
      generation: GENERATION,
      group: GROUP,
      socket,
      token: this.tokens.get(socket) ?? "",
      accepting: true,
    });
  }
}

/** Reasons that lie in what the worker does just then. */
const IS_FOR_A_REQUEST: ReadonlySet<Reason> = new Set<Reason>(["deadlock_timeout", "request_timeout"]);

const LEAVING: Record<LeaveReason, string> = {
  shutdown_signal: "SIGTERM was sent to it",
  eviction_signal: "SIGUSR1 was sent to it",
  cpu_time_limit: "SIGXCPU came: its processor time is used up",
};
