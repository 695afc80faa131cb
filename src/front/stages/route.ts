// Which group of workers a request is for. By host first: the exact name, else the longest wildcard, else the groups that
// take any host; among those of one rank the longest mount. When no mount fits, the next rank is asked. Then a route of
// the chosen group may have another group run the request. Pure.
//
// A mount or a route may guard something, and the app decides by its own reading of the path what it does. So a path
// that can be read in several ways (http/path/paths.ts) is routed only if all readings lead to the same place; otherwise it
// is refused, and so is one that is twisted and has another place in it. No honest client sends such a path: browsers and HTTP libraries take dot segments out before they send it.
// Mounts are compared with regard to letter case; routes without, as Express compares its own.

import { GwError } from "../../core/errors.ts";
import { canonicalHost } from "../../http/hosts.ts";
import {
  canonicalPath,
  isPlainPath,
  isTwisted,
  loosePath,
  mayLeadTo,
  type Readings,
  readPath,
} from "../../http/path/paths.ts";
import type { FrontGroup } from "../../link/messages.ts";

export type Destination = {
  /** The group that runs the request. */
  group: string;
  /** Where the app sits, as clients see it; "/" at the top. */
  mount: string;
  /** How many characters of the target the workers do not get. */
  cut: number;
};

export type Router = (host: string, target: string) => Destination;

/** How the paths are spelled that are compared. */
type Spelling = "literal" | "loose";
type Mapping = { path: Record<Spelling, string>; destination: Destination };
type RouteMapping = Mapping & { isExact: boolean };
type Mount = Mapping & {
  /** How many segments the mount has. */
  depth: number;
  strips: boolean;
  /** The longest pattern first. */
  routes: RouteMapping[];
};
/** Groups that answer for the same hosts, the longest mount first. */
type Rank = Mount[];

/** A request that finds no place is refused with `unknown_host` or `not_mounted`. */
export function createRouter(groups: readonly FrontGroup[], defaultGroup?: string): Router {
  const ranksOf = createHosts(groups, defaultGroup);
  return (host, target) => {
    const ranks = ranksOf(host);
    const only = onlyMountOf(ranks);
    if (only) return only;
    if (ranks.length === 0) throw new GwError("unknown_host", {}, host);
    const query = target.indexOf("?");
    const destination = findPlace(ranks, query < 0 ? target : target.slice(0, query));
    if (!destination) throw new GwError("not_mounted");
    return destination;
  };
}

/** Most instances have one group that takes everything: then there is nothing to look for. */
function onlyMountOf(ranks: readonly Rank[]): Destination | undefined {
  const first = ranks[0]?.[0];
  return first?.depth === 0 && ranks[0]?.length === 1 && first.routes.length === 0
    ? first.destination
    : undefined;
}

function findPlace(ranks: readonly Rank[], path: string): Destination | undefined {
  if (isPlainPath(path)) return choose(ranks, path, "literal")?.destination;
  const readings = readPath(path);
  const place = choose(ranks, readings.resolved, "literal");
  const others = [
    choose(ranks, readings.literal, "literal"),
    choose(ranks, readings.loose, "loose"),
    ...placesIn(ranks, path),
  ];
  if (others.some((other) => other?.destination !== place?.destination))
    throw new GwError("malformed_request", {
      reason: "the path can be read as one below another mount or route",
    });
  return place && cutAsSent(place, readings);
}

/** Where else a twisted path may lead. */
function placesIn(ranks: readonly Rank[], path: string): (Chosen | undefined)[] {
  if (!isTwisted(path)) return [];
  const tops = ranks.flat().flatMap(({ depth, path: { loose: top }, routes }) => {
    const above = depth > 0 ? top : "";
    return [...(depth > 0 ? [top] : []), ...routes.map(({ path: { loose } }) => above + loose)];
  });
  return tops.filter((top) => mayLeadTo(path, top)).map((top) => choose(ranks, top, "loose"));
}

/** The mount, as this client spelled it. */
function cutAsSent({ mount, destination }: Chosen, { ends }: Readings): Destination {
  if (!mount.strips || mount.depth === 0) return destination;
  return { ...destination, cut: ends[mount.depth - 1] ?? destination.cut };
}

type Chosen = { mount: Mount; destination: Destination };

function choose(ranks: readonly Rank[], path: string, spelling: Spelling): Chosen | undefined {
  for (const rank of ranks) {
    const mount = rank.find((candidate) => isBelow(path, candidate.path[spelling]));
    if (!mount) continue;
    if (mount.routes.length === 0) return { mount, destination: mount.destination };
    const rest = mount.depth === 0 ? path : path.slice(mount.path[spelling].length) || "/";
    const lower = rest.toLowerCase();
    const route = mount.routes.find((candidate) => isOnRoute(lower, candidate, spelling));
    return { mount, destination: (route ?? mount).destination };
  }
  return undefined;
}

/** The path itself or, segment by segment, what is below it. */
function isBelow(path: string, top: string): boolean {
  return top === "/" || (path.startsWith(top) && (path.length === top.length || path[top.length] === "/"));
}

/** A slash at the end makes no other page of it to most routers. */
function isOnRoute(path: string, { path: top, isExact }: RouteMapping, spelling: Spelling): boolean {
  return isExact ? path === top[spelling] || path === `${top[spelling]}/` : isBelow(path, top[spelling]);
}

// ---- what the configuration says, made ready ----------------------------------------------------------------

/** Ranks by host are remembered; clients choose the hosts, so there is an end to it. */
const REMEMBERED_MOST = 1024;

/** For each host, the ranks that may take its requests, the best first; none for a host that nobody knows. */
function createHosts(groups: readonly FrontGroup[], defaultGroup?: string): (host: string) => Rank[] {
  const mounted = groups.filter(({ mount }) => mount !== undefined);
  const named = mounted.flatMap((group) => group.hosts.map((host) => ({ host, group })));
  const byHost = new Map<string, FrontGroup[]>();
  for (const { host, group } of named) {
    const key = host.startsWith("*.") ? `*.${canonicalHost(host.slice(2))}` : canonicalHost(host);
    byHost.set(key, [...(byHost.get(key) ?? []), group]);
  }
  const makeRank = (members: readonly FrontGroup[]) => rankOf(members, groups);
  const ranks = new Map([...byHost].map(([key, members]) => [key, makeRank(members)]));
  const any = makeRank(mounted.filter(({ hosts }) => hosts.length === 0));
  const fallback = makeRank(mounted.filter(({ name }) => name === defaultGroup));
  const last = [any].filter((rank) => rank.length > 0);
  if (ranks.size === 0) return () => last;
  const unknown = last.length > 0 ? last : [fallback].filter((rank) => rank.length > 0);
  return remembering((host) => {
    const known = namesFor(canonicalHost(host)).flatMap((name) => {
      const rank = ranks.get(name);
      return rank ? [rank] : [];
    });
    return known.length > 0 ? [...known, ...last] : unknown;
  });
}

function remembering(ranksOf: (host: string) => Rank[]): (host: string) => Rank[] {
  const remembered = new Map<string, Rank[]>();
  return (host) => {
    const known = remembered.get(host);
    if (known) return known;
    const ranks = ranksOf(host);
    if (remembered.size < REMEMBERED_MOST) remembered.set(host, ranks);
    return ranks;
  };
}

/** The host itself, and the wildcards that cover it, the longest first. */
function namesFor(host: string): string[] {
  const names = [host];
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1))
    names.push(`*${host.slice(dot)}`);
  return names;
}

function rankOf(members: readonly FrontGroup[], groups: readonly FrontGroup[]): Rank {
  const names = new Set(groups.map(({ name }) => name));
  return members
    .map((member) => mountOf(member, names))
    .toSorted((a, b) => b.path.literal.length - a.path.literal.length);
}

function mountOf({ name, mount = "/", stripMount, routes }: FrontGroup, names: Set<string>): Mount {
  const path = placed(mount);
  const depth = path.literal === "/" ? 0 : path.literal.split("/").length - 1;
  const destination = {
    group: name,
    mount: path.literal,
    cut: stripMount && depth > 0 ? path.literal.length : 0,
  };
  const places = routes
    .filter(({ group }) => names.has(group))
    .map(({ pattern, group }) => routeOf(pattern, { ...destination, group }))
    .toSorted(
      (a, b) => b.path.literal.length - a.path.literal.length || Number(b.isExact) - Number(a.isExact),
    );
  return { path, destination, depth, strips: stripMount, routes: places };
}

/** `/reports/*` is all that is below `/reports`, and that itself: the same app sees both. */
function routeOf(pattern: string, destination: Destination): RouteMapping {
  const isExact = !pattern.endsWith("/*");
  const top = isExact ? pattern : pattern.slice(0, -2) || "/";
  const { literal, loose } = placed(top);
  return {
    path: { literal: withoutSlash(literal.toLowerCase()), loose: withoutSlash(loose.toLowerCase()) },
    destination,
    isExact,
  };
}

const placed = (path: string) => ({ literal: canonicalPath(path), loose: loosePath(canonicalPath(path)) });

const withoutSlash = (path: string) => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);
