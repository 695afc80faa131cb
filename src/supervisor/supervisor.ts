// The straight line of a running server: server root, port, fronts and workers, serving, and the same list backwards.
// Serves no HTTP and runs no code of the app.
import { kernelMicroseconds } from "../../ffi/process.ts";
import { sendDatagram } from "../../ffi/unix-socket.ts";
import type { Certified } from "../certificates/certificate-files.ts";
import { certificatesOf } from "../certificates/files.ts";
import type { Controls } from "../control/server.ts";
import type { Tail } from "../control/tail.ts";
import { pause } from "../core/clock.ts";
import { asGwError, GwError } from "../core/errors.ts";
import { Lifetime } from "../core/lifetime.ts";
import type { Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import type { AppKind } from "../link/messages.ts";
import { Sums } from "../metrics/sums.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import { AutoReload } from "./changes/auto-reload.ts";
import { lookAtFile, lookAtPlace } from "./changes/changes.ts";
import { Renewal } from "./changes/renewal.ts";
import type { SlotTools } from "./child/slot-setup.ts";
import { ControlPlace } from "./commands/control-place.ts";
import { ServerControls } from "./commands/controls.ts";
import type { StopRequest } from "./commands/stop-request.ts";
import { troublesOf } from "./commands/survey.ts";
import { Ledger } from "./crew/ledger.ts";
import { type OpenPlaces, openPlaces, sharePlaces } from "./fronts/open-places.ts";
import { type PublicPlaces, urlsOf } from "./fronts/places.ts";
import { addProcesses, longestEndOf, MARGIN_MS } from "./generations/closing.ts";
import { StartFailure } from "./generations/generation.ts";
import { Reloads, type ReloadsSetup } from "./generations/reloads.ts";
import { Site } from "./generations/site.ts";
import type { Offspring } from "./offspring/offspring.ts";
import type { Chronicle } from "./records/chronicle.ts";
import { openRunDir, type RunDir, shareRunDir } from "./root/run-dir.ts";
import { ServiceManager } from "./root/service-manager.ts";
import type { System } from "./root/system.ts";
import { WorkerSockets } from "./root/worker-sockets.ts";
import { makeToken } from "./telling/deeds.ts";
import { openTelling } from "./telling/open-telling.ts";
import { SpanRelay } from "./telling/span-relay.ts";
import { checkSame, type Followed, follow, placesBefore, processesOf, siteBefore } from "./upgrade/follow.ts";
import { openUpgrade } from "./upgrade/lead.ts";
import type { Upgrade } from "./upgrade/upgrade.ts";

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
  /** A gw that this one takes over from. */
  followed?: Followed | undefined;
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

/** Serves until asked to stop, or until another gw has taken over; throws the GwError that kept it from serving. Leaves nothing behind. */
export async function supervise(given: Supervision): Promise<void> {
  const { tools, stop, followed } = given;
  const { clock, log } = tools;
  const life = new Lifetime(clock, log);
  const manager = tellManager(given);
  const run: StartState = {
    manager,
    site: undefined,
    isServing: false,
    onBusy() {},
    lameDuck: async () => {},
  };
  void stop.hurried.then((signal) => {
    log.warn("stopping at once", { signal, reason: "shutdown_signal" });
    given.offspring.hurry();
    run.site?.kill();
  });
  try {
    const interrupted = stop.asked.then((signal) => {
      throw new GwError("interrupted", { signal });
    });
    const starting = [interrupted, begin(given, life, run), ...whenLeft(followed)];
    const serving = await Promise.race(starting);
    given.onServing(serving);
    run.isServing = true;
    const status = `serving ${serving.urls.join(" ")}`;
    run.onBusy = (isBusy) => (isBusy ? manager.reloading() : manager.ready(status));
    void Promise.resolve(followed?.gw.whenMain).then(() => manager.ready(status));
    const ended = await Promise.race([stop.asked, ...(run.upgrade ? [run.upgrade.relieved] : [])]);
    if (typeof ended === "string") await beginStop(run, log, ended);
  } catch (error) {
    await followed?.gw.refuse(asGwError(error));
    throw error;
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
  manager: ServiceManager;
  site: Site | undefined;
  upgrade?: Upgrade;
  isServing: boolean;
  /** A reload has begun, or all that were asked for are done. */
  onBusy: (isBusy: boolean) => void;
  /** Resolves when those who send requests have had time to notice. */
  lameDuck: () => Promise<void>;
};

async function beginStop({ manager, lameDuck, site }: StartState, log: Log, signal: string): Promise<void> {
  log.info("stopping", { signal, reason: "shutdown_signal" });
  manager.stopping();
  await lameDuck();
  site?.stopReplacing();
}

/** Rejects when a gw that is to be followed has gone too early. */
function whenLeft(followed: Followed | undefined): Promise<never>[] {
  if (!followed) return [];
  const signal = "the end of the gw that it was to follow";
  return [followed.gw.whenAbandoned.catch(() => Promise.reject(new GwError("interrupted", { signal })))];
}

function tellManager({ system: { env, pid }, tools }: Supervision): ServiceManager {
  return new ServiceManager({ ...tools, env, pid, kernelNow: kernelMicroseconds, send: sendDatagram });
}

/** Nothing has been promised to anybody yet, so that fronts need no goodbye; apps may have begun something. */
function giveUp({ site }: StartState): void {
  site?.killFronts();
  void site?.leaveWorkers("stop");
}

async function begin(given: Supervision, life: Lifetime, run: StartState): Promise<Serving> {
  const { config, system, tools, followed } = given;
  const runDir = openRoot(given);
  life.add("server root", MARGIN_MS, () => runDir.remove());
  const open = openDoors(given, run);
  life.add("places of clients", MARGIN_MS, () => open.close());
  const { places } = open;

  const ledger = new Ledger(tools.clock, tools.log);
  const sums = new Sums();
  const crewTools = { ...tools, ledger, sums, spans: new SpanRelay() };
  const auto: AutoReload = new AutoReload({ ...tools, ...LOOKS, site: () => site, reloads: () => reloads });
  const renewal: Renewal = new Renewal({ ...tools, ...LOOKS, reloads: () => reloads });
  const sockets = new WorkerSockets(runDir, tools.log);
  const before = followed && { before: siteBefore(followed, config) };
  const setup = { places, publicPort: open.guards, sockets, env: system.env, modules: auto, ...before };
  const site: Site = new Site(setup, crewTools);
  run.site = site;
  const watches = { auto, renewal, chronicle: ledger.chronicle };
  const reloads = makeReloads(given, run, site, watches);
  run.lameDuck = () => beLameDuck(given, site, reloads.present.settings.lameDuck);
  const known = { run, site, reloads, renewal, ledger, sums, places, serverRoot: runDir.path };
  const parts = { ...known, statusToken: followed?.inheritance.statusToken ?? makeToken() };
  const controls = makeControls(given, parts);
  const control = new ControlPlace({ ...tools, runDir, controls, pid: system.pid, version: VERSION }, life);
  const telling = { ...describeSelf(given, parts), ...parts, controls, sockets };
  const tellers = openTelling(telling, crewTools, life);
  const isServing = () => run.isServing;
  const present = () => reloads.present;
  life.add(
    "what apps have left",
    () => longestEndOf(present()),
    () => given.offspring.whenGone(),
  );
  addProcesses(life, { site, reloads, present, isServing, auto, renewal });
  const handing = { ...given, ...tools, ...parts, pid: system.pid, manager: run.manager };
  const letGo = () => {
    reloads.close();
    for (const watch of [auto, renewal]) watch.stop();
    return tellers.leavePort();
  };
  const samples = () => (controls.metrics(), sums.samples);
  run.upgrade = openUpgrade({ ...handing, open, runDir, watch: control, letGo, samples });

  const startTelling = () => tellers.start();
  if (followed) {
    const following = { ...tools, ...parts, runDir, guards: open.guards, startTelling };
    await follow(followed, {
      ...following,
      config,
      stop: given.stop,
      life,
      openControl: () => control.open(),
    });
  } else {
    control.open();
    await Promise.all([site.begin(config), startTelling()]).catch(throwCause);
    open.refuseShared(site.pids);
  }
  for (const follower of [auto, renewal]) follower.refresh();
  return describeServing(site, reloads, { places, serverRoot: runDir.path });
}

/** The server root: this gw's alone, or for now also that of another one. */
function openRoot({ config, system, tools, followed }: Supervision): RunDir {
  const { account: user, settings } = config;
  const { serverRoot } = settings;
  if (!followed) return openRunDir(serverRoot, system, tools.log, user);
  checkSame(config, followed.inheritance);
  return shareRunDir(serverRoot, system, tools.log, { user, holder: followed.inheritance.pid });
}

function openDoors({ config, system, tools, followed }: Supervision, run: StartState): OpenPlaces {
  const others = () => run.upgrade?.heirPid ?? followed?.inheritance.pid;
  const ownPids = () => {
    const { site } = run;
    const own = config.settings.embeddedMode ? site?.pids : site?.fronts.flatMap(({ crew }) => crew.pids);
    const other = others();
    return [...(own ?? []), ...(other === undefined ? [] : processesOf(other))];
  };
  const opening = { config, ...system, ownPids, tools };
  return followed ? sharePlaces(opening, placesBefore(followed)) : openPlaces(opening);
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
    upgrade: () => run.upgrade,
  });
}
