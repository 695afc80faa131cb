// The front role's life in one function: greet, be configured, bind, serve, drain, leave.

import { setParentDeathSignal } from "../../ffi/process.ts";
import { limitUnsentBytes } from "../../ffi/socket.ts";
import { systemClock } from "../core/clock.ts";
import { describe, GwError, reasonOf } from "../core/errors.ts";
import { createLog, type Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import { type Channel, openChannel } from "../link/channel.ts";
import { takeIdentity } from "../link/identity.ts";
import { type FrontSetup, PROTOCOL } from "../link/messages.ts";
import { Engine } from "./engine.ts";
import { Pipeline } from "./pipeline.ts";

const SIGKILL = 9;
/** As a worker's. */
const COULD_NOT_START = 3;
const STATS_EVERY_MS = 1000;
const LAST_WORDS_MS = 250;
/** Below the 12 s after which the runtime itself, and without a word, closes a connection that is sending a head. */
const HEAD_TIMEOUT_MS = 10_000;
const HEAD_BYTES = 65_536;
const UNSENT_BYTES = 131_072;
const KEEP_ALIVE_MS = 75_000;

export async function runFront(): Promise<void> {
  const channel = openChannel();
  channel.onLost(() => process.exit(1));
  // The channel's end is seen only by a loop that turns; the kernel's signal ends a stuck front as well.
  setParentDeathSignal(SIGKILL);
  // The terminal's and the service manager's signals are the supervisor's affair; it tells its fronts to drain.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)
    process.on(signal, () => {});
  channel.say({ type: "hello", protocol: PROTOCOL, role: "front", pid: process.pid, version: VERSION });
  let front: Front | undefined;
  channel.listen((message) => {
    if (message.type === "configure" && "front" in message) front = new Front(channel, message.front);
    else if (message.type === "backends") front?.pipeline.setBackends(message.backends);
    else if (message.type === "condemn") front?.pipeline.condemn(message.socket, message.cause);
    else if (message.type === "drain") front?.drain(message.withinMs);
  });
}

class Front {
  readonly pipeline: Pipeline;
  readonly #engine: Engine;
  readonly #channel: Channel;
  readonly #log: Log;
  #draining = false;
  /** Said goodbye; only bytes on their way are waited for. */
  #left = false;

  constructor(channel: Channel, setup: FrontSetup) {
    this.#channel = channel;
    const log = createLog(({ level, text, fields }) =>
      channel.say({ type: "log", level, text, fields: definedFields(fields) }),
    );
    this.#log = log;
    this.pipeline = new Pipeline({
      clock: systemClock,
      log,
      settings: setup.groups[0]?.settings ?? missing(),
      defaultHost: `${setup.host}:${setup.port}`,
      random: Math.random,
      onQuiet: () => this.#onQuiet(),
      onLost: (report) => channel.say({ type: "lost", ...report }),
    });
    this.#engine = new Engine({
      host: setup.host,
      port: setup.port,
      clock: systemClock,
      headBytes: HEAD_BYTES,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      onClient: this.pipeline.onClient,
      onRefusal: this.pipeline.onRefusal,
      onBug: (thrown) => log.error(describe("bug", { what: reasonOf(thrown) }), { stack: stackOf(thrown) }),
    });
    this.#start(setup);
  }

  #start(setup: FrontSetup): void {
    this.#channel.say({ type: "step", step: "listen" });
    this.#engine.listen().then(
      (port) => {
        const limited = limitUnsentBytes(UNSENT_BYTES);
        if (!limited.ok)
          this.#log.warn("slow readers may be taken for stalled ones", { why: limited.reason });
        if (!this.#takeIdentity(setup)) return;
        this.#channel.say({ type: "ready", port });
        setInterval(() => this.#report(), STATS_EVERY_MS);
      },
      (thrown) => {
        const facts = { host: setup.host, port: setup.port, reason: reasonOf(thrown), by: "" };
        const cause = (thrown as { code?: string }).code === "EADDRINUSE" ? "port_taken" : "port_refused";
        this.#fail(new GwError(cause, facts));
      },
    );
  }

  /** Only the port needs the rights that gw was started with. */
  #takeIdentity({ identity }: FrontSetup): boolean {
    try {
      const changeDirectory = (path: string) => process.chdir(path);
      takeIdentity({ role: "front", identity, home: "/", changeDirectory });
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

  #report(): void {
    this.#channel.say({ type: "heartbeat" });
    this.#channel.say({ type: "stats", stats: this.pipeline.stats });
  }

  /** Takes nothing new, finishes what runs, and leaves; what is not finished in time is ended with an error. */
  drain(withinMs: number): void {
    systemClock.after(withinMs, () => this.#abandon());
    if (this.#draining) return;
    this.#draining = true;
    this.pipeline.isClosing = true;
    this.#engine.drain();
    this.#onQuiet();
  }

  #abandon(): void {
    this.pipeline.abandon("shutting_down");
    // Clients that do not even take their error are not waited for.
    systemClock.after(LAST_WORDS_MS, () => process.exit(0));
  }

  #onQuiet(): void {
    if (!this.#draining || this.#left || this.pipeline.active > 0) return;
    this.#left = true;
    this.#report();
    this.pipeline.close();
    this.#channel.say({ type: "drained" });
    this.#channel.say({ type: "bye", reason: "drained" });
    // Answers may still be on their way to slow clients.
    const leave = () => (this.#engine.connections === 0 ? process.exit(0) : undefined);
    leave();
    setInterval(leave, 10);
  }
}

function missing(): never {
  throw new GwError("bug", { what: "a front was told of no group" });
}

const stackOf = (thrown: unknown) => (thrown instanceof Error ? thrown.stack : undefined);

function definedFields(
  fields: Record<string, string | number | boolean | undefined>,
): Record<string, string | number> {
  const out: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) out[name] = typeof value === "boolean" ? String(value) : value;
  }
  return out;
}
