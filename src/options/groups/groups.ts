// The groups of workers, each with complete settings: those that the configuration file makes, or the one that there is
// without any; and the services. What must hold among them is said by group-rules.ts. Pure.

import type { Environment } from "../../core/environment.ts";
import { splitPair } from "../declare/kinds/list-kinds.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf, type Settings } from "../declare/table.ts";
import { INTERPRETER_OPTIONS } from "../declare/worker-kinds.ts";
import { foreseeEnvironment, type KnownEnvironment } from "../read/env-files.ts";
import { BY_DEFAULT, type HostFacts, type Origin, type Origins, setterIn } from "../read/inputs.ts";
import { merge, type Value, type Values } from "../read/values.ts";
import { complete } from "./defaults.ts";
import { type Account, identify } from "./identity.ts";
import { findForKinds, findInterpreter } from "./python-rules.ts";

/**
 * One group of workers: an app with all that holds for it, a service, which gets no requests, or the processes that are asked
 * who may send requests to an app.
 */
export type WorkerGroup = KnownEnvironment & {
  name: string;
  kind: "app" | "service" | "auth";
  /** Complete: what the group says itself, and for the rest what holds for all. */
  settings: Settings;
  origins: Origins;
  /** Whom its workers become; absent when they stay what gw is. */
  account: Account | undefined;
  /** Of Python, that runs it; as it is called inside of the root directory of its workers. Absent for what gw itself runs. */
  interpreter?: string;
  /** False: only the routes of other groups lead to it. */
  isMounted: boolean;
};

/** Before the machine's accounts and the environment have been asked. */
type Unidentified = Omit<WorkerGroup, "account" | "interpreter" | keyof KnownEnvironment>;

/** What holds for gw as a whole, and of the options of groups what was said outside of them. */
export type Outside = { settings: Settings; origins: Origins };

/** The only group, where the configuration makes none. */
export const DEFAULT_GROUP = "default";

/** A group of the file, its values judged. */
export type OwnValues = {
  name: string;
  /** Where it stands. */
  from: string;
  values: readonly Value[];
  refused: ReadonlySet<Key>;
  /** It names an app, be it a good one or not. */
  namesApp: boolean;
};

/** What was said, below the groups of the file and above them. */
export type Layers = { file: readonly Value[]; above: readonly (readonly Value[])[] };

/** What of a group the target of its routes runs, too, unless it has an app of its own. */
const LENT: readonly Key[] = [
  "app",
  "appArgument",
  "preload",
  "callableObject",
  "appPort",
  "home",
  ...INTERPRETER_OPTIONS,
];
/** Of a group that others lead to, only its own word counts for these. */
const PLACES: readonly Key[] = ["mount", "stripMount", "serverName", "serverAlias"];

/** Settings of all groups of a file, in its order. */
export function makeGroups(
  own: readonly OwnValues[],
  layers: Layers,
  outside: Outside,
  facts: HostFacts,
): Unidentified[] {
  const owners = findOwners(own, layers);
  return own.map((group) => {
    const owner = owners.get(group.name);
    const says = (key: Key) => group.values.some((value) => value.key === key);
    const lent = owner && !group.namesApp ? owner.values.filter(({ key }) => LENT.includes(key)) : [];
    const isMounted = owner === undefined || says("mount");
    const withheld: Key[] = [
      "app",
      ...(owner ? (["route"] as const) : []),
      ...(isMounted ? [] : PLACES.filter((key) => !says(key))),
    ];
    const outer = (values: readonly Value[]) => values.filter(({ key }) => !withheld.includes(key));
    const { values, origins } = merge([outer(layers.file), lent, group.values, ...layers.above.map(outer)]);
    return {
      name: group.name,
      kind: "app",
      isMounted,
      ...withOutside(values, origins, outside, facts),
    };
  });
}

/** Whose route leads to a group; the first one, if there are several. */
export function findOwners(own: readonly OwnValues[], { file, above }: Layers): Map<string, OwnValues> {
  const owners = new Map<string, OwnValues>();
  for (const group of own) {
    const { route = [] } = merge([file, group.values, ...above]).values;
    for (const { right: target } of (route as readonly string[]).map(splitPair))
      if (target !== group.name && !owners.has(target)) owners.set(target, group);
  }
  return owners;
}

/** What has no meaning for a service: it gets no requests, so that it has no place, and would always be idle. */
const NOT_OF_SERVICES: readonly Key[] = [
  ...PLACES,
  "route",
  "appArgument",
  "callableObject",
  "appPort",
  "processes",
  "inactivityTimeout",
];

/** Services have what is said for all, each in one process. */
export function makeServices(values: Values, outside: Outside, facts: HostFacts): Unidentified[] {
  return outside.settings.serviceScript.map((item) => {
    const { left, right } = splitPair(item);
    const own: Values = { ...values };
    const origins = { ...outside.origins };
    for (const key of NOT_OF_SERVICES) {
      delete own[key];
      origins[key] = BY_DEFAULT;
    }
    own.processes = Object.freeze({ min: 1, max: 1 });
    own.app = right;
    own.appArgument = argumentsOf(left, outside.settings);
    origins.appArgument = outside.origins.serviceArgument;
    origins.app = outside.origins.serviceScript;
    return {
      name: `service:${left}`,
      kind: "service",
      isMounted: false,
      ...withOutside(own, origins, outside, facts),
    };
  });
}

function argumentsOf(service: string, { serviceArgument }: Settings): readonly string[] {
  const words = serviceArgument.map(splitPair).filter(({ left }) => left === service);
  return Object.freeze(words.map(({ right }) => right));
}

function withOutside(
  values: Values,
  origins: Record<Key, Origin>,
  outside: Outside,
  facts: HostFacts,
): Pick<WorkerGroup, "settings" | "origins"> {
  const shared: Values = {};
  for (const key of KEYS) {
    if (rowOf(key).scope === "group") continue;
    shared[key] = outside.settings[key];
    origins[key] = outside.origins[key];
  }
  return { settings: complete({ ...values, ...shared }, facts), origins: Object.freeze(origins) };
}

/** Whom the workers of each group become, and what is known of their environment. */
export function identifyGroups(
  groups: readonly Unidentified[],
  facts: HostFacts,
  env: Environment,
): { groups: WorkerGroup[]; problems: Problem[] } {
  const problems: Problem[] = findForKinds(groups);
  const identified = groups.map((group) => {
    const found = identify({ settings: group.settings, setBy: setterIn(group.origins), starter: facts });
    const { interpreter, problems: lacking } = findInterpreter(group, env, facts);
    problems.push(...found.problems, ...lacking);
    return {
      ...group,
      ...foreseeEnvironment(group.settings, env, facts),
      account: found.account,
      ...(interpreter !== undefined && { interpreter }),
    };
  });
  return { groups: identified, problems };
}

/** The group of the one app that gw serves, which is not spoken of: its settings are those of gw itself. */
export function onlyAppOf({
  settings,
  groups,
}: {
  settings: Settings;
  groups: readonly WorkerGroup[];
}): WorkerGroup | undefined {
  return groups.find((group) => group.settings === settings);
}

/** The hosts that a group answers for, wildcards as they are written; none for any. */
export function hostsOf({ serverName, serverAlias }: Settings): string[] {
  return [...new Set([...(serverName === undefined ? [] : [serverName]), ...serverAlias])];
}

/** By which a client on this machine itself asks. */
const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** All that the Host of a request may be to get to a group; none for anything. */
export function takenHostsOf(settings: Settings): string[] {
  const hosts = hostsOf(settings);
  return settings.allowLocalhost && hosts.length > 0 ? [...new Set([...hosts, ...LOCAL_HOSTS])] : hosts;
}
