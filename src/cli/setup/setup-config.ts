// The configuration that a call of setup-server describes, in the form of a file, and what it says otherwise than a file
// that is there already. Only what somebody has given: a default that is written down could not change any more. Pure.

import { resolve as absolute, dirname } from "node:path";
import { isRecord } from "../../core/records.ts";
import { spellings } from "../../options/declare/names.ts";
import { KEYS, type Key, rowOf, type Settings } from "../../options/declare/table.ts";
import { isOfPackage } from "../../options/groups/defaults.ts";
import type { Member } from "../../options/read/config-json.ts";
import {
  DEFAULT_GROUP,
  type Origin,
  type Resolved,
  type WorkerGroup,
} from "../../options/resolve/resolve.ts";

export const SCHEMA_FILE = "gw.schema.json";

type WrittenOptions = Record<string, unknown>;
export type WrittenConfig = WrittenOptions & { groups?: Record<string, WrittenOptions> };

/** As gw.config.json says it. `cwd` is where relative paths of the command line start. */
export function describeConfig(resolved: Resolved, cwd: string): WrittenConfig {
  const { settings, origins, groups } = resolved;
  const given = KEYS.filter((key) => origins[key].layer !== "default" && rowOf(key).inFile !== false);
  const top = Object.fromEntries(given.map((key) => [key, valueInFile(key, settings, origins[key], cwd)]));
  const apps = groups.filter(({ kind }) => kind === "app");
  const own = apps.map((group) => [group.name, describeGroup(group, resolved, cwd)] as const);
  const hasGroups = own.length > 1 || own.some(([name]) => name !== DEFAULT_GROUP);
  return {
    $schema: `./${SCHEMA_FILE}`,
    ...top,
    ...(hasGroups ? { groups: Object.fromEntries(own) } : own[0]?.[1]),
  };
}

/** What the group says itself: what holds for all has the origin and the value of all. */
function describeGroup({ settings, origins }: WorkerGroup, shared: Resolved, cwd: string): WrittenOptions {
  const isOwn = (key: Key) =>
    origins[key].text !== shared.origins[key].text || !isSame(key, settings[key], shared.settings[key]);
  const own = KEYS.filter(
    (key) => rowOf(key).scope === "group" && origins[key].layer !== "default" && isOwn(key),
  );
  // Where gw is started by the files of a server root is another place.
  if (origins.home.layer === "default" && isOfPackage(settings.app ?? "")) own.push("home");
  return Object.fromEntries(own.map((key) => [key, valueInFile(key, settings, origins[key], cwd)]));
}

function valueInFile(key: Key, settings: Settings, { layer, text }: Origin, cwd: string): unknown {
  // In the server root, relative paths would start elsewhere.
  const base = layer === "file" ? dirname(text.replace(/:\d+$/, "")) : cwd;
  if (key === "trackChanges") return settings.trackChanges.map((path) => absolute(settings.home, path));
  if (key === "serviceScript") return settings.serviceScript.map((pair) => placeService(pair, base));
  return toJson(key, settings[key]);
}

function placeService(pair: string, base: string): string {
  const at = pair.indexOf("=");
  return `${pair.slice(0, at)}=${absolute(base, pair.slice(at + 1))}`;
}

/** Times and sizes as people write them; numbers and lists as JSON has them. */
function toJson(key: Key, value: unknown): unknown {
  const { kind } = rowOf(key);
  if (kind.name === "duration" || kind.name === "size") return kind.print(value);
  const printed = kind.print(value);
  // A span of one number, for example, is that number.
  return [value, Number(printed)].find((form) => isSame(key, kind.fromJson(form), value)) ?? printed;
}

const isSame = (key: Key, one: unknown, other: unknown) =>
  one !== undefined && other !== undefined && rowOf(key).kind.print(one) === rowOf(key).kind.print(other);

export function renderConfig(config: WrittenConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

export type Difference = {
  /** `processes`, or `groups.shop.processes`. */
  name: string;
  /** As JSON; absent where the file does not say it. */
  inFile: string | undefined;
  inCall: string;
};

/** Options of this call that a file says otherwise, or does not say. `root` is where its relative paths start. */
export function compareConfig(wanted: WrittenConfig, members: readonly Member[], root: string): Difference[] {
  const inFile = flatten(Object.fromEntries(members.map(({ key, value }) => [key, value])));
  return [...flatten(wanted)].flatMap(([name, value]) => {
    if (name === "$schema") return [];
    const found = inFile.get(name);
    if (found !== undefined && meansTheSame(lastWord(name), found, value, root)) return [];
    return [
      {
        name,
        inFile: found === undefined ? undefined : JSON.stringify(found),
        inCall: JSON.stringify(value),
      },
    ];
  });
}

const KEY_OF = spellings((name) => name);

/** Options by name, those of groups below the name of the group, aliases as what they stand for. */
function flatten(options: WrittenOptions, prefix = ""): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [name, value] of Object.entries(options)) {
    if (name !== "groups" || prefix !== "") flat.set(prefix + (KEY_OF.get(name) ?? name), value);
    else if (isRecord(value))
      for (const [group, own] of Object.entries(value))
        if (isRecord(own)) for (const entry of flatten(own, `groups.${group}.`)) flat.set(...entry);
  }
  return flat;
}

const lastWord = (name: string) => name.slice(name.lastIndexOf(".") + 1);

function meansTheSame(name: string, inFile: unknown, inCall: unknown, root: string): boolean {
  const key = KEY_OF.get(name);
  if (key === undefined) return JSON.stringify(inFile) === JSON.stringify(inCall);
  const { kind } = rowOf(key);
  const [one, other] = [kind.fromJson(inFile), kind.fromJson(inCall)];
  if (one === undefined || other === undefined) return false;
  const print = (value: unknown) => kind.print(kind.anchor?.(value, (path) => absolute(root, path)) ?? value);
  return print(one) === print(other);
}
