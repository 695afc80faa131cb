// The front role's life in one function: greet, be configured, bind, serve, drain, leave.

import { readBacklog, setBacklog } from "../../ffi/backlog.ts";
import { forbidCoreFiles } from "../../ffi/process.ts";
import { countUnaccepted, findListeners, limitUnsentBytes, steerConnections } from "../../ffi/socket.ts";
import { systemClock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { isRunning } from "../core/process-table.ts";
import { VERSION } from "../core/version.ts";
import { type Channel, openChannel } from "../link/channel.ts";
import { createChannelLog } from "../link/channel-log.ts";
import { takeIdentity } from "../link/identity.ts";
import { type FrontSetup, PROTOCOL, type ToChild } from "../link/messages.ts";
import { ParentTie } from "../link/parent.ts";
import { openEntrance } from "./door/descriptors.ts";
import type { Entrance } from "./door/entrance.ts";
import { Engine } from "./door/h1/engine.ts";
import { Pipeline } from "./pipeline.ts";
import { type Presence, Retirement, shareToClose } from "./retirement.ts";
import { LineRates } from "./telling/line-rates.ts";
import { errorOfThrown } from "./visit/endings.ts";

/** As a worker's. */
const COULD_NOT_START = 3;
const STATS_EVERY_MS = 1000;
const LAST_WORDS_MS = 250;
/** Below the 12 s after which the runtime itself, and without a word, closes a connection that is sending a head. */
const HEAD_TIMEOUT_MS = 10_000;
const HEAD_BYTES = 65_536;
const UNSENT_BYTES = 131_072;
const KEEP_ALIVE_MS = 75_000;
/** Lines in ten seconds about mistakes of ours, which a client may have found a way to repeat. */
const LINES_OF_BUGS = 100;

export async function runFront(): Promise<void> {
  const channel = openChannel();
  const tie = new ParentTie(() => process.exit(1));
  channel.onLost(() => process.exit(1));
  // The channel's end is seen only by a loop that turns; the kernel's signal ends a stuck front as well.
  tie.tie();
  // The terminal's and the service manager's signals are the supervisor's affair; it tells its fronts to drain.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)
    process.on(signal, () => {});
  channel.say({ type: "hello", protocol: PROTOCOL, role: "front", pid: process.pid, version: VERSION });
  let front: Front | undefined;
  channel.listen((message) => {
    if (message.type === "configure" && "front" in message) front = new Front(channel, message.front, tie);
    else front?.obey(message);
  });
}

class Front {
  readonly #pipeline: Pipeline;
  readonly #engine: Engine;
  readonly #channel: Channel;
  readonly #tie: ParentTie;
  readonly #log: Log;
  readonly #rates: LineRates;
  #listeners: () => readonly number[] = () => [];
  #entrance: Entrance | undefined;
  #retirement: Retirement | undefined;
  #retiringSince: number | undefined;
  #draining = false;
  /** Said goodbye; only bytes on their way are waited for. */
  #left = false;

  constructor(channel: Channel, setup: FrontSetup, tie: ParentTie) {
    this.#tie = tie;
    this.#channel = channel;
    const log = createChannelLog(channel);
    this.#log = log;
    this.#rates = new LineRates(systemClock, log);
    const core = forbidCoreFiles();
    if (!core.ok)
      log.warn("a core file of this front end would hold what clients sent", { why: core.reason });
    this.#pipeline = new Pipeline({
      clock: systemClock,
      log,
      rates: this.#rates,
      groups: setup.groups,
      defaultGroup: setup.defaultGroup,
      defaultHost: `${setup.host}:${setup.port}`,
      random: Math.random,
      isRunning,
      onQuiet: () => this.#onQuiet(),
      onLost: (report) => channel.say({ type: "lost", ...report }),
      onPressure: (group, waitedMs) => channel.say({ type: "pressure", group, waitedMs }),
      onBug: (thrown) => this.#tellBug(thrown),
    });
    this.#engine = new Engine({
      host: setup.host,
      port: setup.port,
      clock: systemClock,
      headBytes: HEAD_BYTES,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      listener: this.#pipeline,
      onConnections: (count) => this.#entrance?.count(count),
    });
    this.#start(setup);
  }

  #start(setup: FrontSetup): void {
    this.#channel.say({ type: "step", step: "listen" });
    this.#engine.listen().then(
      (port) => {
        const limits = this.#prepareListeners(setup);
        if (!this.#takeIdentity(setup)) return;
        this.#channel.say({ type: "ready", port, limits });
        setInterval(() => this.#report(), STATS_EVERY_MS);
      },
      (thrown) => {
        const facts = { host: setup.host, port: setup.port, reason: reasonOf(thrown), by: "" };
        const cause = (thrown as { code?: string }).code === "EADDRINUSE" ? "port_taken" : "port_refused";
        this.#fail(new GwError(cause, facts));
      },
    );
  }

  /** Answers with what the system has made of it. */
  #prepareListeners({ maxClients: asked, backlog }: FrontSetup): Record<string, number> {
    const found = findListeners();
    const listeners = found.ok ? found.value : [];
    const opened = openEntrance({
      listeners,
      asked,
      engine: this.#engine,
      clock: systemClock,
      log: this.#log,
    });
    this.#entrance = opened.entrance;
    this.#listeners = opened.listeners;
    const limited = found.ok ? limitUnsentBytes(found.value, UNSENT_BYTES) : found;
    if (!limited.ok) this.#log.warn("slow readers may be taken for stalled ones", { why: limited.reason });
    const [listener] = listeners;
    if (listener === undefined) return {};
    for (const one of listeners) setBacklog(one, backlog);
    const granted = readBacklog(listener);
    return granted.ok ? { serverBacklog: granted.value.most } : {};
  }

  /** Only the port needs the rights that gw was started with. */
  #takeIdentity({ identity }: FrontSetup): boolean {
    try {
      const changeDirectory = (path: string) => process.chdir(path);
      const tieToParent = () => this.#tie.tie();
      takeIdentity({ role: "front", identity, home: "/", changeDirectory, tieToParent });
      return true;
    } catch (thrown) {
      if (!(thrown instanceof GwError)) throw thrown;
      return this.#fail(thrown);
    }
  }

  /** Without its port, or as the wrong user, it is of no use to anybody. */
  #fail({ cause_: cause, facts }: GwError): never {
    this.#channel.say({ type: "failed", cause, facts, step: "listen" });
    process.exit(COULD_NOT_START);
  }

  #tellBug(thrown: unknown): void {
    const { message, detail: stack } = errorOfThrown(thrown);
    if (this.#rates.allows({ cause: "bug", most: LINES_OF_BUGS })) this.#log.error(message, { stack });
  }

  #report(): void {
    this.#channel.say({ type: "heartbeat" });
    const { connections } = this.#engine;
    const maxClients = this.#entrance?.most;
    const stats = { ...this.#pipeline.stats, connections, ...(maxClients !== undefined && { maxClients }) };
    this.#channel.say({ type: "stats", stats });
  }

  obey(message: ToChild): void {
    if (message.type === "backends") {
      this.#pipeline.setBackends(message.backends, message.paused);
      // Whoever changes the list wants to know what is where just now.
      this.#report();
    } else if (message.type === "condemn")
      this.#pipeline.condemn(message.socket, message.cause, message.sparesStreams);
    else if (message.type === "loops")
      this.#pipeline.setStalled(new Map(message.stalled.map(({ socket, forMs }) => [socket, forMs])));
    else if (message.type === "poisons") this.#pipeline.setPoisons(message.requests);
    else if (message.type === "steer") this.#steer(message);
    else if (message.type === "retire") this.#retire(message);
    else if (message.type === "drain") this.#drain(message.withinMs);
  }

  #steer({ id, listeners: numbers }: Extract<ToChild, { type: "steer" }>): void {
    const listeners = this.#listeners();
    const steered =
      listeners.length > 0
        ? steerConnections(listeners, numbers)
        : { ok: false as const, reason: "the listener could not be found among the descriptors" };
    this.#channel.say({ type: "steered", id, ...(!steered.ok && { reason: steered.reason }) });
  }

  /** Another front has the port as well, and gets what is new; told again, the time begins anew. */
  #retire({ withinMs, streamsWithinMs, queueWithinMs }: RetireOrder): void {
    if (this.#draining) return;
    const beganAt = this.#retiringSince ?? systemClock.now();
    this.#retiringSince = beganAt;
    this.#engine.endConnections(() => Math.random() < shareToClose(systemClock.now() - beganAt));
    this.#retirement?.stop();
    this.#retirement = new Retirement({
      clock: systemClock,
      withinMs,
      streamsWithinMs,
      queueWithinMs,
      look: () => this.#presence(),
      closeIdle: () => this.#engine.closeIdle(),
      endOverdue: (isOverdue) => this.#pipeline.endOverdue(isOverdue),
      endTunnels: () => this.#pipeline.closeTunnels("worker_stopped"),
      endAll: () => this.#pipeline.abandon(),
      onQuiet: () => this.#channel.say({ type: "quiet" }),
    });
  }

  /** First the kernel's queue: what leaves it is seen by the engine in a later turn of the loop only. */
  #presence(): Presence {
    const listeners = this.#listeners();
    const counted = listeners.length > 0 ? countUnaccepted(listeners) : undefined;
    return {
      unaccepted: counted?.ok ? counted.value : undefined,
      open: this.#engine.connections,
      accepted: this.#engine.accepted,
    };
  }

  /** Takes nothing new, finishes what runs, and leaves; what is not finished in time is ended with an error. */
  #drain(withinMs: number): void {
    this.#retirement?.stop();
    systemClock.after(withinMs, () => this.#abandon());
    if (this.#draining) return;
    this.#draining = true;
    this.#entrance?.end();
    this.#engine.drain();
    this.#pipeline.refuseHeld("shutting_down");
    this.#channel.say({ type: "closed" });
    this.#onQuiet();
  }

  #abandon(): void {
    this.#channel.say({ type: "cut", count: this.#pipeline.active });
    this.#pipeline.abandon();
    this.#rates.tellAll();
    // Clients that do not even take their error are not waited for.
    systemClock.after(LAST_WORDS_MS, () => process.exit(0));
  }

  #onQuiet(): void {
    if (!this.#draining || this.#left || this.#pipeline.active > 0) return;
    this.#left = true;
    this.#report();
    this.#pipeline.close();
    this.#rates.tellAll();
    this.#channel.say({ type: "drained" });
    this.#channel.say({ type: "bye", reason: "drained" });
    // Answers may still be on their way to slow clients.
    const leave = () => (this.#engine.connections === 0 ? process.exit(0) : undefined);
    leave();
    setInterval(leave, 10);
  }
}

type RetireOrder = Extract<ToChild, { type: "retire" }>;
