// The straight line of a running server: server root, port, fronts and workers, serving, and the same list backwards.
// Serves no HTTP and runs no code of the app.
import { kernelMicroseconds } from "../../ffi/process.ts";
import { sendDatagram } from "../../ffi/unix-socket.ts";
import { pause } from "../core/clock.ts";
import { asGwError, GwError } from "../core/errors.ts";
import { Lifetime } from "../core/lifetime.ts";
import type { Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import { ControlPlace } from "./commands/control-place.ts";
import type { OpenPlaces } from "./fronts/open-places.ts";
import { addProcesses, longestEndOf, MARGIN_MS } from "./generations/closing.ts";
import type { Site } from "./generations/site.ts";
import { openDoors, openRoot } from "./openings.ts";
import { describeSelf, describeServing, makeParts, type Parts } from "./parts.ts";
import type { RunDir } from "./root/run-dir.ts";
import { ServiceManager } from "./root/service-manager.ts";
import type { Serving, StartState, Supervision } from "./supervision.ts";
import { openTelling, type Tellers } from "./telling/open-telling.ts";
import { follow } from "./upgrade/follow.ts";
import { openUpgrade } from "./upgrade/lead.ts";
import type { Upgrade } from "./upgrade/upgrade.ts";

export type { Serving, Supervision } from "./supervision.ts";

/** Serves until asked to stop, or until another gw has taken over; throws the GwError that kept it from serving. Leaves nothing behind. */
export async function supervise(given: Supervision): Promise<void> {
  const { tools, stop, followed } = given;
  const { clock, log } = tools;
  const life = new Lifetime(clock, log);
  const manager = tellManager(given, () => run.site?.tenure.fronts.watch.hasLostFront ?? false);
  const run: StartState = { manager, isServing: false, onBusy() {}, lameDuck: async () => {} };
  void stop.hurried.then((signal) => {
    log.warn("stopping at once", { signal, reason: "shutdown_signal" });
    given.offspring.hurry();
    run.site?.kill();
  });
  try {
    const serving = await Promise.race([...whenHindered(given), begin(given, life, run)]);
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

async function beginStop({ manager, lameDuck, site }: StartState, log: Log, signal: string): Promise<void> {
  log.info("stopping", { signal, reason: "shutdown_signal" });
  manager.stopping();
  await lameDuck();
  site?.stopReplacing();
}

/** Each rejects when nothing is to come of the start. */
function whenHindered({ stop, followed }: Supervision): Promise<never>[] {
  const interrupt = (signal: string) => Promise.reject(new GwError("interrupted", { signal }));
  const left = "the end of the gw that it was to follow";
  return [
    stop.asked.then(interrupt),
    ...(followed ? [followed.gw.whenAbandoned.catch(() => interrupt(left))] : []),
  ];
}

function tellManager({ system: { env, pid }, tools }: Supervision, isStuck: () => boolean): ServiceManager {
  return new ServiceManager({
    ...tools,
    env,
    pid,
    kernelNow: kernelMicroseconds,
    send: sendDatagram,
    isStuck,
  });
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
  const parts = makeParts(given, run, { runDir, open });
  const { site, reloads, watches, controls, crewTools } = parts;
  run.site = site;
  run.lameDuck = () => beLameDuck(given, site, reloads.present.settings.lameDuck);
  const control = new ControlPlace({ ...tools, runDir, controls, pid: system.pid, version: VERSION }, life);
  const tellers = openTelling({ ...describeSelf(given, parts), ...parts }, crewTools, life);
  closeInOrder(given, life, run, parts);
  run.upgrade = openLead(given, run, { ...parts, open, runDir, control, tellers });

  const startTelling = () => tellers.start();
  await parts.evidence.check();
  if (followed) {
    const { stop } = given;
    const openControl = () => control.open();
    const own = { config, stop, life, runDir, guards: open.guards, openControl, startTelling };
    await follow(followed, { ...tools, ...parts, ...own });
  } else {
    control.open();
    await Promise.all([site.begin(config), startTelling()]);
    open.refuseShared(site.pids);
  }
  for (const follower of watches) follower.refresh();
  return describeServing(parts);
}

/** The same list backwards. */
function closeInOrder(given: Supervision, life: Lifetime, run: StartState, parts: Parts): void {
  const { site, reloads, watches } = parts;
  const present = () => reloads.present;
  const longest = () => longestEndOf(present());
  life.add("what apps have left", longest, () => given.offspring.whenGone());
  addProcesses(life, { site, reloads, watches, present, isServing: () => run.isServing });
}

type Leadership = Parts & {
  open: OpenPlaces;
  runDir: RunDir;
  control: ControlPlace;
  tellers: Tellers;
};

/** What another gw would take over. */
function openLead(given: Supervision, run: StartState, { control, tellers, ...parts }: Leadership): Upgrade {
  const { reloads, watches, controls, sums } = parts;
  const letGo = (why: GwError) => {
    reloads.close(why);
    for (const watch of watches) watch.stop();
    return tellers.leavePort();
  };
  const samples = () => {
    controls.tell();
    return sums.samples;
  };
  const { system, tools, manager } = { ...given, ...run };
  return openUpgrade({
    ...given,
    ...tools,
    ...parts,
    pid: system.pid,
    manager,
    root: control,
    letGo,
    samples,
  });
}

/** Until that time is over, or somebody cannot wait. */
async function beLameDuck({ tools, stop }: Supervision, site: Site, ms: number): Promise<void> {
  if (ms === 0) return;
  tools.log.info("telling health checks that gw is about to stop", { forMs: ms });
  site.common.lameDuck.begin(site.fronts.flatMap(({ crew }) => crew.places.map(({ current }) => current)));
  await Promise.race([pause(tools.clock, ms), stop.hurried]);
}
