// The file that is to be the next gw. It is opened once, judged by that descriptor, and run by that descriptor: whatever stands at
// its path a moment later is another file. Everybody who could write it, or put another one in its place, could become whoever gw runs as.

import { closeSync, constants, fstatSync, lstatSync, openSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { GwError, reasonOf } from "../../core/errors.ts";

/** What is asked of a file or directory. */
export type PathFacts = Pick<Stats, "uid" | "mode"> & { path: string };

export type Program = {
  /** Where it really is. */
  path: string;
  descriptor: number;
};

const GROUP_OR_OTHERS = 0o022;
const STICKY = 0o1000;
const EXECUTE = 0o111;

/** Throws the GwError that says why it is not to be run; otherwise the descriptor is the caller's to close. */
export function openProgram(given: string, uid: number): Program {
  const path = orRefuse(given, () => realpathSync(given));
  const descriptor = orRefuse(given, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = fstatSync(descriptor);
    const wrong = judgeFile(stat) ?? judgePath([{ path, ...stat }, ...directoriesAbove(path)], uid);
    if (wrong !== undefined) throw refuse(given, wrong);
    // None of those directories lets anybody else exchange what is in it, so that this holds from here on.
    const there = lstatSync(path);
    if (there.dev !== stat.dev || there.ino !== stat.ino)
      throw refuse(given, "it was exchanged while gw looked at it");
    return { path, descriptor };
  } catch (error) {
    closeSync(descriptor);
    throw error instanceof GwError ? error : refuse(given, reasonOf(error));
  }
}

function judgeFile(stat: Stats): string | undefined {
  if (!stat.isFile()) return "it is no file";
  return (stat.mode & EXECUTE) === 0 ? "nobody may execute it (chmod +x helps)" : undefined;
}

/** The file first, then each directory above it: who else than `uid` and root could write there. Pure. */
export function judgePath(all: readonly PathFacts[], uid: number): string | undefined {
  for (const [at, { path, uid: owner, mode }] of all.entries()) {
    const what = at === 0 ? "the file" : `the directory ${path}`;
    if (owner !== 0 && owner !== uid) return `user ${owner}, who owns ${what}, can write there`;
    // In a directory with that bit nobody can rename or remove what is somebody else's.
    const isHarmless = at > 0 && (mode & STICKY) !== 0;
    if ((mode & GROUP_OR_OTHERS) !== 0 && !isHarmless)
      return `others than its owner can write to ${what} (chmod go-w helps)`;
  }
  return undefined;
}

function directoriesAbove(path: string): PathFacts[] {
  const all: PathFacts[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    const { uid, mode } = lstatSync(at);
    all.push({ path: at, uid, mode });
    if (at === dirname(at)) return all;
  }
}

function orRefuse<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw refuse(path, reasonOf(error));
  }
}

const refuse = (path: string, reason: string) => new GwError("upgrade_refused", { path, reason });
