// Files that may be missing, or not ours to read: what can be told of them, without an exception where nothing can.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { codeOf, reasonOf } from "./errors.ts";

/** Undefined where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Undefined where it is no directory, or cannot be read. */
export function namesIn(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

/** What is not there stays as it was written; whoever opens it says so. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Also by a link. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // A path through a file, or into a directory that may not be read.
  }
}

/** What a look at a file has shown. `isOpen`: others than its owner and its group may read it. */
export type FileRead = { text: string; isOpen: boolean } | { reason: string };

const FOR_OTHERS = 0o007;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission denied",
  ELOOP: "its symbolic links go in a circle",
};

/** A regular file whose path comes from an operator, as UTF-8. `reason`: the end of a sentence, why there is no text. */
export function readWhole(path: string, mostBytes: number): FileRead {
  let fd: number | undefined;
  try {
    // A pipe without a writer would hold up everything.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { reason: stat.isDirectory() ? "it is a directory" : "it is no regular file" };
    if (stat.size > mostBytes) return { reason: `it has more than ${mostBytes} bytes` };
    return { text: readFileSync(fd, "utf8"), isOpen: (stat.mode & FOR_OTHERS) !== 0 };
  } catch (thrown) {
    return { reason: REASONS[codeOf(thrown)] ?? reasonOf(thrown) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const FOR_ANYBODY_ELSE = 0o077;

/**
 * Why a directory is not for `uid` alone, as the end of a sentence; undefined when it is. Of a symbolic link `stat` is that of the
 * link itself. Without a `uid` it may be anybody's.
 */
export function faultOfPrivate(
  stat: { uid: number; mode: number; isDirectory(): boolean; isSymbolicLink(): boolean },
  uid?: number,
): string | undefined {
  if (stat.isSymbolicLink()) return "it is a symbolic link; name the directory that it leads to";
  if (!stat.isDirectory()) return "it is not a directory";
  if (uid !== undefined && stat.uid !== uid) return `it belongs to user ${stat.uid}, and gw is user ${uid}`;
  const mode = (stat.mode & 0o777).toString(8);
  return (stat.mode & FOR_ANYBODY_ELSE) === 0
    ? undefined
    : `others may look into it (mode ${mode}); make that 700`;
}

/** Tells a file from another one that has taken its name; undefined where there is none. */
export function fileIdOf(path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
