// Prefixes of paths, in each of the ways in which an app may read a path (http/path/paths). Pure.

import { canonicalPath, loosePath, readPath } from "./paths.ts";

/** In the spellings in which it may be met. `isExact`: letter case counts. */
export type Prefix = { texts: readonly string[]; loose: string; isExact?: boolean };

export function prefixOf(path: string): Prefix {
  const literal = withoutSlash(canonicalPath(path));
  const loose = withoutSlash(loosePath(literal));
  return { texts: [...new Set([literal, loose])], loose };
}

const withoutSlash = (path: string) => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);

export function readingsOf(path: string): readonly string[] {
  const { literal, resolved, loose } = readPath(path);
  return [resolved, literal, loose];
}

/** The path itself or, segment by segment, what is below it. */
export function isBelow(path: string, { texts, isExact }: Prefix): boolean {
  const spelled = isExact ? path : path.toLowerCase();
  return texts.some((text) => {
    const top = isExact ? text : text.toLowerCase();
    return (
      top === "/" ||
      (spelled.startsWith(top) && (spelled.length === top.length || spelled[top.length] === "/"))
    );
  });
}
