// The server root: who owns it, the lock that tells a running gw from what a dead one left behind, and the private
// directory of the sockets.

import { readdirSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCK_NAME } from "../../control/protocol.ts";
import { makePrivate, orUnusable, unusable } from "../../control/server-root.ts";
import { codeOf, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { placeProgram, removePrograms, type WorkerProgram } from "../languages/programs.ts";
import { ATTEMPTS, isLockedBy, markOf, replaceLock, takeLock } from "./root-lock.ts";
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
