// A worker's life in one function: greet, be told what to do, load the app, serve, drain, leave. The app shares this
// process and can break any of it; whatever must hold against the app is the supervisor's to enforce.

import { setRandomSeed } from "bun:jsc";
import type { Channel } from "../child/channel.ts";
import { Departure, obeySignals, type Work } from "../child/departure.ts";
import { type EnvFilesRead, readEnvFiles } from "../child/env-files.ts";
import { hideChannel } from "../child/hide-channel.ts";
import { takeLimits } from "../child/limits.ts";
import { hideOwnVariables } from "../child/own-variables.ts";
import { EXIT, noteExitCall, RoleProcess, type StartFailed } from "../child/role-process.ts";
import { showRuntime } from "../child/runtime.ts";
import { idleClock, systemClock } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { HEARTBEAT_MS, type Step, type WorkerSetup } from "../link/messages.ts";
import { heapReader } from "../os/heap.ts";
import { renderAppError } from "../sources/app-errors.ts";
import { loadFailure } from "../sources/load-failure.ts";
import { Modules } from "../sources/modules.ts";
import { locateApp } from "./app/load-app.ts";
import { preloadedFiles } from "./app/preload.ts";
import { makeOutputWait } from "./life/blocking-output.ts";
import { examine } from "./life/examine.ts";
import { openInspector } from "./life/inspector.ts";
import { lookAfterOrphans } from "./life/orphans.ts";
import { describeReady } from "./life/ready.ts";
import { ShutdownListeners, type SignalledProgram } from "./life/shutdown-listeners.ts";
import { prepareThreads, THREAD_ENTRY } from "./life/threads.ts";
import { afterUserChanges } from "./life/user-changes.ts";
import { ListenCapture } from "./listen/capture-listen.ts";
import { noteIdleness, type WhenIdle } from "./listen/idleness.ts";
import { drainOf, EventSource } from "./module/events.ts";
import type { GwModule } from "./module/gw-module.ts";
import { openModule } from "./module/open-module.ts";
import { Activity } from "./serve/activity.ts";
import { chooseBinding, type Serve } from "./serve/binding.ts";
import { startApp } from "./serve-app.ts";

/** The public port, once a thread of the app has tried to listen there. */
const THREAD_PORT = new Int32Array(new SharedArrayBuffer(4));

/** Whether the app has started one. */
const CLUSTER = { isStarted: false };
const hasCluster = () => CLUSTER.isStarted;
const CLUSTER_NOTICE =
  "The app starts a cluster of its own: gw has processes already (--processes), and what a cluster listens on gets none of gw's clients";
/** How often it is looked whether the app has loaded more of itself. */
const MODULES_MS = 1000;

/** Returns after the greeting: an entry that awaited more would keep the process from ever being seen idle. */
export async function runWorker(): Promise<void> {
  const child = new RoleProcess("worker");
  const { channel } = child;
  const activity = new Activity(systemClock);
  const events = new EventSource((thrown) => printAppError(renderAppError(thrown)));
  const lastWords: (() => void)[] = [];
  const readHeap = heapReader();
  let beatAtMs = systemClock.now();
  const beat = () => {
    const now = systemClock.now();
    const lagMs = Math.max(0, Math.round(now - beatAtMs - HEARTBEAT_MS));
    beatAtMs = now;
    channel.say({ type: "heartbeat", lagMs, heapBytes: readHeap(), ...activity.read() });
  };
  const departure = new Departure({
    clock: systemClock,
    say(message) {
      // With the last word comes the last count.
      if (message.type === "drained") for (const tell of [beat, ...lastWords]) tell();
      channel.say(message);
    },
    exit: () => process.exit(EXIT.left),
  });
  obeySignals(process, departure);
  child.greet();
  setInterval(beat, HEARTBEAT_MS).unref();
  setInterval(() => child.stayBound(), HEARTBEAT_MS).unref();

  void receiveSetup(channel, departure, events).then((setup) => {
    hideChannel(process);
    return start(setup, { child, departure, activity, events, lastWords });
  });
}

type WorkerParts = {
  child: RoleProcess;
  departure: Departure;
  activity: Activity;
  events: EventSource;
  /** Done when what the process had to finish is done. */
  lastWords: (() => void)[];
};

/** From the setup to `ready`, or to `failed` with the step that it came to. */
async function start(given: WorkerSetup, parts: WorkerParts): Promise<void> {
  const { child, departure } = parts;
  const { channel } = child;
  const progress = new Progress(channel);
  const modules = given.tellsModules ? createModules(channel) : undefined;
  /** At once: the app is not to go on where no client reaches it. */
  const refuse = (thrown: unknown): never => child.failAtOnce(progress.fail(thrown));
  tellEnd(channel, departure, () => progress.hasFailed);
  let listeners: ShutdownListeners | undefined;
  const { idle, whenIdle } = noteIdleness(process, (code) => listeners?.beforeExit(code));
  try {
    const read = settleIn(given, child);
    modules?.noteRead(read);
    if (given.inspects) openInspector(child.log);
    progress.enter("load");
    const setup = { ...given, app: given.app === null ? null : locateApp(given.app) };
    showProgram(setup);
    const { module, report, tellCounted } = openModule(setup, { ...parts, channel, program: process });
    parts.lastWords.push(tellCounted);
    const capture =
      setup.listen && captureListen(setup, { ...parts, module, report, fail: refuse, whenIdle });
    const isPublic = setup.listen !== null && "port" in setup.listen;
    const program = process as unknown as SignalledProgram;
    listeners = new ShutdownListeners({ program, onEnd: () => departure.end() });
    departure.finishFirst(workOf(capture, isPublic, listeners, parts), setup);
    const onLoaded = () => progress.enter("listen");
    if (modules) setInterval(() => modules.tellGrown(), MODULES_MS).unref();
    const kind = await startApp({
      ...{ setup, capture, module, idle, hasCluster, onLoaded, report },
    });
    modules?.tellGrown();
    await channel.deliver(describeReady(setup, kind, isPublic ? capture?.port : undefined, capture));
  } catch (thrown) {
    const failure = progress.fail(thrown);
    if (given.app !== null && progress.hasMetApp)
      modules?.tellFailure([...preloadedFiles(given.preloads, given.home), given.app], thrown);
    await child.fail(failure);
  }
}

/** How far a start has come, for whoever is told that it has failed. */
class Progress {
  hasFailed = false;
  readonly #channel: Channel;
  #step: Step = "configure";

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get hasMetApp(): boolean {
    return this.#step !== "configure";
  }

  enter(step: Step): void {
    this.#step = step;
    this.#channel.say({ type: "step", step });
  }

  fail(thrown: unknown): StartFailed {
    this.hasFailed = true;
    const { cause_: cause, facts, detail } = loadFailure(thrown);
    return { type: "failed", cause, facts, step: this.#step, ...(detail !== undefined && { detail }) };
  }
}

/** Only a public listener is closed for the others who share it: a private one gets what the front sends, and no more. */
function workOf(
  capture: ListenCapture | null,
  isPublic: boolean,
  listeners: ShutdownListeners,
  { departure, events }: WorkerParts,
): Work {
  return {
    active: () => capture?.active ?? 0,
    stopAccepting: () => isPublic && capture?.stopAccepting(),
    sayGoodbye(reason) {
      const promised = events.tellStopping(reason);
      // Nobody asks any more: what the app has not closed itself must not keep its process.
      if (listeners.begin(() => capture?.letGo())) return true;
      void promised?.then(() => departure.end());
      return promised !== undefined;
    },
  };
}

function createModules(channel: Channel): Modules {
  return new Modules({ loaded: () => Object.keys(require.cache), say: (message) => channel.say(message) });
}

/** All that the process gives up, and becomes, before it meets the app. */
function settleIn(setup: WorkerSetup, child: RoleProcess): EnvFilesRead {
  const { log } = child;
  const { limits, identity, home, hashSeed, shutdownTimeoutMs, envFiles } = setup;
  child.answerStackSignal();
  takeLimits(limits, { log, shutdownTimeoutMs });
  child.become(identity, home);
  afterUserChanges(process, () => child.stayBound());
  lookAfterOrphans({ clock: idleClock, log, pid: process.pid });
  if (hashSeed !== undefined) setRandomSeed(hashSeed);
  const read = readEnvFiles({ named: envFiles, home, environment: process.env, log });
  showProcess(setup, log);
  return read;
}

/** The app is to see the process as it would without gw, in all its threads. */
function showProcess({ runtime, listen, publicPort }: WorkerSetup, log: Log): void {
  showRuntime(process, runtime);
  hideOwnVariables(process.env, Bun, () => {
    CLUSTER.isStarted = true;
    log.warn(CLUSTER_NOTICE);
  });
  const waits = makeOutputWait(process);
  if (!waits.ok) log.debug("Output does not wait for its reader", { reason: waits.reason });
  const threads = process.getBuiltinModule("node:worker_threads");
  const setup = { runtime, ...(listen && { ports: { publicPort, found: THREAD_PORT.buffer } }) };
  prepareThreads(THREAD_ENTRY, setup, { threads, global: globalThis, environment: process.env });
}

/** What the app does to end its process. Before it is done that is news, and afterwards how it should be. */
function tellEnd(channel: Channel, departure: Departure, hasFailed: () => boolean): void {
  const isOurs = () => hasFailed() || (departure.isLeaving && !departure.isSayingGoodbye);
  noteExitCall(process, (code) => {
    if (!isOurs()) channel.say({ type: "exits", code });
  });
  process.once("exit", () => {
    if (departure.isSayingGoodbye) departure.tellEnd();
    else if (!isOurs()) channel.say({ type: "bye", reason: "the app ended its process" });
  });
}

function receiveSetup(channel: Channel, departure: Departure, events: EventSource): Promise<WorkerSetup> {
  return new Promise((resolve) => {
    channel.listen((message) => {
      if (message.type === "configure" && "worker" in message) resolve(message.worker);
      if (message.type === "stay") departure.stay();
      if (message.type === "examine")
        void examine(message, { clock: systemClock, rss: () => process.memoryUsage.rss() }).then(channel.say);
      if (message.type === "withdrawn") events.beginDrain(drainOf(message));
      if (message.type === "drain") {
        // Whoever is told this first had nothing to prepare for.
        events.beginDrain(drainOf({ ...message, reason: "shutdown_signal" }));
        departure.leave("drain", message.withinMs, message.isUrgent);
      }
    });
  });
}

/** The app finds itself started as `bun app.ts`: `import.meta.main` and `require.main === module` hold. */
function showProgram({ app, script, arguments: words }: WorkerSetup): void {
  if (app === null) return;
  process.argv = [process.execPath, script ?? app, ...words];
  Object.assign(Bun, { main: app });
}

type CaptureTools = {
  activity: Activity;
  child: RoleProcess;
  module: GwModule;
  report(text: string): void;
  fail(thrown: unknown): void;
  whenIdle: WhenIdle;
};

function captureListen(
  setup: WorkerSetup,
  { activity, child, module, report, fail, whenIdle }: CaptureTools,
): ListenCapture {
  const { channel, log } = child;
  const { requests } = module;
  const serve = Bun.serve as unknown as Serve;
  return new ListenCapture({
    binding: chooseBinding({ setup, serve, activity, log, report, requests }),
    serve,
    publicAddress: { host: setup.publicHost, port: setup.publicPort },
    appPort: setup.appPort,
    threadPort: () => Atomics.load(THREAD_PORT, 0),
    hasCluster,
    environment: process.env,
    log,
    clock: idleClock,
    whenIdle,
    onRefused: (thrown) => fail(refusal(thrown, setup)),
    onAwaits: (error) =>
      channel.say({ type: "awaits", ...(error && { cause: error.cause_, facts: error.facts }) }),
    onFailed: fail,
  });
}

function refusal(thrown: unknown, { listen }: WorkerSetup): GwError {
  const { code, message } = thrown as { code: string; message: string };
  if (listen === null) return new GwError("bug", { what: "a service was to listen" });
  if ("unix" in listen) return new GwError("server_root_unusable", { path: listen.unix, reason: message });
  const { host, port } = listen;
  return code === "EADDRINUSE"
    ? new GwError("port_taken", { host, port, by: "" })
    : new GwError("port_refused", { host, port, reason: message });
}

function printAppError(text: string): void {
  process.stderr.write(`${text}\n`);
}
