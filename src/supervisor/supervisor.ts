// The straight line of a running server: server root, port, fronts and workers, serving, and the same list backwards.
// Serves no HTTP and runs no code of the app.
import { kernelMicroseconds } from "../../ffi/process.ts";
import { sendDatagram } from "../../ffi/unix-socket.ts";
import type { Certified } from "../certificates/certificate-files.ts";
import { certificatesOf } from "../certificates/files.ts";
import { ControlServer, type Controls } from "../control/server.ts";
import type { Tail } from "../control/tail.ts";
import { pause } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import { Lifetime } from "../core/lifetime.ts";
import { VERSION } from "../core/version.ts";
import type { AppKind } from "../link/messages.ts";
import { Sums } from "../metrics/sums.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import { AutoReload } from "./changes/auto-reload.ts";
import { lookAtFile, lookAtPlace } from "./changes/changes.ts";
import { Renewal } from "./changes/renewal.ts";
import type { SlotTools } from "./child/slot-setup.ts";
import { ServerControls } from "./commands/controls.ts";
import type { StopRequest } from "./commands/stop-request.ts";
import { troublesOf } from "./commands/survey.ts";
import { Ledger } from "./crew/ledger.ts";
import { openPlaces } from "./fronts/open-places.ts";
import { type PublicPlaces, urlsOf } from "./fronts/places.ts";
import { StartFailure } from "./generations/generation.ts";
import { Reloads, type ReloadsSetup } from "./generations/reloads.ts";
import { Site } from "./generations/site.ts";
import type { Offspring } from "./offspring/offspring.ts";
import type { Chronicle } from "./records/chronicle.ts";
import { RootWatch } from "./root/root-watch.ts";
import { openRunDir, type RunDir } from "./root/run-dir.ts";
import { ServiceManager } from "./root/service-manager.ts";
import type { System } from "./root/system.ts";
import { WorkerSockets } from "./root/worker-sockets.ts";
import { makeToken } from "./telling/deeds.ts";
import { openTelling } from "./telling/open-telling.ts";
import { SpanRelay } from "./telling/span-relay.ts";

export type Supervision = Pick<ReloadsSetup, "load" | "describe" | "followers"> & {
  config: Resolved & Certified;
  system: System;
  tools: SlotTools;
  stop: StopRequest;
  /** What apps start, and may leave behind. */
  offspring: Pick<Offspring, "whenGone" | "hurry">;
  /** Called once, when everything is ready. */
  onServing: (serving: Serving) => void;
  /** The last lines that went to the operator. */
  tail: Tail;
  /** Lines of the access log that could not be written. */
  lostLines: () => number;
  /** How much of the log is shown. */
  setLogLevel: Controls["setLogLevel"];
};

export type Serving = {
  /** The main one first. */
  urls: string[];
  port: number;
  serverRoot: string;
  /** What was recognised as the app of each group. */
  appKinds: ReadonlyMap<string, AppKind>;
  /** Replaces all workers without losing a request. */
  restartWorkers: (why: string) => void;
  /** Loads everything anew; how it went is in the log. */
  reload: (by: string) => void;
};

const LOOKS = { look: lookAtFile, lookAtPlace };

/** The last steps of a stop (reaping what was killed) take a moment more than their deadlines. */
const MARGIN_MS = 5_000;

/** Serves until asked to stop; throws the GwError that kept it from serving. Leaves nothing behind either way. */
export async function supervise(given: Supervision): Promise<void> {
  const { tools, stop } = given;
  const { clock, log } = tools;
  const life = new Lifetime(clock, log);
  const manager = tellManager(given);
  const run: StartState = { site: undefined, isServing: false, onBusy() {}, lameDuck: async () => {} };
  void stop.hurried.then((signal) => {
    log.warn("stopping at once", { signal, reason: "shutdown_signal" });
    given.offspring.hurry();
    run.site?.kill();
  });
  try {
    const interrupted = stop.asked.then((signal) => {
      throw new GwError("interrupted", { signal });
    });
    const serving = await Promise.race([interrupted, begin(given, life, run)]);
    given.onServing(serving);
    run.isServing = true;
    const status = `serving ${serving.urls.join(" ")}`;
    run.onBusy = (isBusy) => (isBusy ? manager.reloading() : manager.ready(status));
    manager.ready(status);
    const signal = await stop.asked;
    log.info("stopping", { signal, reason: "shutdown_signal" });
    manager.stopping();
    await run.lameDuck();
    run.site?.stopReplacing();
  } finally {
    if (!run.isServing) giveUp(run);
    await life.close();
    manager.close();
  }
  const cut = run.site?.cut ?? 0;
  log[cut > 0 ? "warn" : "info"]("stopped", cut > 0 ? { cut } : {});
}

/** What may have to be ended while the start is still under way. */
type StartState = {
  site: Site | undefined;
  isServing: boolean;
  /** A reload has begun, or all that were asked for are done. */
  onBusy: (isBusy: boolean) => void;
  /** Resolves when those who send requests have had time to notice. */
  lameDuck: () => Promise<void>;
};

function tellManager({ system: { env, pid }, tools }: Supervision): ServiceManager {
  return new ServiceManager({ ...tools, env, pid, kernelNow: kernelMicroseconds, send: sendDatagram });
}

/** Nothing has been promised to anybody yet, so that fronts need no goodbye; apps may have begun something. */
function giveUp({ site }: StartState): void {
  site?.killFronts();
  void site?.leaveWorkers("stop");
}

async function begin(given: Supervision, life: Lifetime, run: StartState): Promise<Serving> {
  const { config, system, tools } = given;
  const { settings, account } = config;
  const runDir = openRunDir(settings.serverRoot, system, tools.log, account);
  life.add("server root", MARGIN_MS, () => runDir.remove());
  const ownPids = () => (settings.embeddedMode ? site.pids : site.fronts.flatMap(({ crew }) => crew.pids));
  const open = openPlaces({ config, ...system, ownPids, tools });
  life.add("places of clients", MARGIN_MS, () => open.close());
  const { places } = open;

  const ledger = new Ledger(tools.clock, tools.log);
  const sums = new Sums();
  const crewTools = { ...tools, ledger, sums, spans: new SpanRelay() };
  const auto: AutoReload = new AutoReload({ ...tools, ...LOOKS, site: () => site, reloads: () => reloads });
  const renewal: Renewal = new Renewal({ ...tools, ...LOOKS, reloads: () => reloads });
  const sockets = new WorkerSockets(runDir, tools.log);
  const setup = { places, publicPort: open.guards, sockets, env: system.env };
  const site: Site = new Site({ ...setup, modules: auto }, crewTools);
  run.site = site;
  const watches = { auto, renewal, chronicle: ledger.chronicle };
  const reloads = makeReloads(given, run, site, watches);
  run.lameDuck = () => beLameDuck(given, site, reloads.present.settings.lameDuck);
  const known = { run, site, reloads, renewal, ledger, sums, places, serverRoot: runDir.path };
  const parts = { ...known, statusToken: makeToken() };
  const controls = makeControls(given, parts);
  openControl(given, life, controls, runDir);
  const telling = { ...describeSelf(given, parts), ...parts, controls, sockets };
  const tellers = openTelling(telling, crewTools, life);
  const longest = () => longestEndOf(reloads.present);
  life.add("what apps have left", longest, () => given.offspring.whenGone());
  closeProcesses(life, run, site, () => reloads.present);
  closeReloads(life, reloads, watches);

  await Promise.all([site.begin(config), tellers.start()]).catch(throwCause);
  open.refuseShared(site.pids);
  for (const follower of [auto, renewal]) follower.refresh();
  return describeServing(site, reloads, { places, serverRoot: runDir.path });
}

/** Until that time is over, or somebody cannot wait. */
async function beLameDuck({ tools, stop }: Supervision, site: Site, ms: number): Promise<void> {
  if (ms === 0) return;
  tools.log.info("telling health checks that gw is about to stop", { forMs: ms });
  site.common.lameDuck.begin(site.fronts.flatMap(({ crew }) => crew.places.map(({ current }) => current)));
  await Promise.race([pause(tools.clock, ms), stop.hurried]);
}

/** What those who tell others how things are know of the whole. */
function describeSelf(
  { config, system: { env, pid }, tools }: Supervision,
  { site, places, serverRoot, reloads }: ControlParts,
) {
  const server = { pid, urls: urlsOf(places), serverRoot };
  const looks = { troubles: () => troublesOf(site, tools.clock), present: () => reloads.present };
  return { config, env, server, ...looks };
}

const throwCause = (error: unknown) => Promise.reject(error instanceof StartFailure ? error.error : error);

function describeServing(
  site: Site,
  reloads: Reloads,
  { places, serverRoot }: { places: PublicPlaces; serverRoot: string },
): Serving {
  const kinds = site.generation.pools.flatMap(({ group, appKind }) =>
    appKind ? [[group.name, appKind] as const] : [],
  );
  return {
    urls: urlsOf(places),
    port: places.main,
    serverRoot,
    appKinds: new Map(kinds),
    restartWorkers(why) {
      for (const pool of site.generation.pools) pool.restartAll("graceful_signal", why);
    },
    // The reason of a refusal stands in the log already.
    reload: (by) => void reloads.reload(by).catch(() => {}),
  };
}

type Watches = { auto: AutoReload; renewal: Renewal; chronicle: Chronicle };

function makeReloads(
  given: Supervision,
  run: StartState,
  site: Site,
  { auto, renewal, chronicle }: Watches,
): Reloads {
  const { config, load, describe, tools } = given;
  const readCertificates = (one: Resolved) => certificatesOf(one, tools.clock.wall());
  const followers = [...given.followers, auto, renewal];
  const onBusy = (isBusy: boolean) => run.onBusy(isBusy);
  return new Reloads({
    ...tools,
    site,
    config,
    load,
    describe,
    readCertificates,
    followers,
    onBusy,
    chronicle,
  });
}

function longestEndOf({ groups }: Resolved): number {
  const all = groups.map(({ settings }) => settings.gracefulTimeout + 2 * settings.shutdownTimeout);
  return Math.max(...all) + MARGIN_MS;
}

/** Workers behind fronts have nothing left to finish when the fronts are gone, and all of them hear it at once. */
function closeProcesses(life: Lifetime, run: StartState, site: Site, present: () => Resolved): void {
  const longest = () => longestEndOf(present());
  life.add("workers", longest, () =>
    site.leaveWorkers(run.isServing && present().settings.embeddedMode ? "drain" : "stop"),
  );
  life.add("fronts", longest, () => site.leaveFronts("drain"));
  life.add("watch", MARGIN_MS, () => site.stopWatching());
}

function closeReloads(life: Lifetime, reloads: Reloads, { auto, renewal }: Watches): void {
  life.add("changes", MARGIN_MS, () => auto.stop());
  life.add("certificates", MARGIN_MS, () => renewal.stop());
  // First of all: what is being started must not take over from what is on its way out.
  life.add("reloads", MARGIN_MS, () => reloads.close());
}

type ControlParts = {
  run: StartState;
  site: Site;
  reloads: Reloads;
  renewal: Renewal;
  ledger: Ledger;
  sums: Sums;
  places: PublicPlaces;
  serverRoot: string;
  statusToken: string;
};

function makeControls(
  { system, tools, stop, tail, lostLines, setLogLevel }: Supervision,
  { run, ...parts }: ControlParts,
): ServerControls {
  const { clock } = tools;
  return new ServerControls({
    ...{ ...parts, clock, pid: system.pid, startedAtMs: clock.now(), startedWallMs: clock.wall() },
    ...{ stop, tail, lostLines, setLogLevel },
    isServing: () => run.isServing,
  });
}

/** Answers from here on, and as long as anything else is there. */
function openControl(
  { system, tools }: Supervision,
  life: Lifetime,
  controls: ServerControls,
  runDir: RunDir,
): void {
  const { clock, log } = tools;
  const { path: serverRoot } = runDir;
  const control = new ControlServer({ serverRoot, pid: system.pid, version: VERSION, clock, log, controls });
  life.add("control socket", MARGIN_MS, () => control.close());
  const rootWatch = new RootWatch({ ...tools, runDir, control });
  life.add("root watch", MARGIN_MS, () => rootWatch.stop());
}
