// From settings to what a child is told of itself: limits, identity, places as it will see them, environment and name.
// Pure. Set by the child itself, see child/limits and child/identity.

import { basename, dirname, isAbsolute, join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { VERSION } from "../../core/version.ts";
import type { LaunchSetup } from "../../link/launch/launching.ts";
import type { WorkerSetup } from "../../link/messages.ts";
import type { IdentitySetup, LimitSetup, PublicAddress } from "../../link/setups.ts";
import { splitPair } from "../../options/declare/kinds/list-kinds.ts";
import { pathInside } from "../../options/declare/rules.ts";
import type { Settings } from "../../options/declare/table.ts";
import { workerKindOf } from "../../options/declare/worker-kinds.ts";
import type { Account } from "../../options/groups/identity.ts";
import { DEFAULT_GROUP, type WorkerGroup } from "../../options/resolve/resolve.ts";
import { LAUNCHES } from "../languages/launch-table.ts";
import type { WorkerProgram } from "../languages/programs.ts";
import type { Pins } from "./pins.ts";

type Whose = Pick<WorkerGroup, "settings" | "account">;
type WorkerPart = Pick<
  WorkerSetup,
  | "app"
  | "home"
  | "limits"
  | "identity"
  | "envFiles"
  | "hashSeed"
  | "marksLines"
  | "scheme"
  | "script"
  | "arguments"
  | "preloads"
  | "runtime"
  | "appPort"
  | "backlog"
>;

/** `runtime`: where apps find it, outside of any root directory of theirs. */
export function workerPartOf(
  { settings, account }: Whose,
  { app, home }: Pins,
  runtime?: string,
): WorkerPart {
  const { chroot, hashSeed, envFile, appArgument, preload, appPort } = settings;
  const script = settings.app !== undefined && isCommand(settings.app) ? settings.app : undefined;
  const scheme = schemeOf(settings.setenv);
  return {
    app: app === null ? null : insideOf(settings, app),
    home: insideOf(settings, home),
    limits: limitsOf(settings),
    identity: workerIdentityOf({ settings, account }),
    envFiles: envFile?.map((path) => insideOf(settings, path)) ?? null,
    ...(script !== undefined && { script: insideOf(settings, script) }),
    arguments: [...appArgument],
    preloads: preload.map((one) => (isAbsolute(one) ? insideOf(settings, one) : one)),
    ...(hashSeed !== "random" && { hashSeed }),
    ...(settings.logRequestIds && { marksLines: true }),
    ...(scheme && { scheme }),
    // Behind another root directory gw's own program is out of reach.
    ...(runtime !== undefined && chroot === undefined && { runtime }),
    ...(appPort !== undefined && { appPort }),
    backlog: settings.embeddedMode ? settings.serverBacklog : settings.listenBacklog,
  };
}

/** A link that a package manager has made for a program: the program finds itself called by that name, as under node. */
const isCommand = (app: string) => basename(dirname(app)) === ".bin";

/** As operators read it: `worker 1`, `api worker 3`, `service:mail`. */
export function workerName({ name, kind }: WorkerGroup, number: number): string {
  if (kind === "service") return name;
  if (kind === "auth")
    return `${name
      .replace(/^auth:(?:default$)?/, "")
      .concat(" ")
      .trimStart()}auth ${number}`;
  return name === DEFAULT_GROUP ? `worker ${number}` : `${name} worker ${number}`;
}

/** A path as a worker calls it. */
export function insideOf({ chroot }: Settings, path: string): string {
  return chroot === undefined ? path : (pathInside(chroot, path) ?? path);
}

/** The other way: what a worker calls so is this path for gw. */
export function outsideOf({ chroot }: Settings, path: string): string {
  return chroot === undefined ? path : join(chroot, path);
}

/** What a worker tells of its files, in gw's words. */
export function pathsOutside<T extends { files: string[]; missing: string[] }>(
  settings: Settings,
  told: T,
): T {
  const outside = (path: string) => outsideOf(settings, path);
  return { ...told, files: told.files.map(outside), missing: told.missing.map(outside) };
}

function workerIdentityOf({ settings: { umask, chroot }, account }: Whose): IdentitySetup {
  return {
    ...identityOf(account),
    ...(umask !== undefined && { umask }),
    ...(chroot !== undefined && { chroot }),
  };
}

/** A front changes its user and nothing else: it needs the sockets of the workers, wherever they are. */
export function identityOf(account: Account | undefined): IdentitySetup {
  if (!account) return {};
  const { name, uid, gid, groups } = account;
  return { account: { name, uid, gid, groups } };
}

function limitsOf(settings: Settings): LimitSetup {
  const { memoryLimit, virtualMemoryLimit, cpuTimeLimit, cpuPriority, stackSize, openFiles } = settings;
  return {
    ...(memoryLimit > 0 && { memoryBytes: memoryLimit }),
    ...(virtualMemoryLimit > 0 && { virtualMemoryBytes: virtualMemoryLimit }),
    ...(cpuTimeLimit > 0 && { cpuTimeMs: cpuTimeLimit }),
    ...(cpuPriority !== undefined && { cpuPriority }),
    ...(stackSize !== undefined && { stackBytes: stackSize }),
    ...(openFiles !== undefined && { openFiles }),
    isBestEffort: settings.bestEffortLimits,
  };
}

/** HTTPS is no variable of the app: given by --setenv it says which scheme clients are to be taken to use. */
export function schemeOf(setenv: readonly string[]): WorkerPart["scheme"] {
  const value = setenv.findLast((item) => item.startsWith("HTTPS="))?.slice("HTTPS=".length);
  if (value === undefined || value === "") return undefined;
  return /^(on|1|true|yes)$/i.test(value) ? "https" : "http";
}

// ---- environment ------------------------------------------------------------------------------------------------

/** What steers gw, the runtime or the service manager's talk with gw, or speaks of a request: not for an app. */
const WITHHELD =
  /^(GW_.*|BUN_OPTIONS|BUN_BE_BUN|BUN_INSPECT.*|BUN_JSC_.*|NOTIFY_SOCKET|LISTEN_(FDS|PID|FDNAMES)|WATCHDOG_(USEC|PID)|HTTPS|PORT|HOST)$/;
/** The life channel's own: not even by --passenv. */
const CHANNEL = /^(NODE_CHANNEL_.*|NODE_UNIQUE_ID)$/;

/**
 * Of a worker. Later ones win: where clients are, gw's own environment, the user's places, --locale, --setenv, and at last the runtime's
 * switches.
 */
export function environmentFor(
  env: Environment,
  { settings, account }: Whose,
  address?: PublicAddress,
): Environment {
  const { defaults, switches, withholds } = LAUNCHES[workerKindOf(settings)];
  const isWithheld = (name: string) => WITHHELD.test(name) || withholds?.test(name);
  const passed = Object.entries(env).filter(
    ([name]) => !CHANNEL.test(name) && (!isWithheld(name) || settings.passenv.includes(name)),
  );
  return {
    ...defaults,
    ...(address && { PORT: String(address.port), HOST: address.host }),
    ...Object.fromEntries(passed),
    ...(account && placesOf(account)),
    ...workerVariables(settings),
    ...switches(settings),
    // Whoever wants no colours for a group means it, though the terminal would show them.
    ...(setsNoColor(settings) && { FORCE_COLOR: undefined }),
  };
}

const setsNoColor = ({ setenv }: Settings) =>
  setenv.some((item) => /^NO_COLOR=./.test(item)) && !setenv.some((item) => item.startsWith("FORCE_COLOR="));

/** As su and service managers do it: the home of root is no place for somebody else. */
function placesOf({ name, home, shell }: Account): Environment {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell };
}

/** By --setenv, without what speaks to gw. */
export function variablesSet(setenv: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    setenv.map(splitPair).flatMap(({ left, right }) => (left === "HTTPS" ? [] : [[left, right]])),
  );
}

function workerVariables({ locale, setenv }: Settings): Environment {
  return {
    ...(locale !== undefined && { LANG: locale, LC_ALL: locale }),
    ...variablesSet(setenv),
  };
}

/** What a child is started with, apart from its command line. */
export type Dress = {
  env: Environment;
  /** What ps shows as the program's name; absent for the one that gw itself has. */
  title?: string;
  stackBytes?: number;
  /** What it starts in a session of its own outlives it. */
  keepsChildren?: boolean;
  /** Descriptors of this process that the child is to have as well, as 3, 4 and so on. */
  descriptors?: readonly number[];
  /** What the process becomes after it has been gw's own program; looked up for each one. */
  launch?(): LaunchSetup;
  /** Whom it becomes; its output is to be theirs as well. */
  owner?: { uid: number; gid: number };
};

/** Where the system looks for the libraries that gw itself needs; without it there might be no front at all. */
const NEEDED_TO_START = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"] as const;

/**
 * How many threads the runtime starts at the most, if they are needed; as many as processors otherwise, of which disks that do
 * not answer would soon have taken all (src/front/files/open-file.ts).
 */
export const THREADS = { UV_THREADPOOL_SIZE: "32" };

export function dressFront(env: Environment, whose: Whose): Dress {
  const dress = dressBare(env, whose);
  return { ...dress, env: { ...dress.env, ...THREADS } };
}

/**
 * Whoever reads the bytes of strangers, or speaks with them: what the operator's shell holds, passwords and keys among it, is
 * nothing that it could give away.
 */
export function dressBare(env: Environment, whose: Whose): Dress {
  const needed = NEEDED_TO_START.filter((name) => env[name] !== undefined);
  const passed = Object.fromEntries(needed.map((name) => [name, env[name]]));
  return { env: { NODE_ENV: "production", ...passed }, ...ownerOf(whose) };
}

/**
 * `port` is the one that clients use; 0 for none. A service is no server of theirs: on that port it would be in the way. `home`: where it stands. `place`
 * puts the program of a worker in another language where such workers find it.
 */
export function dressWorker(
  env: Environment,
  group: WorkerGroup,
  port: number,
  home: string,
  place: (program: WorkerProgram) => string,
): Dress {
  const { settings } = group;
  const { stackSize, host, keepChildren } = settings;
  const address = group.kind === "app" && port !== 0 ? { host, port } : undefined;
  const { program } = LAUNCHES[workerKindOf(settings)];
  return {
    env: environmentFor(env, group, address),
    title: titleOf(group),
    ...(program && { launch: () => launchSetupOf(group, home, insideOf(settings, place(program))) }),
    ...(stackSize !== undefined && { stackBytes: stackSize }),
    ...(keepChildren && { keepsChildren: true }),
    ...ownerOf(group),
  };
}

export const titleOf = ({ name, settings }: WorkerGroup) =>
  settings.displayName.replaceAll("%{GROUP}", `(gw:${name})`);

function launchSetupOf(group: WorkerGroup, home: string, file: string): LaunchSetup {
  const { settings, interpreter = "python3" } = group;
  const { cpuPriority, openFiles, stackSize: stackBytes, bestEffortLimits: isBestEffort } = settings;
  return {
    role: "worker",
    command: [interpreter, file, VERSION],
    home: insideOf(settings, home),
    limits: {
      ...(cpuPriority !== undefined && { cpuPriority }),
      ...(openFiles !== undefined && { openFiles }),
      ...(stackBytes !== undefined && { stackBytes }),
      isBestEffort,
    },
    identity: workerIdentityOf(group),
  };
}

const ownerOf = ({ account }: Whose) => account && { owner: { uid: account.uid, gid: account.gid } };
