// What everybody asks of a server root before writing in it: that nobody else can write there. What is wrong with one becomes
// one error that names it.

import { lstatSync, mkdirSync, type Stats } from "node:fs";
import { GwError, reasonOf } from "../core/errors.ts";

export const unusable = (path: string, reason: string) =>
  new GwError("server_root_unusable", { path, reason });

/** Whatever the system throws meanwhile is said of `path`. */
export function orUnusable<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof GwError ? error : unusable(path, reasonOf(error));
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

/** Of a link itself, and not of what it leads to. */
export function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
