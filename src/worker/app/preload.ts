// Loads what is to be there before the app, one module after the other, as `bun --preload` does it.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GwError } from "../../core/errors.ts";
import { loadFailure } from "../../sources/load-failure.ts";

/** Each is a path, from `home` if it is relative, or the name of a package that is found from there. */
export async function loadPreloads(preloads: readonly string[], home: string): Promise<void> {
  for (const preload of preloads) {
    try {
      await import(pathToFileURL(locatePreload(preload, home)).href);
    } catch (thrown) {
      const { facts, detail } = loadFailure(thrown);
      const failure = new GwError("preload_failed", { preload, reason: facts.reason ?? "" }, detail);
      failure.cause = thrown;
      throw failure;
    }
  }
}

/** Absolute. Throws when nothing is there. */
function locatePreload(preload: string, home: string): string {
  const path = resolve(home, preload);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  return Bun.resolveSync(preload, home);
}

/** Those that are files of the app, as far as can be told by their names. */
export function preloadedFiles(preloads: readonly string[], home: string): string[] {
  return preloads.filter((preload) => /^\.{0,2}\//.test(preload)).map((preload) => resolve(home, preload));
}
