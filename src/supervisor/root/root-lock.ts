// The lock of a server root: a file that is linked into place complete, and names a pid and that process's start time, so that
// another process with the same number is never taken for a gw, and never harmed.

import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCK_NAME } from "../../control/protocol.ts";
import { unusable } from "../../control/server-root.ts";
import { codeOf, GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { startTimeOf } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { System } from "./system.ts";

/** Each attempt ends with the lock, with an owner to name, or with a leftover less. */
export const ATTEMPTS = 20;

/** What its lock says of a gw. */
export const markOf = (pid: number) => `${pid} ${startTimeOf(os, pid) ?? "-"}\n`;

export function takeLock(path: string, mark: string, system: System, log: Log): void {
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

export const isLockedBy = (path: string, mark: string) => readLock(join(path, LOCK_NAME)) === mark;

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

/** At no moment is the place without a lock. */
export function replaceLock(path: string, theirs: string, mark: string, system: System): void {
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
