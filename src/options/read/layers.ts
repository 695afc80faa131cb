// What somebody gave, layer by layer, each piece with where it stands; nothing is judged yet. Here the command line and
// the environment; the configuration file, which can hold groups, has a file of its own. Pure.

import type { Environment } from "../../core/environment.ts";
import { namesOf, nearest, spellings, VARIABLE_PREFIX, variableOf } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import type { Member } from "./config-json.ts";
import type { CommandLine } from "./flags.ts";
import type { Origin } from "./inputs.ts";

/** One value as somebody gave it. */
export type GivenValue = {
  key: Key;
  /** The option as messages call it: `port`, or in a group `groups.api.processes`. */
  name: string;
  raw: RawValue;
  origin: Origin;
  /** Where relative paths in it start. */
  base: string;
};

export type RawValue =
  | { text: string }
  | { json: unknown; shown?: string | undefined; members?: readonly Member[] | undefined };

export type Layer = { given: GivenValue[]; problems: Problem[] };

export function fromCommandLine({ values }: CommandLine, cwd: string): GivenValue[] {
  return values.map(({ key, text, spelled }) => ({
    key,
    name: key,
    raw: rowOf(key).kind.isVerbatim ? { json: [text], shown: `"${text}"` } : { text },
    origin: { layer: "flag", text: spelled },
    base: cwd,
  }));
}

const VARIABLES = spellings(variableOf);

/** Kubernetes gives every pod such variables for a service that is called gw; they are not meant for gw. */
const OF_KUBERNETES = /^GW_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;
const KUBERNETES_PORT = /^(?:tcp|udp|sctp):\/\//;

export function readEnvironment(env: Environment, cwd: string): Layer {
  const layer: Layer = { given: [], problems: [] };
  for (const [name, text] of Object.entries(env)) {
    // An empty variable counts as not set: that is how compose files and units leave one out.
    if (!name.startsWith(VARIABLE_PREFIX) || !text) continue;
    if (OF_KUBERNETES.test(name) || (name === "GW_PORT" && KUBERNETES_PORT.test(text))) continue;
    const key = VARIABLES.get(name);
    if (key !== undefined)
      layer.given.push({
        key,
        name: key,
        raw: { text },
        origin: { layer: "environment", text: name },
        base: cwd,
      });
    else
      layer.problems.push(
        unknownName(`There is no environment variable "${name}"`, "the environment", name, VARIABLES.keys()),
      );
  }
  layer.problems.push(...findTwins(layer.given));
  return layer;
}

/** The variable by which many platforms tell a server its port. */
const PLATFORM_PORT = "PORT";

/** It belongs to gw no more than to others, so that it is looked at only where nothing of gw's own says a port. */
export function readPlatform(env: Environment, given: readonly GivenValue[], cwd: string): GivenValue[] {
  const text = env[PLATFORM_PORT];
  if (!text || given.some(({ key }) => key === "port" || key === "listen")) return [];
  const origin = { layer: "environment", text: PLATFORM_PORT } as const;
  return [{ key: "port", name: PLATFORM_PORT, raw: { text }, origin, base: cwd }];
}

export function unknownName(what: string, from: string, name: string, known: Iterable<string>): Problem {
  const near = nearest(name, known);
  const advice = near ? `The nearest is ${near}` : "gw show-config lists all options";
  return { cause: "configuration", what, from, advice };
}

/** The same option twice in one layer, for example under its alias: which one was meant cannot be told. */
export function findTwins(given: GivenValue[]): Problem[] {
  return KEYS.flatMap((key) => {
    const twins = given.filter((one) => one.key === key);
    const [first] = twins;
    if (!first || twins.length < 2) return [];
    const from = twins.map((twin) => twin.origin.text).join(" and ");
    const values = twins.map((twin) => quote(twin.raw)).join(" and ");
    const names = namesOf(key);
    return [
      {
        cause: "configuration",
        what: `${first.name} was set ${twins.length} times, as ${values}`,
        from,
        advice: names.length > 1 ? `Set it once; ${names.join(" and ")} are the same` : "Set it once",
      },
    ];
  });
}

/** A value as its giver would know it again. */
export function quote(raw: RawValue): string {
  if ("text" in raw) return `"${raw.text}"`;
  return raw.shown ?? (typeof raw.json === "string" ? `"${raw.json}"` : JSON.stringify(raw.json));
}
