// How large a request body may be, by the path of the request: the longest prefix that fits says it. A path that can be read in
// several ways (http/path/paths) has the smallest of what is said for them, and so has one that is twisted, of all that it may lead to.
// Pure.

import { isBelow, type Prefix, prefixOf, readingsOf } from "../../http/path/path-prefixes.ts";
import { isPlainPath, mayLeadTo } from "../../http/path/paths.ts";
import type { SizeLimit } from "../../link/setups.ts";

/** In bytes. `path`: as the client has sent it, without its query. */
export type BodyLimitFor = (path: string) => number;

/** `elsewhere`: for whatever no path names. */
export function createBodyLimits(elsewhere: number, limits: readonly SizeLimit[] = []): BodyLimitFor {
  if (limits.length === 0) return () => elsewhere;
  const rules = limits
    .map(({ path, bytes }): { prefix: Prefix; bytes: number } => ({ prefix: prefixOf(path), bytes }))
    .toSorted((one, other) => other.prefix.loose.length - one.prefix.loose.length);
  const most = (path: string) => rules.find(({ prefix }) => isBelow(path, prefix))?.bytes ?? elsewhere;
  return (path) => {
    if (isPlainPath(path)) return most(path);
    const led = rules.filter(({ prefix }) => mayLeadTo(path, prefix.loose)).map(({ bytes }) => bytes);
    return Math.min(...readingsOf(path).map(most), ...led);
  };
}
