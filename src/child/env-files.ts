// The app's files of variables, read by the worker itself once it is what it is to be: with the rights of the app's
// user, and inside of its root directory. What the process has been given already stays as it is.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { conventionalEnvFiles } from "../core/environment.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { layEnvFiles } from "./dotenv.ts";

/** What steers gw or the runtime, in this process and in those that it starts. */
const CONTROL = /^(GW_.*|BUN_OPTIONS|BUN_BE_BUN|BUN_INSPECT.*|BUN_JSC_.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID)$/;
/** There is no file. */
const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

export type EnvFilesOptions = {
  /** Absolute paths, the strongest last; null for those that Bun's convention finds in `home`. */
  named: readonly string[] | null;
  home: string;
  environment: Record<string, string | undefined>;
  log: Log;
};

/** Paths of files that were read, and of those that would have been. */
export type EnvFilesRead = { files: string[]; missing: string[] };

/** Adds to `environment`. Throws env_file_unreadable for a file that was named and cannot be had. */
export function readEnvFiles({ named, home, environment, log }: EnvFilesOptions): EnvFilesRead {
  const lookup = (name: string) => environment[name];
  const paths = named?.toReversed() ?? conventionalEnvFiles(lookup).map((name) => resolve(home, name));
  const read: EnvFilesRead = { files: [], missing: [] };
  const texts: string[] = [];
  for (const path of new Set(paths)) {
    const text = named ? readNamed(path) : readFound(path, log);
    if (text === undefined) read.missing.push(path);
    else {
      read.files.push(path);
      texts.push(text);
    }
  }
  const given = new Map(Object.entries(environment).filter((e): e is [string, string] => e[1] !== undefined));
  for (const [name, value] of layEnvFiles(texts, given))
    if (!given.has(name) && !CONTROL.test(name)) environment[name] = value;
  return read;
}

function readNamed(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new GwError("env_file_unreadable", { path, reason: reasonOf(error) });
  }
}

/** One that is there and may not be read is told, and passed over as Bun does it. */
function readFound(path: string, log: Log): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!ABSENT.has((error as { code?: unknown }).code))
      log.warn("A file of variables is there and cannot be read", { file: path, reason: reasonOf(error) });
    return undefined;
  }
}
