// The names by which apps start the runtime that is inside gw: `bun` and `node` in a directory of the server root. An app
// finds the first one as process.execPath, and programs that ask for either find it behind everything else on their PATH.
// What gw does when it is called by these names stands in cli/be-runtime.ts.
import { chmodSync, mkdirSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { statOf, unusable } from "../../control/server-root.ts";
import { RUNTIME_NAMES } from "../../link/runtime-names.ts";
import type { System } from "./system.ts";

const NAME = "runtime";
/** Workers may be other users. */
const MODE = 0o755;

/** In the server root; beside it where that has a colon in its name, which PATH cannot hold. */
export function runtimeDirOf(root: string): string {
  const name = basename(root);
  return name.includes(":") ? join(dirname(root), `.${name.replaceAll(":", "-")}.${NAME}`) : join(root, NAME);
}

/** Where apps find the runtime; undefined where gw runs from its sources, and process.execPath is a runtime already. */
export function runtimeOf(root: string, { executable }: System): string | undefined {
  return executable.script === undefined ? join(runtimeDirOf(root), RUNTIME_NAMES[0]) : undefined;
}

/** Makes what is missing, and says whether anything was. */
export function makeRuntimeDir(root: string, { executable, uid }: System): boolean {
  if (executable.script !== undefined) return false;
  const path = runtimeDirOf(root);
  const stat = statOf(path);
  if (!stat) mkdirSync(path);
  else if (!stat.isDirectory() || stat.uid !== uid) throw unusable(path, "it is not a directory of ours");
  if (((stat?.mode ?? 0) & 0o777) !== MODE) chmodSync(path, MODE);
  const target = executable.name ?? executable.path;
  const missing = RUNTIME_NAMES.map((name) => join(path, name)).filter((link) => linkOf(link) !== target);
  for (const link of missing) {
    removeLink(link);
    symlinkSync(target, link);
  }
  return missing.length > 0;
}

/** What others have put there stays, and so does the directory. */
export function removeRuntimeDir(root: string): void {
  const path = runtimeDirOf(root);
  if (!statOf(path)?.isDirectory()) return;
  for (const name of RUNTIME_NAMES) removeLink(join(path, name));
  rmdirSync(path);
}

function linkOf(path: string): string | undefined {
  return statOf(path)?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

function removeLink(path: string): void {
  if (statOf(path)) unlinkSync(path);
}
