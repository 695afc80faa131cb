// The auth role: greet, be configured, become who its group's workers are, load the scripts, answer questions, leave. Its
// scripts are somebody else's code and share the process; whatever must hold against them is the front ends' and the
// supervisor's to enforce.

import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Departure, obeySignals } from "../child/departure.ts";
import { readEnvFiles } from "../child/env-files.ts";
import { hideChannel } from "../child/hide-channel.ts";
import { readIdentity } from "../child/identity.ts";
import { readLimits, takeLimits } from "../child/limits.ts";
import { hideOwnVariables } from "../child/own-variables.ts";
import { EXIT, noteExitCall, RoleProcess, type StartFailed } from "../child/role-process.ts";
import { showRuntime } from "../child/runtime.ts";
import { systemClock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { PasswordTurns } from "../credentials/turns.ts";
import type { AuthQuestion, AuthSetup } from "../link/auth.ts";
import { HEARTBEAT_MS, type Step } from "../link/messages.ts";
import { renderAppError } from "../sources/app-errors.ts";
import { loadFailure } from "../sources/load-failure.ts";
import { Modules } from "../sources/modules.ts";
import { Answering } from "./answering.ts";
import { DigestCheck } from "./digest-check.ts";
import { loadHooks } from "./hook-modules.ts";
import { type HookInterpreter, PythonHookError, PythonHooks } from "./python-hooks.ts";
import { Referee } from "./referee.ts";
import { UserFile } from "./user-file.ts";

/** How often it is looked whether the scripts have loaded more of themselves. */
const MODULES_MS = 1000;

export async function runAuth(): Promise<void> {
  const child = new RoleProcess("auth");
  const { channel } = child;
  const departure = new Departure({
    clock: systemClock,
    say: (message) => channel.say(message),
    exit: () => process.exit(EXIT.left),
  });
  obeySignals(process, departure);
  child.greet();
  setInterval(() => child.stayBound(), HEARTBEAT_MS).unref();
  channel.listen((message) => {
    if (message.type === "configure" && "auth" in message) {
      hideChannel(process);
      void start(message.auth, child, departure);
    }
    if (message.type === "stay") departure.stay();
    if (message.type === "drain") departure.leave("drain", message.withinMs, message.isUrgent);
  });
}

async function start(setup: AuthSetup, child: RoleProcess, departure: Departure): Promise<void> {
  let step: Step = "configure";
  const { channel, log } = child;
  const endOfOurs = tellExits(child, departure);
  const modules = setup.tellsModules
    ? new Modules({ loaded: () => Object.keys(require.cache), say: (message) => channel.say(message) })
    : undefined;
  const enter = (next: Step) => {
    step = next;
    channel.say({ type: "step", step });
  };
  try {
    const { limits, identity, home, shutdownTimeoutMs, envFiles } = setup;
    child.answerStackSignal();
    takeLimits(limits, { log, shutdownTimeoutMs });
    const users = openUserFile(setup, log);
    child.become(identity, home);
    modules?.noteRead(readEnvFiles({ named: envFiles, home, environment: process.env, log }));
    // What hooks start is to be started as what an app starts.
    showRuntime(process, setup.runtime);
    hideOwnVariables(process.env, Bun);
    enter("load");
    const python = setup.python && startPython(setup.python, setup.home, log, endOfOurs);
    const hooks = await loadHooks(setup.scripts, setup.type, python);
    const checkPassword = users?.check.bind(users);
    const referee = new Referee({ hooks, checkPassword, digest: digestOf(setup), onFailure: printFailure });
    enter("listen");
    const answering = openAnswering(setup, referee, log);
    // What a front has asked before it heard that this one leaves is answered.
    departure.finishFirst({ active: () => answering.active, stopAccepting() {} }, setup);
    beat(child, answering, python);
    modules?.tellGrown();
    if (modules) setInterval(() => modules.tellGrown(), MODULES_MS).unref();
    channel.say({ type: "ready", limits: { ...readLimits(), ...readIdentity(identity) } });
  } catch (thrown) {
    endOfOurs();
    modules?.tellFailure(Object.values(setup.scripts), thrown instanceof GwError ? thrown.cause : thrown);
    await child.fail(startFailed(thrown, step));
  }
}

function startFailed(thrown: unknown, step: Step): StartFailed {
  const { cause_: cause, facts, detail } = loadFailure(thrown);
  return { type: "failed", cause, facts, step, ...(detail !== undefined && { detail }) };
}

/** What scripts do to end their process is news. The function returned is called where gw's own code is about to end it. */
function tellExits({ channel }: RoleProcess, departure: Departure): () => void {
  let isOurs = false;
  noteExitCall(process, (code) => {
    if (!isOurs && !departure.isLeaving) channel.say({ type: "exits", code });
  });
  return () => {
    isOurs = true;
  };
}

function digestOf({ type, realm, cacheMs }: AuthSetup): DigestCheck | undefined {
  if (type !== "Digest") return undefined;
  return new DigestCheck({ clock: systemClock, realm, cacheMs });
}

/** What waits for its turn when nearly all of its time is over would be computed for nobody. */
const SHARE_OF_WAITING = 0.8;

function openUserFile({ userFile, timeoutMs }: AuthSetup, log: Log): UserFile | undefined {
  if (userFile === undefined) return undefined;
  const waitMs = timeoutMs * SHARE_OF_WAITING;
  const turns = new PasswordTurns({ clock: systemClock, atOnce: availableParallelism(), waitMs });
  return new UserFile(userFile, { clock: systemClock, log, random: randomBytes, turns });
}

function openAnswering({ listen, timeoutMs }: AuthSetup, referee: Referee, log: Log): Answering {
  const decide = (question: AuthQuestion) => referee.decide(question);
  const onFailure = (thrown: unknown) =>
    log.error("it could not be decided who may ask", { why: reasonOf(thrown) });
  const answering = new Answering({ clock: systemClock, listen, timeoutMs, decide, onFailure });
  try {
    answering.listen();
    return answering;
  } catch (thrown) {
    throw new GwError("server_root_unusable", { path: listen.unix, reason: reasonOf(thrown) });
  }
}

/** An interpreter says each quarter of a second that it runs; a busy machine takes its time. */
const SILENT_MS = 1_000;

/** Whoever waits for an answer of this one is told by the end of the process that another one is to be asked. */
function startPython(setup: HookInterpreter, home: string, log: Log, endOfOurs: () => void): PythonHooks {
  const onEnded = () => {
    log.error("the interpreter of the hooks has ended");
    endOfOurs();
    process.exit(EXIT.couldNotStart);
  };
  return new PythonHooks({ setup, home, now: () => systemClock.now(), onEnded });
}

/** Without it the supervisor takes the loop for one that stands still. */
function beat({ channel }: RoleProcess, answering: Answering, python?: PythonHooks): void {
  let beatAtMs = systemClock.now();
  setInterval(() => {
    const now = systemClock.now();
    // A process whose hooks do not run is one that does not.
    if (python && python.silentMs > SILENT_MS) return;
    const lagMs = Math.max(0, Math.round(now - beatAtMs - HEARTBEAT_MS));
    beatAtMs = now;
    channel.say({
      type: "heartbeat",
      lagMs,
      active: answering.active,
      ageSumMs: 0,
      requests: answering.asked,
    });
  }, HEARTBEAT_MS);
}

/** For who has written the hook, where an app's errors go as well. */
function printFailure(hook: string, thrown: unknown): void {
  const text = thrown instanceof PythonHookError ? thrown.message.trimEnd() : renderAppError(thrown);
  process.stderr.write(`${hook}: ${text}\n`);
}
