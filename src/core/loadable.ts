// What the runtime cannot load by any name that it could be given. Pure.

import { sep } from "node:path";

/** The sign in an absolute path that keeps Bun 1.4.5 from loading it, or undefined. */
export function unloadableSign(path: string): string | undefined {
  if (path.includes("?")) return "?";
  return sep === "/" && path.includes("\\") ? "\\" : undefined;
}
