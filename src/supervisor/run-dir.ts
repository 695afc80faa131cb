// The server root: who owns it, the lock that tells a running gw from what a dead one left behind, and the private
// directory of the sockets. The lock is a file that is linked into place complete; it names a pid and that process's
// start time, so that another process with the same number is never taken for a gw, and never harmed.
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { startTimeOf } from "./proc.ts";
import type { System } from "./system.ts";

const LOCK = "gw.pid";
/** Says that the directory itself was made by a gw, not always the one that removes it. */
const MADE = ".made-by-gw";
const SOCKETS = "run";
/** sun_path holds 108 bytes on Linux and 104 elsewhere, its final zero included. */
const SOCKET_PATH_BYTES = 100;
const LONGEST_SOCKET = "w999.999999.sock";
/** Each attempt ends with the lock, with an owner to name, or with a leftover less. */
const ATTEMPTS = 20;

export interface RunDir {
  readonly path: string;
  /** Path for a socket of this name. */
  socket(name: string): string;
  /** Makes the private directory again when somebody has removed it, a cleaner of old files for example. */
  restore(): void;
  /** Removes what is ours: nothing at all when another gw has taken the place meanwhile. */
  remove(): void;
}

/** Who must reach the sockets, when it is not whoever runs gw. */
export type SocketUser = { name: string; uid: number; gid: number; groups: readonly number[] };

/** Takes the server root for this process; throws a GwError that names what is in the way. */
export function openRunDir(path: string, system: System, log: Log, user?: SocketUser): RunDir {
  const sockets = join(path, SOCKETS);
  const longest = Buffer.byteLength(join(sockets, LONGEST_SOCKET));
  if (longest > SOCKET_PATH_BYTES) {
    const reason = `sockets in it would have paths of ${longest} bytes, and the system takes ${SOCKET_PATH_BYTES}`;
    throw new GwError("server_root_unusable", { path, reason });
  }
  const mark = `${system.pid} ${startTimeOf(system.pid) ?? "-"}\n`;
  attempt(path, () => takePlace(path, mark, system, log));
  try {
    attempt(path, () => makeSocketDir(sockets, system, user));
  } catch (error) {
    removeOurs(path, mark, system);
    throw error;
  }
  return {
    path,
    socket: (name) => join(sockets, name),
    restore() {
      if (statOf(sockets)) return;
      try {
        if (!isLockedBy(path, mark)) takePlace(path, mark, system, log);
        makeSocketDir(sockets, system, user);
        log.warn("the directory of the sockets had vanished and was made again", { path: sockets });
      } catch (error) {
        log.error("the directory of the sockets has vanished", { path: sockets, why: reasonOf(error) });
      }
    },
    remove: () => removeOurs(path, mark, system),
  };
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof GwError ? error : unusable(path, reasonOf(error));
  }
}

const unusable = (path: string, reason: string) => new GwError("server_root_unusable", { path, reason });

/** A gw that ends at this moment may remove the directory between our making it and our lock in it. */
function takePlace(path: string, mark: string, system: System, log: Log): void {
  for (let tries = 1; ; tries++) {
    try {
      if (makePrivate(path, system.uid)) writeFileSync(join(path, MADE), "");
      return takeLock(path, mark, system, log);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || tries === ATTEMPTS) throw error;
    }
  }
}

/**
 * Makes sure of a directory that nobody else can write to; says whether it had to be made. Only the path's last
 * component may not be a link: parents are the operator's.
 */
export function makePrivate(path: string, uid: number): boolean {
  let isMade = false;
  try {
    isMade = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
  } catch (error) {
    // A link that leads nowhere, or a file: said better below.
    if (!statOf(path)) throw error;
  }
  const stat = statOf(path);
  if (!stat) throw unusable(path, "it vanished while it was being made");
  if (stat.isSymbolicLink()) throw unusable(path, "it is a symbolic link");
  if (!stat.isDirectory()) throw unusable(path, "it is not a directory");
  if (stat.uid !== uid) throw unusable(path, `it belongs to user ${stat.uid}, and gw runs as user ${uid}`);
  if ((stat.mode & 0o022) !== 0) throw unusable(path, "other users may write to it (chmod go-w helps)");
  return isMade;
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Owned by the user whom workers and fronts run as; the server root above stays ours, and lets that user pass. */
function makeSocketDir(sockets: string, system: System, user: SocketUser | undefined): void {
  const stat = statOf(sockets);
  // A gw that ran its workers as another user has left the directory to that user.
  const isOurs = stat?.isDirectory() && (stat.uid === system.uid || system.uid === 0);
  if (stat && !isOurs) throw unusable(sockets, "it is not a directory of ours");
  removeSocketDir(sockets, system);
  mkdirSync(sockets, { mode: 0o700 });
  chmodSync(sockets, 0o700);
  if (!user) return;
  chownSync(sockets, user.uid, user.gid);
  chmodSync(dirname(sockets), 0o711);
  const closed = findClosed(dirname(sockets), user);
  if (closed !== undefined)
    throw unusable(dirname(sockets), `user "${user.name}" cannot pass ${closed} (chmod o+x helps)`);
}

/** The directory on the way to `path` through which the user may not go. */
function findClosed(path: string, { uid, gid, groups }: SocketUser): string | undefined {
  for (let dir = path; ; dir = dirname(dir)) {
    const stat = statSync(dir);
    const bit = stat.uid === uid ? 0o100 : [gid, ...groups].includes(stat.gid) ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}

/**
 * Another user's directory is never followed into the depth: that user could swap what lies below for links to other
 * places while it is removed with our rights.
 */
function removeSocketDir(sockets: string, system: System): void {
  const stat = statOf(sockets);
  if (!stat) return;
  if (stat.uid === system.uid) return rmSync(sockets, { recursive: true });
  for (const name of readdirSync(sockets)) {
    const path = join(sockets, name);
    if (statOf(path)?.isDirectory()) rmdirSync(path);
    else unlinkSync(path);
  }
  rmdirSync(sockets);
}

function takeLock(path: string, mark: string, system: System, log: Log): void {
  const lock = join(path, LOCK);
  const own = `${lock}.${system.pid}`;
  writeFileSync(own, mark, { mode: 0o600 });
  try {
    for (let tries = 0; tries < ATTEMPTS; tries++) {
      if (linkExclusive(own, lock)) return;
      const found = readLock(lock);
      if (found === undefined) continue;
      const owner = Number.parseInt(found, 10);
      if (isRunning(found, system)) throw new GwError("server_root_taken", { pid: owner, path });
      if (removeDead(lock, found, system))
        log.info("removed what a dead gw left behind", { path, pid: owner || "unknown" });
    }
  } finally {
    unlinkSync(own);
  }
  throw unusable(path, `its lock ${LOCK} keeps changing`);
}

function linkExclusive(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

const isLockedBy = (path: string, mark: string) => readLock(join(path, LOCK)) === mark;

function readLock(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isRunning(mark: string, system: System): boolean {
  const [pidText, started] = mark.trim().split(" ");
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === system.pid) return false;
  try {
    system.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const startTime = startTimeOf(pid);
  return startTime === undefined || started === "-" || startTime === started;
}

/**
 * Takes a dead owner's lock away. Another gw may do the same at this instant and have locked the place anew, so what was
 * moved aside is looked at again, and put back when it is not what was found dead.
 */
function removeDead(lock: string, found: string, system: System): boolean {
  const aside = `${lock}.${system.pid}.old`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  const isDead = readFileSync(aside, "utf8") === found;
  if (!isDead) linkExclusive(aside, lock);
  unlinkSync(aside);
  return isDead;
}

function removeOurs(path: string, mark: string, system: System): void {
  if (!isLockedBy(path, mark)) return;
  tryTo(() => removeSocketDir(join(path, SOCKETS), system));
  unlinkSync(join(path, LOCK));
  if (readdirSync(path).join() !== MADE) return;
  unlinkSync(join(path, MADE));
  try {
    rmdirSync(path);
  } catch {
    // The next gw is in it already, or the directory above does not let go.
    writeFileSync(join(path, MADE), "");
  }
}

/** What an app has put between the sockets stays, and so does the directory. */
function tryTo(act: () => void): void {
  try {
    act();
  } catch {}
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");
