// Which requests of a group are guarded, and which groups of users they ask for, by their paths. An app reads a path in its own
// way, so that a path which can be read in several (http/path/paths) is guarded if one reading of it is, and excepted only if all
// are; one that is twisted is guarded if anything in it is, and never excepted. Prefixes are compared without regard to letter
// case where that guards more, and with it where it guards less. Pure.

import { GwError } from "../../core/errors.ts";
import { isBelow, type Prefix, prefixOf, readingsOf } from "../../http/path/path-prefixes.ts";
import { isPlainPath, isTwisted, mayLeadTo } from "../../http/path/paths.ts";
import type { AuthRule } from "../../link/auth.ts";

export type GuardedPaths = {
  /** The path as the client has sent it, without its query. */
  isGuarded(path: string): boolean;
  /** One of these is enough; none for every user. Throws for a path that can be read as one that asks for others. */
  groupsFor(path: string): readonly string[];
};

type PathRule = Pick<AuthRule, "paths" | "exceptPaths" | "groups">;

const NONE: readonly string[] = [];

export function createGuardedPaths({ paths, exceptPaths, groups }: PathRule): GuardedPaths {
  const guarded = paths.map(prefixOf);
  const excepted = exceptPaths.map((path) => ({ ...prefixOf(path), isExact: true }));
  const asking = askingPaths(groups);
  const isIn = (path: string) => guarded.length === 0 || guarded.some((prefix) => isBelow(path, prefix));
  const isExcepted = (path: string) => excepted.some((prefix) => isBelow(path, prefix));
  const namesFor = (path: string) => asking.find(({ prefix }) => isBelow(path, prefix))?.names ?? NONE;
  return {
    isGuarded(path) {
      if (isPlainPath(path)) return isIn(path) && !isExcepted(path);
      const readings = readingsOf(path);
      const mayBeIn = readings.some(isIn) || guarded.some(({ loose }) => mayLeadTo(path, loose));
      return mayBeIn && (isTwisted(path) || !readings.every(isExcepted));
    },
    groupsFor(path) {
      if (asking.length === 0) return NONE;
      if (isPlainPath(path)) return namesFor(path);
      const [first = NONE, ...others] = readingsOf(path).map(namesFor);
      for (const { prefix } of asking) if (mayLeadTo(path, prefix.loose)) others.push(namesFor(prefix.loose));
      if (others.some((other) => other !== first))
        throw new GwError("malformed_request", {
          reason: "the path can be read as one for another group of users",
        });
      return first;
    },
  };
}

/** The longest path first, each with all groups of which one is enough. */
function askingPaths(groups: AuthRule["groups"]): { prefix: Prefix; names: readonly string[] }[] {
  return [...Map.groupBy(groups, ({ path }) => path)]
    .toSorted(([one], [other]) => other.length - one.length)
    .map(([path, members]) => ({ prefix: prefixOf(path), names: members.map(({ name }) => name) }));
}
