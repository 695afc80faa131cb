// The old one's side of an upgrade, put together: what there is to be handed over, why nobody can take over, and what this gw lets go of
// when somebody has.

import { getParent } from "../../../ffi/process.ts";
import { pause, within } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { Offspring } from "../offspring/offspring.ts";
import type { RunDir } from "../root/run-dir.ts";
import type { ServiceManager } from "../root/service-manager.ts";
import type { System } from "../root/system.ts";
import { bequestOf, estateOf, type Testator } from "./bequest.ts";
import type { Followed } from "./follow.ts";
import type { Heir } from "./heir.ts";
import { heirSpawner } from "./spawn-heir.ts";
import { Upgrade, type UpgradeSetup } from "./upgrade.ts";
import { whyBound } from "./waiter.ts";

const ENDING_MS = 2_000;
const TELLING_TRIES = 20;
const TELLING_MS = 100;

export type Leading = Omit<Testator, "open" | "rootPid" | "cwd"> &
  Pick<UpgradeSetup, "clock" | "log" | "reloads" | "root"> & {
    open: Testator["open"] & { handOver(): void };
    system: System;
    offspring: Pick<Offspring, "leaveToRuntime">;
    /** What is asked of gw as a whole. */
    stop: { readonly asked: Promise<string>; ask(by: string): void };
    runDir: Pick<RunDir, "handOver">;
    manager: Pick<ServiceManager, "handTo">;
    followed?: Followed | undefined;
    /** Of which there may be only one, and why nothing is done here any more; resolves when the port for metrics is free. */
    letGo(why: GwError): Promise<void>;
  };

export function openUpgrade(leading: Leading): Upgrade {
  const { clock, log, site, reloads, root, system, stop, open } = leading;
  const whenStopping = stop.asked.then(() => {
    throw new GwError("command_failed", { what: "gw is stopping" });
  });
  let isStopping = false;
  void stop.asked.then(() => {
    isStopping = true;
  });
  return new Upgrade({
    ...{ clock, log, site, reloads, root, whenStopping },
    ...{ pid: system.pid, uid: system.uid, words: system.start?.words ?? [] },
    spawn: heirSpawner(system, leading.offspring),
    guards: open.guards,
    bequeath: (generation) => bequestOf({ ...leading, ...startOf(system) }, generation),
    estate: () => estateOf(leading),
    whyNot: (mayLeaveParent) => whyNot(leading, mayLeaveParent),
    // Asked twice, it would be in haste.
    onStop: () => isStopping || stop.ask("the gw that has taken over stops"),
    tellManager: (heir) => tellManager(leading, heir),
    onHandedOver: (heir) => handOver(leading, heir),
  });
}

const startOf = ({ start, pid }: System) => ({ rootPid: start?.rootPid ?? pid, cwd: start?.cwd });

async function whyNot(
  { system, followed, reloads, clock }: Leading,
  mayLeaveParent: boolean,
): Promise<string | undefined> {
  const { executable, start, pid, env } = system;
  if (reloads.present.settings.embeddedMode)
    return "in embedded mode clients are connected to the workers, and nothing leads new ones elsewhere";
  if (executable.script !== undefined || !start) return "this gw runs from its sources";
  const own = os.ownProgram();
  if (!own.ok) return own.reason;
  // Whoever was told that it has nothing left may ask before its process has ended.
  if (followed) await within(clock, ENDING_MS, followed.gw.whenGone, undefined);
  if (followed && !followed.gw.isGone)
    return `process ${followed.inheritance.pid}, which this gw has followed, still finishes what it has`;
  const parent = known(getParent()) ?? 0;
  const { name: parentName, session: parentSession } = known(os.findProcess(parent)) ?? {};
  const session = known(os.findProcess(pid))?.session;
  const descent = { pid, parent, parentName, parentAtStart: start.parent, session, parentSession };
  return whyBound({ ...descent, hasManager: Boolean(env.NOTIFY_SOCKET) }, mayLeaveParent);
}

/** A manager that is not told would take the end of this process for the end of gw. Its queue may be full for a moment. */
async function tellManager({ manager, clock }: Leading, { pid, path }: Heir): Promise<void> {
  for (let tries = 1; ; tries++) {
    const told = manager.handTo(pid);
    if (told.ok) return;
    const reason = `the service manager cannot be told of it: ${told.reason}`;
    if (tries === TELLING_TRIES) throw new GwError("upgrade_refused", { path, reason });
    await pause(clock, TELLING_MS);
  }
}

/** Sockets, files and words to the service manager are the new one's from now on; clients that are here stay. */
function handOver({ runDir, open, letGo, log }: Leading, heir: Heir): void {
  runDir.handOver();
  open.handOver();
  heir.send({ type: "main" });
  const what = `process ${heir.pid} has taken over from this gw, and this was not done; give it the command`;
  letGo(new GwError("command_failed", { what }))
    .catch((error) => log.warn("the port for metrics is given up late", { why: reasonOf(error) }))
    .finally(() => heir.send({ type: "released" }));
}
