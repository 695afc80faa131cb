// What must hold among groups: one named pure function for each rule. What must hold within one is said by rules.ts.

import { BARRED, LET_PASS, type PathKind } from "../declare/app-file.ts";
import { splitPair } from "../declare/kinds/list-kinds.ts";
import { nearest } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { GROUP_NAME, type Key, type Settings } from "../declare/table.ts";
import { hostsOf, takenHostsOf, type WorkerGroup } from "../groups/groups.ts";
import type { Account } from "../groups/identity.ts";
import { setterIn } from "../read/inputs.ts";

export type GroupRuleInput = {
  /** Of gw as a whole. */
  settings: Settings;
  setBy: (key: Key) => string | undefined;
  /** Apps and services. */
  groups: readonly WorkerGroup[];
  /** Where a group of the file stands; absent for the one that nobody named. */
  placeOf: (name: string) => string | undefined;
  /** It is to be a group of the file, or may be one: that something is wrong with it has been told. */
  isDeclared: (name: string) => boolean;
  /** What was said for this group was not accepted, so that nothing follows from what holds instead. */
  isUnclear: (group: string, key: Key) => boolean;
  kindOf: (path: string) => PathKind | undefined;
  /** See HostFacts. */
  leadsOut?: ((directory: string, name: string) => boolean) | undefined;
  /** Of whoever starts gw. */
  uid: number;
  /** Whom the front ends become; absent when they stay what gw is. */
  account: Account | undefined;
};

export const GROUP_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  placesAreApart(input) {
    const mounted = input.groups.filter((group) => group.isMounted && hasClearPlace(group, input));
    return mounted.flatMap((group, at) =>
      mounted.slice(at + 1).flatMap((other) => {
        const shared = sharedHost(group.settings, other.settings);
        if (shared === undefined || group.settings.mount !== other.settings.mount) return [];
        const what = `The groups "${group.name}" and "${other.name}" are both mounted at "${group.settings.mount}" ${shared}`;
        const from = [...new Set([placeIn(input, group), placeIn(input, other)])].join(" and ");
        return [wrong(what, from, "Give one of them another mount or another serverName")];
      }),
    );
  },

  routesLeadToGroups({ groups, isDeclared }) {
    const names = appsOf(groups).map(({ name }) => name);
    return eachRoute(groups, (group, { right: target }, from) => {
      if (target === group.name)
        return wrong(
          `A route of the group "${group.name}" leads to itself`,
          from,
          "Leave it out, or name another group",
        );
      if (names.includes(target) || isDeclared(target)) return undefined;
      const near = nearest(
        target,
        names.filter((name) => name !== group.name && GROUP_NAME.test(name)),
      );
      const advice = near ? `The nearest is ${near}` : 'Make it, under "groups" in the configuration file';
      return wrong(`There is no group "${target}" for a route to lead to`, from, advice);
    });
  },

  routesDoNotChain({ groups }) {
    const targets = new Map<string, string>();
    eachRoute(groups, (group, { right }) => {
      if (right !== group.name && !targets.has(right)) targets.set(right, group.name);
      return undefined;
    });
    return eachRoute(groups, (group, { right }, from) => {
      const owner = targets.get(group.name);
      if (owner === undefined || right === group.name) return undefined;
      const what = `The group "${group.name}" has routes, but routes of the group "${owner}" lead to it`;
      return wrong(what, from, `Put the routes into the group "${owner}"`);
    });
  },

  patternsDiffer({ groups }) {
    return eachRoute(groups, (group, { left }, from, at) => {
      const patterns = group.settings.route.map((item) => splitPair(item).left);
      if (patterns.indexOf(left) === at) return undefined;
      return wrong(`The group "${group.name}" has two routes for "${left}"`, from, "Leave one of them");
    });
  },

  defaultGroupIsMounted({ settings: { defaultGroup }, setBy, groups, isDeclared }) {
    const from = setBy("defaultGroup");
    if (defaultGroup === undefined) return [];
    const apps = appsOf(groups);
    const found = apps.find(({ name }) => name === defaultGroup);
    if (found ? found.isMounted : isDeclared(defaultGroup)) return [];
    const mounted = apps
      .filter(({ isMounted, name }) => isMounted && GROUP_NAME.test(name))
      .map(({ name }) => name);
    const near = nearest(defaultGroup, mounted);
    const what = found
      ? `defaultGroup cannot be "${defaultGroup}", which only routes lead to`
      : `defaultGroup cannot be "${defaultGroup}": there is no such group`;
    const advice = near ? `The nearest is ${near}` : "Name a group that has a mount";
    return [{ ...wrong(what, from, advice), accepted: mounted.join(", ") }];
  },

  servicesAreFiles({ groups, kindOf }) {
    return groups.flatMap(({ kind, name, settings: { app }, origins }) => {
      const found = kind !== "service" || app === undefined ? "file" : kindOf(app);
      if (found === "file") return [];
      const from = setterIn(origins)("app");
      const problem =
        found === "barred"
          ? wrong(`The file "${app}" of the service "${serviceName(name)}" ${BARRED}`, from, LET_PASS)
          : wrong(
              `There is no file at "${app}" for the service "${serviceName(name)}"`,
              from,
              "Correct the path",
            );
      return [{ ...problem, cause: "app_not_found" }];
    });
  },

  servicesDiffer({ groups, setBy }) {
    const names = groups.filter(({ kind }) => kind === "service").map(({ name }) => serviceName(name));
    const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
    return [...twice].map((name) =>
      wrong(`There are two services "${name}"`, setBy("serviceScript"), "Give each its own name"),
    );
  },

  argumentsAreOfServices({ settings, setBy, groups }) {
    const names = groups.filter(({ kind }) => kind === "service").map(({ name }) => serviceName(name));
    const named = new Set(settings.serviceArgument.map((item) => splitPair(item).left));
    return [...named]
      .filter((name) => !names.includes(name))
      .map((name) => {
        const near = nearest(name, names);
        const advice = near ? `The nearest is ${near}` : "Name it with --service-script, too";
        return wrong(`There is no service "${name}" to have arguments`, setBy("serviceArgument"), advice);
      });
  },
};

const PLACE = ["mount", "serverName", "serverAlias"] as const;

/** Without a mount of its own, a group may be one that only a route leads to, where a route was not understood. */
function hasClearPlace({ name, origins }: WorkerGroup, { groups, isUnclear }: GroupRuleInput): boolean {
  if (PLACE.some((key) => isUnclear(name, key))) return false;
  return setterIn(origins)("mount") !== undefined || !groups.some((group) => isUnclear(group.name, "route"));
}

const appsOf = (groups: readonly WorkerGroup[]) => groups.filter(({ kind }) => kind === "app");

const serviceName = (name: string) => name.slice(name.indexOf(":") + 1);

type Route = ReturnType<typeof splitPair>;

function eachRoute(
  groups: readonly WorkerGroup[],
  judge: (group: WorkerGroup, route: Route, from: string | undefined, at: number) => Problem | undefined,
): Problem[] {
  return appsOf(groups).flatMap((group) =>
    group.settings.route.flatMap(
      (item, at) => judge(group, splitPair(item), setterIn(group.origins)("route"), at) ?? [],
    ),
  );
}

/** A host that both take, in words. */
function sharedHost(one: Settings, other: Settings): string | undefined {
  const [hosts, others] = [takenHostsOf(one), takenHostsOf(other)];
  if (hosts.length === 0 && others.length === 0) return "for any host";
  const shared = hosts.find((host) => others.includes(host));
  return shared === undefined ? undefined : `for the host "${shared}"`;
}

function placeIn({ placeOf }: GroupRuleInput, { name, origins }: WorkerGroup): string {
  return setterIn(origins)("mount") ?? placeOf(name) ?? "the default";
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}

/** What is allowed among groups, but does not do what it looks like. One sentence each. */
export function findIdleGroupSettings({
  settings,
  setBy,
  groups,
}: Pick<GroupRuleInput, "settings" | "setBy" | "groups">): string[] {
  const apps = appsOf(groups);
  const idle = (key: Key, isIdle: boolean, why: string) => {
    const by = setBy(key) ?? apps.map(({ origins }) => setterIn(origins)(key)).find(Boolean);
    return by !== undefined && isIdle ? [`${key} (${by}) has no effect, because ${why}`] : [];
  };
  const anyHost = apps.find(({ isMounted, settings }) => isMounted && hostsOf(settings).length === 0);
  const isFixed = apps.every(({ settings: { processes } }) => processes.min === processes.max);
  return [
    ...idle("defaultGroup", anyHost !== undefined, `the group "${anyHost?.name}" answers for any host`),
    ...idle(
      "allowLocalhost",
      apps.every(({ settings }) => hostsOf(settings).length === 0),
      "no serverName is said",
    ),
    ...idle("scaleUpWait", isFixed && !settings.embeddedMode, "processes is no range"),
    ...idle(
      "queueLateAfter",
      apps.every(({ settings: { queuePolicy } }) => queuePolicy === "fifo"),
      "queuePolicy is fifo",
    ),
    ...idle(
      "compressTypes",
      apps.every(({ settings }) => !settings.compressResponses),
      "compressResponses is off",
    ),
    ...idle("trackChanges", !settings.reloadOnChanges, "reloadOnChanges is off"),
  ];
}
