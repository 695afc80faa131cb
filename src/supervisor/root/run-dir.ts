// The server root: who owns it, the lock that tells a running gw from what a dead one left behind, and the private
// directory of the sockets. The lock is a file that is linked into place complete; it names a pid and that process's
// start time, so that another process with the same number is never taken for a gw, and never harmed.

import {
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LOCK_NAME } from "../../control/protocol.ts";
import { makePrivate, orUnusable, unusable } from "../../control/server-root.ts";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { startTimeOf } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { placeProgram, removePrograms, type WorkerProgram } from "../languages/programs.ts";
import { makeRuntimeDir, removeRuntimeDir, runtimeOf } from "./runtime-dir.ts";
import {
  freeTurn,
  removeSocketDir,
  SHARED_SOCKET,
  SocketDirs,
  type SocketUser,
  socketDirsIn,
} from "./socket-dirs.ts";
import type { System } from "./system.ts";

/** Says that the directory itself was made by a gw, not always the one that removes it. */
const MADE = ".made-by-gw";
/** Each attempt ends with the lock, with an owner to name, or with a leftover less. */
const ATTEMPTS = 20;

export interface RunDir {
  readonly path: string;
  /** Path for a socket of this name, of a worker that runs as `user`. */
  socket(name: string, user?: SocketUser): string;
  /** Puts the program of a worker in another language there, and says where. */
  program(program: WorkerProgram): string;
  /** Where apps find the runtime inside gw; undefined where process.execPath is a runtime already. */
  readonly runtime: string | undefined;
  /** Permissions of such a socket, where the front ends are somebody else; undefined for what the worker gives it. */
  socketMode(user?: SocketUser): number | undefined;
  /**
   * Makes the lock and the private directories again when somebody has removed one, a cleaner of old files for example. False
   * when the place is not ours now, and cannot be.
   */
  restore(): boolean;
  /** From another gw that gives it up; throws a GwError when that has it no longer. */
  take(): void;
  /** Another gw, which shares the place, may take it from now on: its lock there is no fault. */
  lend(): void;
  /** It is to be ours again. Returns as `restore` does. */
  takeBack(): boolean;
  /** That one has it for good: what is its own stays. */
  handOver(): void;
  /** Removes what is ours: nothing at all when another gw has taken the place meanwhile. */
  remove(): void;
}

/** A gw that has the place for now, and is to give it up: its pid. */
type HolderPid = number;

/** Takes the server root for this process; throws a GwError that names what is in the way. */
export function openRunDir(path: string, system: System, log: Log, user?: SocketUser): RunDir {
  const mark = markOf(system.pid);
  orUnusable(path, () => takePlace(path, mark, system, log));
  const dirs = new SocketDirs(path, system, user);
  try {
    orUnusable(path, () => {
      for (const old of socketDirsIn(path)) removeSocketDir(old, system);
      dirs.of(user);
      makeRuntimeDir(path, system);
    });
  } catch (error) {
    removeOurs(path, mark, system);
    throw error;
  }
  return runDirOf({ path, mark, dirs }, system, log);
}

/** Beside a gw that has the place, and is going to give it up; until then nothing of that is touched. */
export function shareRunDir(
  path: string,
  system: System,
  log: Log,
  { user, holder }: { user: SocketUser | undefined; holder: HolderPid },
): RunDir {
  const theirs = markOf(holder);
  orUnusable(path, () => {
    makePrivate(path, system.uid);
    if (!isLockedBy(path, theirs)) throw unusable(path, `it is not that of process ${holder}`);
  });
  const dirs = new SocketDirs(path, system, user, freeTurn(path));
  try {
    orUnusable(path, () => dirs.of(user));
  } catch (error) {
    dirs.remove();
    throw error;
  }
  return runDirOf({ path, mark: markOf(system.pid), dirs, theirs }, system, log);
}

const markOf = (pid: number) => `${pid} ${startTimeOf(os, pid) ?? "-"}\n`;

function runDirOf(held: HeldRoot, system: System, log: Log): RunDir {
  const { path, mark, dirs } = held;
  let { theirs } = held;
  let isHandedOver = false;
  let isLent = false;
  const restore = makeRestore(held, system, log);
  return {
    path,
    socket: (name, owner) =>
      join(
        orUnusable(path, () => dirs.of(owner)),
        name,
      ),
    program: (program) => orUnusable(path, () => placeProgram(path, program)),
    runtime: runtimeOf(path, system),
    socketMode: (owner) => (dirs.isShared(owner) ? SHARED_SOCKET : undefined),
    restore: () => !isHandedOver && theirs === undefined && restore({ isLent }),
    take() {
      if (theirs === undefined) return;
      const before = theirs;
      orUnusable(path, () => replaceLock(path, before, mark, system));
      theirs = undefined;
      orUnusable(path, () => makeRuntimeDir(path, system));
    },
    lend() {
      isLent = true;
    },
    takeBack() {
      isLent = false;
      return restore({ isReturning: true });
    },
    handOver() {
      isHandedOver = true;
    },
    remove() {
      if (isHandedOver || theirs !== undefined) dirs.remove();
      else removeOurs(path, mark, system);
    },
  };
}

/** `theirs`: the mark of a gw that is to give up the place. */
type HeldRoot = { path: string; mark: string; dirs: SocketDirs; theirs?: string };

/** At no moment is the place without a lock. */
function replaceLock(path: string, theirs: string, mark: string, system: System): void {
  const lock = join(path, LOCK_NAME);
  const own = `${lock}.${system.pid}`;
  if (!isLockedBy(path, theirs)) throw unusable(path, "another gw has taken it meanwhile");
  try {
    writeFileSync(own, mark, { mode: 0o600 });
    renameSync(own, lock);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
}

/** `isLent`: the lock may be another gw's. `isReturning`: it may have been until now. */
type Restore = (how: { isLent?: boolean; isReturning?: boolean }) => boolean;

function makeRestore({ path, mark, dirs }: HeldRoot, system: System, log: Log): Restore {
  /** It is tried again and again, and said once. */
  let failed: string | undefined;
  return ({ isLent, isReturning }) => {
    let lost: string[] = [];
    try {
      lost = dirs.lost();
      const wasLocked = isLent || isLockedBy(path, mark);
      if (!wasLocked) takePlace(path, mark, system, log);
      dirs.restore();
      makeRuntimeDir(path, system);
      failed = undefined;
      if (lost.length > 0)
        log.warn("the directory of the sockets had vanished and was made again", { path: lost.join() });
      else if (!wasLocked && isReturning) log.info("the server root is this gw's again", { path });
      else if (!wasLocked) log.warn("the lock of the server root had vanished and was made again", { path });
      return true;
    } catch (error) {
      const why = reasonOf(error);
      const what = lost.length > 0 ? "the directory of the sockets has" : "the lock of the server root has";
      if (failed !== why) log.error(`${what} vanished`, { path: lost.join() || path, why });
      failed = why;
      return false;
    }
  };
}

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

function takeLock(path: string, mark: string, system: System, log: Log): void {
  const lock = join(path, LOCK_NAME);
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
  throw unusable(path, `its lock ${LOCK_NAME} keeps changing`);
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

const isLockedBy = (path: string, mark: string) => readLock(join(path, LOCK_NAME)) === mark;

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
  const startTime = startTimeOf(os, pid);
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
  for (const sockets of socketDirsIn(path)) tryTo(() => removeSocketDir(sockets, system));
  tryTo(() => removeRuntimeDir(path));
  tryTo(() => removePrograms(path));
  unlinkSync(join(path, LOCK_NAME));
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
