// Paths that the runtime cannot load a module from, however they are written. Pure.

import { sep } from "node:path";

/** The sign in an absolute path that keeps Bun 1.4.5 from loading it, or undefined. */
export function unloadableSign(path: string): string | undefined {
  if (path.includes("?")) return "?";
  return sep === "/" && path.includes("\\") ? "\\" : undefined;
}
