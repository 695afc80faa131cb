// From command line, environment, configuration file and default to one frozen record of settings, or to the list
// of everything that is wrong. Pure: files have been read, and the machine been asked, by the caller.

import { resolve as absolute, dirname, join } from "node:path";
import type { Accounts } from "./accounts.ts";
import type { Member } from "./config-json.ts";
import { type CommandLine, readCommandLine } from "./flags.ts";
import { type Account, identify } from "./identity.ts";
import type { Kind } from "./kinds.ts";
import { flagOf, namesOf, nearest, spellings, VARIABLE_PREFIX, variableOf } from "./names.ts";
import type { Problem } from "./problems.ts";
import { findIdleSettings, type PathKind, pathInside, RULES } from "./rules.ts";
import { type Derived, KEYS, type Key, rowOf, type Settings } from "./table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the machine says about itself. */
export type Facts = {
  cwd: string;
  uid: number;
  gid: number;
  accounts: Accounts;
  pid: number;
  /** Where temporary files go. */
  tmpdir: string;
  kindOf: (path: string) => PathKind | undefined;
};

/** A configuration file that has been read: its members, or why it could not be. */
export type ConfigFile = { path: string; members: readonly Member[]; problems: readonly Problem[] };

export type Inputs = {
  argv: readonly string[];
  env: Environment;
  file?: ConfigFile | undefined;
  facts: Facts;
  /** Names of the command's own switches, for example `json`. */
  switches?: readonly string[];
};

export type Origin = {
  layer: "default" | "file" | "environment" | "flag";
  /** `default`, `PATH:LINE`, `GW_PORT` or `--port`. */
  text: string;
};
export type Origins = Readonly<Record<Key, Origin>>;

/** One group of workers: an app with all that holds for it, or a service, which gets no requests. */
export type Group = {
  name: string;
  kind: "app" | "service";
  /** Complete: what the group says itself, and for the rest what holds for all. */
  settings: Settings;
  origins: Origins;
  /** Whom its workers become; absent when they stay what gw is. */
  account: Account | undefined;
  /** False: only the routes of other groups lead to it. */
  isMounted: boolean;
};

export type Resolved = {
  /** What holds for gw as a whole; of the options of groups, what was said outside of them. */
  settings: Settings;
  origins: Origins;
  /** Whom the front ends become. */
  account: Account | undefined;
  /** At least one app. Without groups in the configuration there is one, called DEFAULT_GROUP. */
  groups: readonly Group[];
};

/** The only group, where the configuration makes none. */
export const DEFAULT_GROUP = "default";
export type Resolution =
  | (Resolved & { problems?: undefined; warnings: string[]; switches: ReadonlySet<string> })
  | { problems: Problem[]; switches: ReadonlySet<string> };

/** One value as somebody gave it. */
type Given = {
  key: Key;
  raw: { text: string } | { json: unknown; shown?: string | undefined };
  origin: Origin;
  base: string;
};

export function resolve(inputs: Inputs): Resolution {
  const line = readCommandLine(inputs.argv, inputs.switches);
  const environment = readEnvironment(inputs.env, inputs.facts.cwd);
  const file = readMembers(inputs.file);
  const given = [...file.given, ...environment.given, ...fromCommandLine(line, inputs.facts.cwd)];
  const { values, origins, problems: bad } = takeValues(given);
  const problems = [...line.problems, ...environment.problems, ...file.problems, ...bad];
  if (inputs.file && !("config" in values)) {
    values.config = inputs.file.path;
    origins.config = { layer: "default", text: "found" };
  }

  const settings = complete(values, inputs.facts);
  const setBy = (key: Key) => (origins[key].layer === "default" ? undefined : origins[key].text);
  const { kindOf, uid } = inputs.facts;
  const input = { settings, setBy, kindOf, uid };
  const { account, problems: strangers } = identify({ settings, setBy, starter: inputs.facts });
  problems.push(...Object.values(RULES).flatMap((rule) => rule(input) ?? []), ...strangers);
  const { switches } = line;
  if (problems.length > 0) return { problems, switches };
  const warnings = findIdleSettings(input);
  Object.freeze(origins);
  const group = { name: DEFAULT_GROUP, kind: "app", isMounted: true, settings, origins, account } as const;
  return { settings, origins, account, groups: [group], warnings, switches };
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
  const dir = app ? dirname(absolute(facts.cwd, app)) : facts.cwd;
  return { candidates: ["gw.config.ts", "gw.config.json"].map((name) => join(dir, name)) };
}

// ---- layers -----------------------------------------------------------------------------------------------------

type Layer = { given: Given[]; problems: Problem[] };

function fromCommandLine({ values }: CommandLine, cwd: string): Given[] {
  return values.map(({ key, text, spelled }) => ({
    key,
    raw: { text },
    origin: { layer: "flag", text: spelled },
    base: cwd,
  }));
}

const VARIABLES = spellings(variableOf);

/** Kubernetes gives every pod such variables for a service that is called gw; they are not meant for gw. */
const OF_KUBERNETES = /^GW_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;
const KUBERNETES_PORT = /^(?:tcp|udp|sctp):\/\//;

function readEnvironment(env: Environment, cwd: string): Layer {
  const layer: Layer = { given: [], problems: [] };
  for (const [name, text] of Object.entries(env)) {
    // An empty variable counts as not set: that is how compose files and units leave one out.
    if (!name.startsWith(VARIABLE_PREFIX) || !text) continue;
    if (OF_KUBERNETES.test(name) || (name === "GW_PORT" && KUBERNETES_PORT.test(text))) continue;
    const key = VARIABLES.get(name);
    if (key !== undefined)
      layer.given.push({ key, raw: { text }, origin: { layer: "environment", text: name }, base: cwd });
    else
      layer.problems.push(
        unknownName(`There is no environment variable "${name}"`, "the environment", name, VARIABLES.keys()),
      );
  }
  layer.problems.push(...findTwins(layer.given));
  return layer;
}

const FILE_KEYS = spellings((name) => name);

function readMembers(file: ConfigFile | undefined): Layer {
  if (!file) return { given: [], problems: [] };
  const layer: Layer = { given: [], problems: [...file.problems] };
  const base = dirname(file.path);
  for (const { key: name, value, line, shown } of file.members) {
    const where = line === undefined ? file.path : `${file.path}:${line}`;
    const key = FILE_KEYS.get(name);
    if (name === "$schema") continue;
    if (key === undefined) {
      layer.problems.push(unknownName(`There is no option "${name}"`, where, name, FILE_KEYS.keys()));
    } else if (rowOf(key).inFile === false) {
      const advice = `Use ${flagOf(key)} or ${variableOf(key)}`;
      layer.problems.push({
        cause: "configuration",
        what: `"${name}" cannot be set in a configuration file`,
        from: where,
        advice,
      });
    } else {
      layer.given.push({ key, raw: { json: value, shown }, origin: { layer: "file", text: where }, base });
    }
  }
  layer.problems.push(...findTwins(layer.given));
  return layer;
}

function unknownName(what: string, from: string, name: string, known: Iterable<string>): Problem {
  const near = nearest(name, known);
  const advice = near ? `The nearest is ${near}` : "gw show-config lists all options";
  return { cause: "configuration", what, from, advice };
}

/** The same option twice in one layer, for example under its alias: which one was meant cannot be told. */
function findTwins(given: Given[]): Problem[] {
  return KEYS.flatMap((key) => {
    const twins = given.filter((one) => one.key === key);
    if (twins.length < 2) return [];
    const from = twins.map((twin) => twin.origin.text).join(" and ");
    const what = `${key} was set ${twins.length} times, as ${twins.map((twin) => quote(twin.raw)).join(" and ")}`;
    const names = namesOf(key);
    return [
      {
        cause: "configuration",
        what,
        from,
        advice: names.length > 1 ? `Set it once; ${names.join(" and ")} are the same` : "Set it once",
      },
    ];
  });
}

// ---- values -----------------------------------------------------------------------------------------------------

type Values = Partial<Record<Key, unknown>>;

/** The last one given wins; every one is checked, so that a bad line hides behind no flag. */
function takeValues(given: Given[]): { values: Values; origins: Record<Key, Origin>; problems: Problem[] } {
  const values: Values = {};
  const problems: Problem[] = [];
  const origins = Object.fromEntries(KEYS.map((key) => [key, DEFAULT])) as Record<Key, Origin>;
  for (const { key, raw, origin, base } of given) {
    const { kind } = rowOf(key);
    const value = "text" in raw ? kind.parse(raw.text) : kind.fromJson(raw.json);
    if (value === undefined) {
      problems.push({
        cause: "configuration",
        what: `${key} cannot be ${quote(raw)}`,
        from: origin.text,
        accepted: kind.accepts,
        ...adviseOnJson(kind, raw),
      });
      continue;
    }
    // A list grows within its layer, and replaces the list of the layer below.
    const isMore = kind.name === "list" && origins[key].layer === origin.layer;
    if (isMore) values[key] = Object.freeze([values[key], value].flat());
    else values[key] = kind.name === "path" ? absolute(base, String(value)) : value;
    origins[key] = origin;
  }
  return { values, origins, problems };
}

/** JSON tells texts, numbers and lists apart, which flags and variables do not. */
function adviseOnJson(kind: Kind<unknown>, raw: Given["raw"]): { advice?: string } {
  if ("text" in raw) return {};
  const { json } = raw;
  if (kind.name === "list" && typeof json === "object" && json !== null && !Array.isArray(json))
    return { advice: `In a file it is a list: ["${kind.placeholder}", …]` };
  if (typeof json !== "string" && typeof json !== "number") return {};
  const meant = kind.parse(String(json));
  if (meant === undefined) return {};
  const text = kind.print(meant);
  return { advice: `In a file it is written ${typeof json === "string" ? text : `"${text}"`}` };
}

const DEFAULT: Origin = { layer: "default", text: "default" };

function quote(raw: Given["raw"]): string {
  if ("text" in raw) return `"${raw.text}"`;
  return raw.shown ?? (typeof raw.json === "string" ? `"${raw.json}"` : JSON.stringify(raw.json));
}

// ---- defaults ---------------------------------------------------------------------------------------------------

function complete(values: Values, facts: Facts): Settings {
  const known: Record<string, unknown> = {};
  for (const key of KEYS) known[key] = values[key] ?? rowOf(key).default;
  // Each value came from its own kind or row, which is what the type says.
  const settings = known as unknown as Settings;
  for (const [key, derive] of Object.entries(DERIVE)) known[key] ??= derive(settings, facts);
  return Object.freeze(settings);
}

type DeriveAll = { [K in Derived]: (settings: Settings, facts: Facts) => Settings[K] };

/** In the order of their dependence on each other. */
const DERIVE: DeriveAll = {
  maxQueue: ({ processes }) => 100 * processes.max,
  mount: () => "/",
  evictionTimeout: ({ gracefulTimeout }) => gracefulTimeout,
  home: ({ app, chroot }, facts) => findHome(app, chroot ?? "/", facts),
  serverRoot({ host, port, chroot }, { tmpdir, uid, pid }) {
    const place = port === 0 ? `0.${pid}` : String(port);
    // Inside of a chroot nobody knows what there is, apart from its own top.
    return join(chroot ?? tmpdir, `gw-${host}:${place}:${uid}`);
  },
};

function findHome(app: string | undefined, root: string, { cwd, kindOf }: Facts): string {
  if (app === undefined) return pathInside(root, cwd) === undefined ? root : cwd;
  const isProject = (dir: string) =>
    kindOf(join(dir, "package.json")) === "file" || kindOf(join(dir, "tsconfig.json")) === "file";
  for (let dir = dirname(app); ; dir = dirname(dir)) {
    if (isProject(dir)) return dir;
    if (dir === dirname(dir) || dir === root) return dirname(app);
  }
}
