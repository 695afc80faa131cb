// How a child of each role is started, with what environment, and how its end is learned. Whoever uses a Child knows messages,
// lines of output and an Ending; that each of them begins as this very executable is known only here, and what some of
// them become in launch-table.ts.
import { existsSync } from "node:fs";
import type { Subprocess } from "bun";
import { getResourceLimit, setResourceLimit } from "../../../ffi/process.ts";
import { type Clock, type Timer, within } from "../../core/clock.ts";
import { guarded, reasonOf } from "../../core/errors.ts";
import type { LaunchSetup } from "../../link/launch/launching.ts";
import type { Role, STACK_SIGNAL, ToChild } from "../../link/messages.ts";
import { ROLE_WORDS } from "../../link/roles.ts";
import type { Offspring } from "../offspring/offspring.ts";
import type { Executable, System } from "../root/system.ts";
import type { Dress } from "./child-setup.ts";
import { pumpLines, pumpWholeLines } from "./output.ts";
import { type OutputPipe, openOutput, type PipeOwner } from "./pipes.ts";

export type OutputStream = "stdout" | "stderr";

/** How a process ended; `reason` is for one that could not be made at all. */
export type ProcessEnding = {
  code: number | null;
  signal: string | null;
  reason?: string;
  /** It was killed because it had closed its channel and lived on. */
  isOutcast?: boolean;
};

export type ChildSpec = { name: string; role: Role; cwd: string; dress: Dress; shutdownTimeoutMs: number };

export type ChildEvents = {
  /** Anything at all: the other side is an app's process. */
  onMessage(message: unknown): void;
  onLine(stream: OutputStream, text: string): void;
  /** Once, after the last message and the last line. */
  onExit(ending: ProcessEnding): void;
};

export interface Child {
  readonly pid: number;
  send(message: ToChild): void;
  signal(signal: "SIGTERM" | "SIGKILL" | typeof STACK_SIGNAL): void;
}

/** Starts a child; throws when the system cannot make the process. */
export type Launch = (order: ChildSpec, listener: ChildEvents) => Child;

/** How long the last words of a process may take after its end: they are in the pipes already. */
const LAST_WORDS_MS = 500;
/** A child without its channel ends itself; one that does not is no longer ours to steer. */
const CHANNEL_GRACE_MS = 2_000;

export type OutputTakers = {
  /** See Outlet. */
  whenRoom?(stream: OutputStream): Promise<void> | undefined;
  /** Whole lines of the access log, which front ends write to their standard output. */
  access?(lines: Uint8Array): void;
  /** A mistake of ours about what the child of this name has said or printed, or about its end. */
  onBug?(name: string, thrown: unknown): void;
};

export function createLaunch(
  system: System,
  clock: Clock,
  offspring: Offspring,
  { whenRoom = () => undefined, access = () => {}, onBug = () => {} }: OutputTakers = {},
): Launch {
  return (order, given) => {
    const tell = (_what: unknown, thrown: unknown) => onBug(order.name, thrown);
    const listener = sheltered(given, tell);
    const takeAccess = guarded(access, tell);
    const channelLost = Promise.withResolvers<void>();
    const { env, title = system.executable.name, stackBytes, owner, descriptors = [] } = order.dress;
    const output = openOutputs(owner);
    const start = () =>
      Bun.spawn(commandFor(system.executable, order.role, order.dress.launch?.()), {
        cwd: order.cwd,
        env: { ...env },
        ...(title !== undefined && { argv0: title }),
        stdio: ["ignore", output.stdout.childEnd, output.stderr.childEnd, ...descriptors],
        serialization: "json",
        // Its own session: Ctrl-C on a terminal is for the supervisor alone, and what the app starts can be found by it.
        detached: true,
        ipc: (message) => listener.onMessage(message),
        onDisconnect: () => channelLost.resolve(),
      });
    const made = handingOver(output, () =>
      inPlace(order.cwd, () => (stackBytes === undefined ? start() : withStack(stackBytes, start))),
    );
    const read = (["stdout", "stderr"] as const).map((stream) => {
      const bytes = output[stream].read(made[stream]);
      if (order.role === "front" && stream === "stdout") return pumpWholeLines(bytes, takeAccess);
      const onLine = (text: string) => listener.onLine(stream, text);
      return pumpLines(bytes, onLine, () => whenRoom(stream));
    });
    offspring.watch(made.pid, {
      name: order.name,
      graceMs: order.shutdownTimeoutMs,
      keepsSessions: order.dress.keepsChildren === true,
    });
    void settle({ made, output: read, listener, clock, offspring, channelLost: channelLost.promise });
    return childOver(made, offspring);
  };
}

/** One mistake is the end neither of what is heard of a child, nor of whoever hears it. */
function sheltered(
  { onMessage, onLine, onExit }: ChildEvents,
  tell: (what: unknown, thrown: unknown) => void,
): ChildEvents {
  return {
    onMessage: guarded(onMessage, tell),
    onLine: guarded(onLine, tell),
    onExit: guarded(onExit, tell),
  };
}

function openOutputs(owner: PipeOwner | undefined): Record<OutputStream, OutputPipe> {
  const stdout = openOutput(owner);
  try {
    return { stdout, stderr: openOutput(owner) };
  } catch (error) {
    stdout.release();
    stdout.discard();
    throw error;
  }
}

/** The child's ends are let go here whatever happens: as long as gw has one, the output has no end. */
function handingOver<T>(pipes: Record<OutputStream, OutputPipe>, start: () => T): T {
  const both = [pipes.stdout, pipes.stderr];
  try {
    return start();
  } catch (error) {
    for (const pipe of both) pipe.discard();
    throw error;
  } finally {
    for (const pipe of both) pipe.release();
  }
}

/** `launch`: what the process is to become, where that is another program. */
export function commandFor(executable: Executable, role: Role, launch?: LaunchSetup): string[] {
  const { path, script } = executable;
  const words = launch ? [ROLE_WORDS.launch, JSON.stringify(launch)] : [ROLE_WORDS[role]];
  // A plain runtime would read the .env of an app by itself, before it has become the app's user.
  return script === undefined ? [path, ...words] : [path, "--no-env-file", script, ...words];
}

/** The system says ENOENT also where the directory is missing: a release that was removed while its workers ran. */
function inPlace<T>(cwd: string, start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (existsSync(cwd)) throw error;
    throw new Error(`its directory ${cwd} is gone; gw reload takes up what is there now`);
  }
}

/**
 * The stack of a program is fixed when it starts, so that its limit is lent to the starter for that moment. Where the
 * system refuses, the child sees it and says so.
 */
function withStack<T>(stackBytes: number, start: () => T): T {
  const before = getResourceLimit("stack");
  if (!before.ok) return start();
  setResourceLimit("stack", { soft: stackBytes, hard: before.value.hard });
  try {
    return start();
  } finally {
    setResourceLimit("stack", before.value);
  }
}

/** `exit code 3`, `signal SIGSEGV`, `could not be started: …`. */
export function describeEnding({ code, signal, reason, isOutcast }: ProcessEnding): string {
  if (reason !== undefined) return `could not be started: ${reason}`;
  if (isOutcast) return `signal ${signal} after it had closed its channel to gw`;
  return signal ? `signal ${signal}` : `exit code ${code ?? "unknown"}`;
}

function childOver(made: Subprocess, offspring: Offspring): Child {
  return {
    pid: made.pid,
    send(message) {
      if (message.type === "drain") offspring.lookAt(made.pid);
      try {
        made.send(message);
      } catch {
        // The process is gone or going; its end is reported by itself.
      }
    },
    signal(signal) {
      if (made.exitCode !== null || made.signalCode !== null) return;
      offspring.lookAt(made.pid);
      made.kill(signal);
    },
  };
}

type Settling = {
  made: Subprocess;
  output: Promise<void>[];
  listener: ChildEvents;
  clock: Clock;
  offspring: Offspring;
  channelLost: Promise<void>;
};

async function settle(settling: Settling): Promise<void> {
  const { made, output, listener, clock, offspring, channelLost } = settling;
  let grace: Timer | undefined;
  let isOutcast = false;
  void channelLost.then(() => {
    grace = clock.after(CHANNEL_GRACE_MS, () => {
      isOutcast = killIfAlive(made);
    });
  });
  const ending = await endingOf(made);
  offspring.bury(made.pid);
  await within(clock, LAST_WORDS_MS, Promise.all([...output, channelLost]), undefined);
  grace?.cancel();
  listener.onExit(isOutcast ? { ...ending, isOutcast } : ending);
}

async function endingOf(made: Subprocess): Promise<ProcessEnding> {
  try {
    await made.exited;
    return {
      code: made.exitCode,
      signal: made.signalCode === null ? null : String(made.signalCode),
    };
  } catch (error) {
    return { code: null, signal: null, reason: reasonOf(error) };
  }
}

function killIfAlive(made: Subprocess): boolean {
  const isAlive = made.exitCode === null && made.signalCode === null;
  if (isAlive) made.kill("SIGKILL");
  return isAlive;
}
