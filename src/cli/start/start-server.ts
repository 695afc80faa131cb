// `gw start-server`, after the settings are known: signals, clock, log and the terminal's two streams are made here
// and handed down. The banner and the serving line go to stdout with the app's own output, log lines to stderr.

import { findEndedChild, reapChild } from "../../../ffi/children.ts";
import { releaseProgramText } from "../../../ffi/memory.ts";
import { getParent, setNoNewPrivileges } from "../../../ffi/process.ts";
import { Tail } from "../../control/tail.ts";
import { idleClock, systemClock } from "../../core/clock.ts";
import { asGwError, describe, GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Outlet } from "../../core/outlet.ts";
import { SERVER_SIGNALS, type ServerAct, signalRows } from "../../core/signals.ts";
import { IS_COMPILED } from "../../core/version.ts";
import { DEFAULT_GROUP, type Resolution, type Resolved } from "../../options/resolve/resolve.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { createLaunch } from "../../supervisor/child/spawn.ts";
import { StopRequest } from "../../supervisor/commands/stop-request.ts";
import { Offspring } from "../../supervisor/offspring/offspring.ts";
import { reapStrangers } from "../../supervisor/offspring/reaper.ts";
import type { Executable, System } from "../../supervisor/root/system.ts";
import { type Serving, type Supervision, supervise } from "../../supervisor/supervisor.ts";
import type { Followed } from "../../supervisor/upgrade/follow.ts";
import { startedIn } from "../config/load-settings.ts";
import { renderBanner } from "../terminal/banner.ts";
import { colorVariable, listProblems, paintFor, renderError, wantsColors } from "../terminal/output.ts";
import { openOutlet } from "../terminal/terminal.ts";
import { Hangup, ownTerminal } from "./hangup.ts";
import { Logs, type LogsSetup } from "./logs.ts";
import { endWithNpx } from "./npx.ts";

/** A reader who has stopped reading does not keep the process from ending for longer. */
const FLUSH_MS = 1_000;

/** Serves until a signal ends it; resolves to the exit code. */
export async function runStartServer(
  config: Resolved,
  load: () => Promise<Resolution>,
  startedBy: StartedBy,
): Promise<number> {
  const signals = listenForSignals();
  const out = openOutlet(process.stdout);
  const err = openOutlet(process.stderr);
  const tail = new Tail();
  const outlets = { stdout: out, stderr: err };
  const colors = {
    stdout: wantsColors(process.stdout, process.env),
    stderr: wantsColors(process.stderr, process.env),
  };
  const logs = await openLogs({
    settings: config.settings,
    clock: idleClock,
    tail,
    outlets,
    colors,
    pid: process.pid,
  });
  if (logs instanceof GwError) {
    await startedBy.followed?.gw.refuse(logs);
    return fail(logs, err);
  }
  const { log } = logs;
  endWithNpx(process.env, log);
  for (const [stream, outlet] of Object.entries(outlets)) {
    outlet.onBroken = (error) =>
      log.warn("what gw writes cannot be taken any more; its lines are lost", {
        stream,
        why: reasonOf(error),
      });
    outlet.onDropping = () =>
      log.warn("nobody reads what gw writes; lines are dropped until somebody does", { stream });
  }
  signals.onOther = (name) => log.warn(`${name} came before the server was ready and was ignored`);
  const followers = [{ refresh: ({ settings }: Resolved) => logs.configure(settings) }];
  const code = await serve({ config, load, followers, startedBy }, { signals, logs, outlets, tail });
  await Promise.race([logs.flushed(), Bun.sleep(FLUSH_MS)]);
  return code;
}

type Outlets = { stdout: Outlet; stderr: Outlet };
type Surroundings = { signals: Signals; logs: Logs; outlets: Outlets; tail: Tail };

/** With which words this gw was started, and which one it takes over from. */
type StartedBy = { words: readonly string[]; followed: Followed | undefined };
type Configured = Pick<Supervision, "config" | "load" | "followers"> & { startedBy: StartedBy };

async function serve(
  { startedBy, ...configured }: Configured,
  { signals, logs, outlets, tail }: Surroundings,
): Promise<number> {
  const system = describeSystem(startedBy);
  const { log, print, endOutput, access } = logs;
  // Held by a thread and all that it starts: processes that are started from here have it in each of their threads.
  setNoNewPrivileges();
  const offspring = watchOffspring(system, log);
  const launch = createLaunch(system, systemClock, offspring, {
    whenRoom: (stream) => outlets[stream].whenRoom(),
    access,
    onBug: (name, thrown) => log.error(describe("bug", { what: `${name}: ${reasonOf(thrown)}` })),
  });
  try {
    await supervise({
      ...configured,
      describe: listProblems,
      system,
      tools: { clock: systemClock, log, random: Math.random, launch, print, endOutput },
      offspring,
      tail,
      lookAtLogs: () => logs.seen,
      setLogLevel: (request) => logs.setLevel(request),
      followed: startedBy.followed,
      stop: signals.stop,
      onServing(serving) {
        signals.onOther = (name, act) => obey(name, act, serving, logs);
        announce(serving, configured.config, system, { logs, out: outlets.stdout });
        shrink(log);
      },
    });
    return 0;
  } catch (thrown) {
    const error = asGwError(thrown);
    // Whoever looks into the log in the morning has not seen the terminal.
    if (!logs.isOnTerminal) log.error("gw leaves with an error", { cause: error.cause_, why: error.message });
    return fail(error, outlets.stderr);
  }
}

/** Nothing has been started: the error is all that there is to say. */
const openLogs = (setup: LogsSetup) => Logs.open(setup).catch(asGwError);

function fail(error: GwError, err: Outlet): number {
  for (const line of renderError(error, paintFor(process.stderr, process.env))) err.line(line);
  return error.row.exit ?? 1;
}

/** What apps start, and what process 1 is left with. */
function watchOffspring({ kill }: System, log: Log): Offspring {
  const offspring = new Offspring({ clock: idleClock, log, kill, os });
  const isOurs = (pid: number) => offspring.isOfRuntime(pid);
  reapStrangers({ clock: idleClock, isOurs, findEnded: findEndedChild, reap: reapChild });
  return offspring;
}

function announce(
  { urls, serverRoot, appKinds }: Serving,
  resolved: Resolved,
  system: System,
  { logs, out }: { logs: Logs; out: Outlet },
): void {
  // What reads lines of JSON is not to find anything else.
  if (!logs.isText) return logs.log.info("serving", { url: urls.join(" ") });
  const { settings, groups } = resolved;
  const [first] = groups;
  const facts = {
    urls,
    serverRoot,
    appPath: settings.app ?? null,
    appKind: appKinds.get(DEFAULT_GROUP) ?? "welcome page",
    home: settings.home,
    pid: system.pid,
    isRoot: system.uid === 0 && groups.some(({ account }) => !account),
    user: first?.account?.name,
  };
  for (const line of renderBanner(resolved, facts)) out.line(line);
  for (const url of urls) out.line(`gw: serving ${url}`);
}

type Signals = { stop: StopRequest; onOther: (name: string, act: ServerAct) => void };

/** The handlers only note what came; see StopRequest. Without a handler, HUP, USR1 and USR2 would kill. */
function listenForSignals(): Signals {
  const signals: Signals = { stop: new StopRequest(systemClock), onOther() {} };
  const hangup = new Hangup(ownTerminal(), idleClock);
  for (const { signal, does } of signalRows(SERVER_SIGNALS))
    process.on(signal, () => {
      const act = signal === "SIGHUP" ? hangup.meaning() : does;
      if (act === "stop") signals.stop.ask(signal);
      else if (act !== "nothing") signals.onOther(signal, act);
    });
  return signals;
}

/** From here on this process only watches, with a small part of its code. What cannot be given back costs nothing else. */
function shrink(log: Log): void {
  const code = os.programCode();
  const released = code.ok ? releaseProgramText(code.value) : code;
  if (!released.ok) log.debug("the memory of the start is kept", { reason: released.reason });
}

function obey(name: string, act: ServerAct, serving: Serving, logs: Logs): void {
  if (act === "restart workers") serving.restartWorkers(`${name} was sent to gw`);
  else if (act === "reload") serving.reload(name);
  else if (act === "reopen logs") logs.reopen(name);
}

/** Children are of this very program, also when another one has taken its name on the disk since, or none is there. */
function ownProgram(): Executable {
  const { execPath } = process;
  const own = os.ownProgram();
  return own.ok ? { path: own.value, name: execPath } : { path: execPath };
}

function describeSystem({ words, followed }: StartedBy): System {
  const rootPid = followed?.inheritance.rootPid ?? process.pid;
  const parent = known(getParent());
  return {
    ...(parent !== undefined && { start: { parent, words, rootPid, cwd: startedIn() } }),
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    executable: IS_COMPILED ? ownProgram() : { path: process.execPath, script: Bun.main },
    env: { ...process.env, ...colorVariable(process.stdout, process.env) },
    kill: (pid, signal) => void process.kill(pid, signal),
  };
}
