// How much a request matters when there is no room for all, by its path. It says in which order requests wait, and which of them is
// refused; it lets nobody in. A path that can be read in several ways is read as a browser reads it. Pure.

import { canonicalPath, isPlainPath, readPath } from "../../http/path/paths.ts";
import type { PriorityRule } from "../../link/setups.ts";
import { PRIORITIES } from "./lanes.ts";

const NORMAL = PRIORITIES.indexOf("normal");

/** The lane of a request with this target; the longest pattern that fits says it. */
export type LaneOf = (target: string) => number;

export function createLaneOf(rules: readonly PriorityRule[] = []): LaneOf {
  if (rules.length === 0) return () => NORMAL;
  const known = rules.map(asPattern).toSorted((one, other) => other.top.length - one.top.length);
  return (target) => {
    const query = target.indexOf("?");
    const path = query < 0 ? target : target.slice(0, query);
    const read = isPlainPath(path) ? path : readPath(path).resolved;
    return known.find((pattern) => fits(read, pattern))?.lane ?? NORMAL;
  };
}

type Pattern = { top: string; isExact: boolean; lane: number };

/** `/a/*` is all that is below `/a`. */
function asPattern({ path, priority }: PriorityRule): Pattern {
  const isExact = !path.endsWith("/*");
  const top = isExact ? canonicalPath(path) : `${canonicalPath(path.slice(0, -2))}/`.replace("//", "/");
  return { top, isExact, lane: PRIORITIES.indexOf(priority) };
}

const fits = (path: string, { top, isExact }: Pattern) => (isExact ? path === top : path.startsWith(top));
