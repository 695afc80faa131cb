// The front role: greet, be configured, bind, serve, obey.

import { canPeek } from "../../ffi/socket.ts";
import type { Channel } from "../child/channel.ts";
import { EXIT, RoleProcess } from "../child/role-process.ts";
import { systemClock, turnClock, within } from "../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { WriteText } from "../core/outlet.ts";
import { HEAD_BYTES_MOST } from "../core/requests/head-bounds.ts";
import type { FrontSetup, Shortage, ToChild } from "../link/messages.ts";
import type { AccessLogSetup, TraceSetup } from "../link/setups.ts";
import { heapReader } from "../os/heap.ts";
import { os } from "../os/os.ts";
import { FrontDeparture } from "./departure.ts";
import type { LostReport } from "./dispatch/backends.ts";
import { Crowd } from "./door/crowd.ts";
import { Doors } from "./door/doors.ts";
import { Engine } from "./door/h1/engine.ts";
import { H2Connections } from "./door/h2/h2-connections.ts";
import { RawConnections } from "./door/raw/raw-connections.ts";
import type { ProtocolOptions } from "./door/socket/protocol.ts";
import { SocketDoor, type SocketDoorOptions } from "./door/socket/socket-door.ts";
import { Listeners } from "./listeners.ts";
import { obey } from "./orders.ts";
import { Pipeline, type PipelineOwner } from "./pipeline.ts";
import { openRates } from "./rates/open-rates.ts";
import { Recorder } from "./recorder/recorder.ts";
import { createTrust } from "./stages/proxies.ts";
import { AccessLog } from "./telling/access-log.ts";
import { LineRates } from "./telling/line-rates.ts";
import { SpanLog } from "./tracing/span-log.ts";
import { TraceIds } from "./tracing/trace-ids.ts";
import { traceStage } from "./tracing/tracer.ts";
import { errorOfThrown } from "./visit/endings.ts";
import type { Stage } from "./visit/stages.ts";
import { warmUp } from "./warming.ts";

/** How long the last lines of the access log may take to leave. */
const LAST_LINES_MS = 500;
const STATS_EVERY_MS = 1000;
/** Lines in ten seconds about mistakes of ours, which a client may have found a way to repeat. */
const LINES_OF_BUGS = 100;
/** What a front warms up with, and how long that may take. */
const WARMING_REQUESTS = 1000;
const WARMING_MS = 400;

export async function runFront(): Promise<void> {
  const child = new RoleProcess("front");
  child.ignoreSignals();
  child.greet();
  let front: Front | undefined;
  child.channel.listen((message) => {
    if (message.type === "configure" && "front" in message) front = new Front(child, message.front);
    else front?.obey(message);
  });
}

class Front implements PipelineOwner {
  readonly #pipeline: Pipeline;
  readonly #doors: Doors;
  readonly #channel: Channel;
  readonly #child: RoleProcess;
  readonly #log: Log;
  readonly #rates: LineRates;
  /** Of what runs for each request: several of them ask for the instant, and a turn of the loop may hold hundreds. */
  readonly #clock = turnClock(systemClock);
  readonly #listeners: Listeners;
  readonly #departure: FrontDeparture;
  readonly #accessLog: AccessLog | undefined;
  readonly #spans: SpanLog | undefined;
  #beatAt = systemClock.now();

  constructor(child: RoleProcess, setup: FrontSetup) {
    const { channel, log } = child;
    this.#child = child;
    this.#channel = channel;
    this.#log = log;
    this.#rates = new LineRates(systemClock, log);
    this.#listeners = new Listeners({ clock: systemClock, log, channel });
    this.#accessLog = setup.accessLog && this.#openAccessLog(setup.accessLog);
    const pass = (text: string, count: number) => channel.say({ type: "spans", text, count });
    this.#spans = setup.traces?.isTold ? new SpanLog({ clock: systemClock, pass }) : undefined;
    this.#pipeline = this.#newPipeline(setup);
    this.#doors = new Doors(this.#listeners);
    this.#openDoors(setup);
    this.#departure = new FrontDeparture({
      clock: systemClock,
      random: Math.random,
      door: this.#doors,
      pipeline: this.#pipeline,
      listeners: this.#listeners,
      rates: this.#rates,
      channel,
      report: () => this.#report(),
      exit: () => void this.#exit(),
    });
    void this.#warmUp(setup).then(() => this.#start(setup));
  }

  /** The last lines are on their way to a process that reads them, unless it is too busy. */
  async #exit(): Promise<never> {
    if (this.#accessLog) await within(systemClock, LAST_LINES_MS, this.#accessLog.flushed(), undefined);
    return process.exit(EXIT.left);
  }

  /** Elsewhere it would need files for its sockets. */
  async #warmUp({ warmsUp, listeners }: FrontSetup): Promise<void> {
    if (!warmsUp || !os.hasAbstractSockets) return;
    const onBug = (thrown: unknown) => this.onBug(thrown);
    const doors = new Set(listeners.map((place) => ("port" in place && !place.isTls ? "server" : "sockets")));
    const most = { requests: WARMING_REQUESTS, mostMs: WARMING_MS };
    const { answered, reason } = await warmUp({ clock: systemClock, doors: [...doors], ...most, onBug });
    this.#log.debug("This front end has warmed up", { answered, reason });
  }

  #newPipeline(setup: FrontSetup): Pipeline {
    const [clock, log, { groups }] = [this.#clock, this.#log, setup];
    return new Pipeline({
      clock,
      log,
      rates: this.#rates,
      groups,
      defaultGroup: setup.defaultGroup,
      defaultHost: hostOf(setup),
      heads: setup.heads,
      // Not by the turn: who keeps a front busy for long in one would be given nothing for that time.
      requestRates: setup.rates && openRates(setup.rates, { clock: systemClock, log, groups }),
      proxies: setup.proxies,
      https: setup.tls && { ...setup, port: setup.tls.port, plainPort: setup.port },
      random: Math.random,
      isRunning: os.isRunning,
      owner: this,
      accessLog: this.#accessLog,
      recorder: setup.recorder && new Recorder({ ...setup.recorder, clock: systemClock, log }),
      healthPaths: setup.healthPaths,
      traces: setup.traces && this.#tracesBy(setup.traces),
      spans: this.#spans,
      statusPage: setup.statusPage,
    });
  }

  #tracesBy(setup: TraceSetup): Stage {
    const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
    return traceStage(setup, { ids, random: Math.random, isTrusted: createTrust(setup.trust) });
  }

  #openAccessLog(setup: AccessLogSetup): AccessLog {
    // Whoever reads it may go: that is no reason to stop serving.
    process.stdout.on("error", () => {});
    const write: WriteText = (text, done) => void process.stdout.write(text, () => done());
    return new AccessLog({ ...setup, clock: systemClock, log: this.#log, write });
  }

  /** Another protocol, or another engine, is another class here. */
  #openDoors(setup: FrontSetup): void {
    const { listeners, tls, connections } = setup;
    const isProxy = createTrust(setup.proxies?.from ?? []);
    const most = setup.maxClientsPerAddress;
    const crowd = most === undefined ? undefined : new Crowd({ most, isProxy });
    const common = {
      crowd,
      clock: this.#clock,
      headBytes: HEAD_BYTES_MOST,
      ...connections,
      listener: this.#pipeline,
      counter: this.#doors.counter,
      handshakes: this.#doors.handshakes,
    };
    const http1 = (options: ProtocolOptions) => new RawConnections(options);
    const http2 = (options: ProtocolOptions) => new H2Connections(options);
    const prefaces = this.#prefacesOf(setup);
    for (const place of listeners) {
      const door =
        "port" in place && !place.isTls && !prefaces
          ? new Engine({ ...common, ...place })
          : new SocketDoor({ ...common, ...place, http1, http2, prefaces, ...(place.isTls && { tls }) });
      this.#doors.add(door, place);
    }
  }

  #prefacesOf({ proxies, prefaceTimeoutMs: withinMs }: FrontSetup): SocketDoorOptions["prefaces"] {
    if (withinMs === undefined) return undefined;
    const seen = canPeek();
    if (!seen.ok)
      this.#fail(new GwError("socket_refused", { path: "of --proxy-protocol", reason: seen.reason }));
    return { withinMs, isTrusted: createTrust(proxies?.from ?? []) };
  }

  #start(setup: FrontSetup): void {
    this.#channel.say({ type: "step", step: "listen" });
    this.#doors.listen().then(
      (port) => {
        const limits = this.#listeners.prepare(this.#doors, setup);
        if (!this.#takeIdentity(setup)) return;
        this.#openFiles();
        this.#channel.say({ type: "ready", port, limits });
        setInterval(() => this.#beat(), STATS_EVERY_MS);
      },
      (thrown) => this.#fail(this.#describeRefusal(thrown)),
    );
  }

  #describeRefusal(thrown: unknown): GwError {
    if (thrown instanceof GwError) return thrown;
    const place = this.#doors.opening;
    const reason = reasonOf(thrown);
    if (!place || !("port" in place))
      return new GwError("socket_refused", { path: place?.name ?? "that it was given", reason });
    const { host, port } = place;
    const cause = codeOf(thrown) === "EADDRINUSE" ? "port_taken" : "port_refused";
    return new GwError(cause, { host, port, reason, by: "" });
  }

  /** Only the port needs the rights that gw was started with. */
  #takeIdentity({ identity }: FrontSetup): boolean {
    try {
      this.#child.become(identity, "/");
      return true;
    } catch (thrown) {
      if (!(thrown instanceof GwError)) throw thrown;
      return this.#fail(thrown);
    }
  }

  #openFiles(): void {
    try {
      this.#pipeline.openFiles();
    } catch (thrown) {
      if (!(thrown instanceof GwError)) throw thrown;
      this.#fail(thrown);
    }
  }

  /** Without its port, or as the wrong user, it is of no use to anybody. */
  #fail({ cause_: cause, facts }: GwError): never {
    this.#child.failAtOnce({ type: "failed", cause, facts, step: "listen" });
  }

  onQuiet(): void {
    this.#departure.onQuiet();
  }

  onLost(report: LostReport): void {
    this.#channel.say({ type: "lost", ...report });
  }

  onPressure(group: string, shortage: Shortage): void {
    this.#channel.say({ type: "pressure", group, ...shortage });
  }

  onBug(thrown: unknown): void {
    const { message, detail: stack } = errorOfThrown(thrown);
    if (this.#rates.allows({ cause: "bug", most: LINES_OF_BUGS })) this.#log.error(message, { stack });
  }

  readonly #readHeap = heapReader();

  #beat(): void {
    const now = systemClock.now();
    const lagMs = Math.max(0, Math.round(now - this.#beatAt - STATS_EVERY_MS));
    this.#beatAt = now;
    this.#channel.say({ type: "heartbeat", lagMs, heapBytes: this.#readHeap() });
    this.#report();
    const notable = this.#pipeline.telling.takeNotable();
    if (notable) this.#channel.say({ type: "notable", ...notable });
  }

  #report(): void {
    this.#spans?.tick();
    const { connections } = this.#doors;
    const { maxClients } = this.#listeners;
    const stats = { ...this.#pipeline.stats, connections, ...(maxClients !== undefined && { maxClients }) };
    this.#channel.say({ type: "stats", stats });
    this.#channel.say({ type: "figures", samples: [...this.#pipeline.figures, ...this.#doors.figures] });
  }

  obey(order: ToChild): void {
    obey(order, {
      pipeline: this.#pipeline,
      channel: this.#channel,
      listeners: this.#listeners,
      departure: this.#departure,
      report: () => this.#report(),
    });
  }
}

/** Of clients that need not say which host they mean; at UNIX sockets there is none that they could mean. */
function hostOf({ host, port, tls }: FrontSetup): string {
  const reached = port ?? tls?.port;
  return reached === undefined ? "localhost" : `${host}:${reached}`;
}
