// A file that is changed as a whole: whoever reads it meanwhile has the one before or the one after, and of two who change it at once
// one waits.

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { type Clock, pause } from "../../core/clock.ts";
import { codeOf, reasonOf } from "../../core/errors.ts";
import { readWhole } from "../../core/files.ts";
import { shellWord } from "../../os/shell-words.ts";

type NotReplaced = { problem: string; advice: string };
export type FileReplacement = "replaced" | "kept" | NotReplaced;

export type FileChange = {
  path: string;
  mostBytes: number;
  /** From what stands there, undefined where there is no file, to what is to stand there; undefined leaves all as it is. */
  edit: (text: string | undefined) => string | undefined;
};

const FOR_OWNER = 0o600;
const WAIT_MS = 5_000;
const LOOK_MS = 25;
const RIGHTS = 0o7777;

/** A new file is for its owner alone; one that is there keeps its owner, its group, its mode, and the links that lead to it. */
export async function replaceFile(
  { path, mostBytes, edit }: FileChange,
  clock: Clock,
): Promise<FileReplacement> {
  const untilMs = clock.now() + WAIT_MS;
  for (;;) {
    const done = attempt({ path, mostBytes, edit });
    if (done !== "taken") return done;
    if (clock.now() > untilMs) return describeTaken(path);
    await pause(clock, LOOK_MS);
  }
}

/** Why the file cannot be changed, as far as that can be seen before; for who would ask somebody in vain. */
export function obstacleTo({ path, mostBytes }: Omit<FileChange, "edit">): NotReplaced | undefined {
  try {
    const real = realPathOf(path);
    accessSync(dirname(real), constants.W_OK);
    const found = textOf(real, mostBytes);
    return "reason" in found ? refused(path, found.reason) : undefined;
  } catch (thrown) {
    return refused(path, reasonOf(thrown));
  }
}

/** The unfinished file beside it is the lock as well: only one can make it, and it is gone when it has become the file. */
const unfinishedOf = (path: string) => `${path}.new`;

function attempt({ path, mostBytes, edit }: FileChange): FileReplacement | "taken" {
  let made: string | undefined;
  let fd: number | undefined;
  try {
    const real = realPathOf(path);
    const unfinished = unfinishedOf(real);
    fd = openSync(unfinished, "wx", FOR_OWNER);
    made = unfinished;
    const before = statSync(real, { throwIfNoEntry: false });
    const found = textOf(real, mostBytes);
    if ("reason" in found) return refused(path, found.reason);
    const text = edit(found.text);
    if (text === undefined) return "kept";
    writeFileSync(fd, text);
    if (before) likeBefore(fd, before);
    fsyncSync(fd);
    renameSync(unfinished, real);
    made = undefined;
    return "replaced";
  } catch (thrown) {
    if (made === undefined && codeOf(thrown) === "EEXIST") return "taken";
    return refused(path, reasonOf(thrown));
  } finally {
    if (fd !== undefined) closeSync(fd);
    if (made !== undefined) rmSync(made, { force: true });
  }
}

/** A link is followed, so that it goes on leading to the file. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return path;
    throw thrown;
  }
}

function textOf(path: string, mostBytes: number): { text: string | undefined } | { reason: string } {
  return existsSync(path) ? readWhole(path, mostBytes) : { text: undefined };
}

/** The owner first: a change of owner takes rights away. */
function likeBefore(fd: number, before: Stats): void {
  const { uid, gid } = fstatSync(fd);
  if (uid !== before.uid || gid !== before.gid) fchownSync(fd, before.uid, before.gid);
  fchmodSync(fd, before.mode & RIGHTS);
}

function refused(path: string, reason: string): NotReplaced {
  return {
    problem: `"${path}" cannot be changed: ${reason}`,
    advice: "It takes the owner of the file, who may write in its directory, or root",
  };
}

function describeTaken(path: string): FileReplacement {
  const unfinished = unfinishedOf(path);
  return {
    problem: `"${path}" is being changed by somebody else: there is "${unfinished}"`,
    advice: `If nobody is, for one was killed over it: rm ${shellWord(unfinished)}`,
  };
}
