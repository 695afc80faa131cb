// From command line, environment, configuration file and default to one frozen record of settings for each group, or to
// the list of everything that is wrong. Pure: files have been read, and the machine been asked, by the caller.

import { resolve as absolute, dirname, join } from "node:path";
import { variableOf } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { findShortBacklogs, RULES } from "../declare/rules.ts";
import type { Key, Settings } from "../declare/table.ts";
import { makeAuthGroups } from "../groups/auth-groups.ts";
import { complete, defaultServerRoot, isOfPackage } from "../groups/defaults.ts";
import {
  DEFAULT_GROUP,
  findOwners,
  identifyGroups,
  type Layers,
  makeGroups,
  makeServices,
  type Outside,
  type OwnValues,
  type WorkerGroup,
} from "../groups/groups.ts";
import { type Account, identify } from "../groups/identity.ts";
import { shareMemory } from "../groups/machine-share.ts";
import { NOTHING_HANDED, type PublicPlace, placesOf } from "../groups/places.ts";
import { readFileLayer } from "../read/file-layer.ts";
import { readCommandLine } from "../read/flags.ts";
import {
  BY_DEFAULT,
  type ConfigModules,
  type HostFacts,
  type Inputs,
  type Origin,
  type Origins,
  setterIn,
} from "../read/inputs.ts";
import { fromCommandLine, readEnvironment, readPlatform } from "../read/layers.ts";
import { judge, merge, type Value, type Values } from "../read/values.ts";
import { findIdleAmongGroups, RULES_AMONG_GROUPS } from "./among-groups.ts";
import { findIdleAuthSettings } from "./auth-rules.ts";
import { findForEmbedded, findIdleInEmbedded } from "./embedded-rules.ts";
import { findIdlePaths } from "./path-rules.ts";
import { findIdleSocketSettings, SOCKET_RULES, type SocketOwner, socketOwnerOf } from "./socket-rules.ts";
import { findIdleTellingSettings, TELLING_RULES } from "./telling-rules.ts";

export { DEFAULT_GROUP, hostsOf, onlyAppOf, takenHostsOf, type WorkerGroup } from "../groups/groups.ts";
export type {
  ConfigFile,
  ConfigModules,
  HostFacts,
  Inputs,
  Origin,
  Origins,
} from "../read/inputs.ts";

export type Resolved = {
  /** What holds for gw as a whole; of the options of groups, what was said outside of them. */
  settings: Settings;
  origins: Origins;
  /** Whom the front ends become. */
  account: Account | undefined;
  /** Where clients come in, the one by which gw is known first. */
  places: readonly PublicPlace[];
  /** Of the UNIX sockets that gw makes. */
  socketOwner: SocketOwner;
  /** At least one app. Without groups in the configuration there is one, called DEFAULT_GROUP. */
  groups: readonly WorkerGroup[];
  configModules?: ConfigModules | undefined;
};

export type Resolution =
  | (Resolved & { problems?: undefined; warnings: string[]; switches: ReadonlySet<string> })
  | { problems: Problem[]; switches: ReadonlySet<string>; configModules?: ConfigModules | undefined };

export function resolve(inputs: Inputs): Resolution {
  const said = readAll(inputs);
  const { facts } = inputs;
  const { values, origins } = merge([said.platform, said.layers.file, ...said.layers.above]);
  const completed = completeOutside(values, origins, said, inputs);
  const apps = said.own
    ? makeGroups(said.own, said.layers, completed, facts)
    : [{ name: DEFAULT_GROUP, kind: "app", isMounted: true, ...completed } as const];
  const made = [...apps, ...makeServices(values, completed, facts)];
  const { outside, groups: shared, problems: unshared } = shareMemory(completed, made, facts);
  const front = identify({ settings: outside.settings, setBy: setterIn(origins), starter: facts });
  const { groups: known, problems: strangers } = identifyGroups(shared, facts, inputs.env);
  const groups = [...known, ...makeAuthGroups(known)];
  const isPortSaid = origins.port.layer !== "default";
  const places = placesOf(outside.settings, isPortSaid, facts.handed);
  const socketOwner = socketOwnerOf(outside.settings.socketOwner, facts.accounts);
  const resolved = { ...outside, account: front.account, groups, places, socketOwner };
  const problems = unique([
    ...said.problems,
    ...checkRules(resolved, said, facts),
    ...[front.problems, unshared, strangers].flat(),
  ]);
  const read = inputs.file?.modules && { configModules: inputs.file.modules };
  if (problems.length > 0) return { problems, switches: said.switches, ...read };
  return { ...resolved, warnings: findWarnings(resolved, facts), switches: said.switches, ...read };
}

/** Where the configuration file is to be looked for, before it can be read. */
export type ConfigPlace = { path: string; from: string } | { candidates: string[] };

export function placeOfConfig({ argv, env, facts, switches }: Omit<Inputs, "file">): ConfigPlace {
  const { values } = readCommandLine(argv, switches);
  const fromFlag = (key: Key) => values.find((value) => value.key === key);
  const flag = fromFlag("config");
  const variable = variableOf("config");
  if (flag) return { path: absolute(facts.cwd, flag.text), from: flag.spelled };
  if (env[variable]) return { path: absolute(facts.cwd, env[variable]), from: variable };
  const app = fromFlag("app")?.text ?? env[variableOf("app")];
  const path = app && absolute(facts.cwd, app);
  const dir = path && !isOfPackage(path) ? dirname(path) : facts.cwd;
  return { candidates: ["gw.config.ts", "gw.config.json"].map((name) => join(dir, name)) };
}

// ---- what was said ----------------------------------------------------------------------------------------------

type Said = {
  /** Of the variables that platforms set for any server: what they say holds where nothing of gw's own says otherwise. */
  platform: readonly Value[];
  layers: Layers;
  /** Undefined when the file makes no groups. */
  own: OwnValues[] | undefined;
  /** As in the layer of the file. */
  declared: ReadonlySet<string> | undefined;
  /** Outside of groups. */
  refused: ReadonlySet<Key>;
  problems: Problem[];
  switches: ReadonlySet<string>;
};

function readAll({ argv, env, file: configFile, facts, switches: known }: Inputs): Said {
  const line = readCommandLine(argv, known);
  const environment = readEnvironment(env, facts.cwd);
  const file = readFileLayer(configFile);
  const flags = fromCommandLine(line, facts.cwd);
  const top = judge(file.given);
  const groups = file.groups?.map(({ name, from, given }) => ({
    name,
    from,
    namesApp: given.some(({ key }) => key === "app"),
    ...judge(given),
  }));
  const above = [judge(environment.given), judge(flags)];
  const layers = { file: top.values, above: above.map(({ values }) => values) };
  const platform = judge(readPlatform(env, [...file.given, ...environment.given, ...flags], facts.cwd));
  const bad = [top, ...(groups ?? []), ...above].flatMap(({ problems }) => problems);
  const refused = new Set([top, ...above].flatMap((layer) => [...layer.refused]));
  return {
    platform: platform.values,
    layers,
    own: groups,
    declared: file.declared,
    refused,
    problems: [
      ...line.problems,
      ...environment.problems,
      ...file.problems,
      ...bad,
      ...platform.problems.map((problem): Problem => ({ ...problem, advice: ABOUT_PLATFORM })),
      ...(groups ? checkApps(groups, layers, refused) : []),
    ],
    switches: line.switches,
  };
}

const ABOUT_PLATFORM = "Unset it, or give --port or GW_PORT, which beat it";

const hasFiles = (values: readonly Value[]) => values.some(({ key }) => key === "documentRoot");

/** Groups have apps; what stands outside of them has none. */
function checkApps(
  groups: readonly OwnValues[],
  layers: Layers,
  refusedOutside: ReadonlySet<Key>,
): Problem[] {
  const owners = findOwners(groups, layers);
  // A route that was not understood may lead to any of them.
  const mayBeLed = [refusedOutside, ...groups.map(({ refused }) => refused)].some((keys) =>
    keys.has("route"),
  );
  const outer = [layers.file, ...layers.above].flat().filter(({ key }) => key === "app");
  return [
    ...outer.map(
      ({ value, origin }): Problem => ({
        cause: "configuration",
        what: `app "${value}" cannot stand beside groups`,
        from: origin.text,
        advice: 'Put it into one of the groups, as its "app"',
      }),
    ),
    ...groups
      .filter(
        ({ name, namesApp, values }) => !namesApp && !hasFiles(values) && !owners.has(name) && !mayBeLed,
      )
      .map(
        ({ name, from }): Problem => ({
          cause: "configuration",
          what: `The group "${name}" has no app`,
          from,
          advice:
            'Give it one, as its "app"; only a group that a route leads to, or with a documentRoot, may do without',
        }),
      ),
  ];
}

// ---- what holds -------------------------------------------------------------------------------------------------

/** The settings outside of groups, which are all that there are without them. */
function completeOutside(values: Values, origins: Record<Key, Origin>, said: Said, inputs: Inputs): Outside {
  const { file, facts } = inputs;
  if (file && values.config === undefined) {
    values.config = file.path;
    origins.config = { layer: "default", text: "found" };
  }
  if (said.own) {
    delete values.app;
    origins.app = BY_DEFAULT;
  }
  const settings = complete({ ...values, ...placeInChroot(values, said, facts) }, facts);
  return { settings, origins: Object.freeze(origins) };
}

/** Where only groups have a chroot, and all the same one, gw's own place is inside, too: their sockets are there. */
function placeInChroot(values: Values, { own = [] }: Said, facts: HostFacts): Values {
  const chroots = new Set(
    own.flatMap((group) => group.values.filter(({ key }) => key === "chroot").map(({ value }) => value)),
  );
  const [chroot] = chroots;
  if (values.serverRoot !== undefined || values.chroot !== undefined || chroots.size !== 1) return {};
  const { host, port } = complete(values, facts);
  return { serverRoot: defaultServerRoot(host, port, String(chroot), facts) };
}

/** Rules about what a service does not do. */
const NOT_FOR_SERVICES = ["appIsAFile", "concurrencyCoversFrontEnds"];

function checkRules(resolved: Resolved, { own = [], declared, refused }: Said, facts: HostFacts): Problem[] {
  const { settings, origins, groups, account, places } = resolved;
  const { kindOf, uid, leadsOut, handed = NOTHING_HANDED } = facts;
  // Without one good group in the file, what stands outside of them is looked at all the same.
  const looked = groups.length > 0 ? groups : [{ settings, origins, kind: "app" }];
  const inEach = looked.flatMap((group) => {
    const input = { settings: group.settings, setBy: setterIn(group.origins), kindOf, uid };
    const rules = Object.entries(RULES).filter(
      ([name]) => group.kind === "app" || !NOT_FOR_SERVICES.includes(name),
    );
    return rules.flatMap(([, rule]) => rule(input) ?? []);
  });
  const ownOf = (name: string) => own.find((group) => group.name === name);
  const among = {
    settings,
    setBy: setterIn(origins),
    groups,
    placeOf: (name: string) => ownOf(name)?.from,
    isDeclared: (name: string) => declared?.has(name) ?? true,
    isUnclear: (name: string, key: Key) => refused.has(key) || (ownOf(name)?.refused.has(key) ?? false),
    ...{ kindOf, leadsOut, uid },
    account,
  };
  const sockets = { settings, setBy: setterIn(origins), places, handed, starter: facts, kindOf };
  return [
    ...inEach,
    ...Object.values(RULES_AMONG_GROUPS).flatMap((rule) => rule(among)),
    ...Object.values(SOCKET_RULES).flatMap((rule) => rule(sockets)),
    ...Object.values(TELLING_RULES).flatMap((rule) => rule(among)),
    ...findForEmbedded({ ...among, handed }),
  ];
}

function findWarnings({ settings, origins, groups, places }: Resolved, { mostBacklog }: HostFacts): string[] {
  const inEach = groups.flatMap((group) => {
    const own = { settings: group.settings, setBy: setterIn(group.origins) };
    return [...findIdleInEmbedded(own), ...findShortBacklogs(own, mostBacklog)];
  });
  const among = { settings, setBy: setterIn(origins), groups, places };
  const idle = [
    ...findIdleAmongGroups(among),
    ...[findIdleSocketSettings, findIdleTellingSettings].flatMap((find) => find(among)),
    ...findIdleAuthSettings(groups),
    ...findIdlePaths(among),
  ];
  return [...new Set([...inEach, ...idle])];
}

/** What is said outside of groups is wrong in each of them, and told once. */
function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ what, from }) => {
    const told = JSON.stringify([what, from]);
    return !seen.has(told) && seen.add(told);
  });
}
