// Files that may not be there, or not for us: what can be known of them, and nothing where nothing can.

import { readdirSync, readFileSync, statSync } from "node:fs";

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

/** Also by a link. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // A path through a file, or into a directory that may not be read.
  }
}
