// The configuration file as a layer: options for all, and the groups with what each says itself. Pure.

import { dirname } from "node:path";
import { flagOf, spellings, variableOf } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { GROUP_NAME, NAME_FORM, rowOf } from "../declare/table.ts";
import type { Member } from "./config-json.ts";
import type { ConfigFile } from "./inputs.ts";
import { findTwins, type GivenValue, type Layer, quote, unknownName } from "./layers.ts";

/** A group as the file has it. */
export type GivenGroup = { name: string; from: string; given: GivenValue[] };

export type FileLayer = Layer & {
  /** Undefined when the file makes no groups. */
  groups: GivenGroup[] | undefined;
  /** Names of all groups that it is to make, also of those that are none; undefined when nobody can tell them. */
  declared: ReadonlySet<string> | undefined;
};

/** The one key of a file that is no option. */
const GROUPS_KEY = "groups";
const FILE_KEYS = spellings((name) => name);
const KEYS_OF_GROUPS = [...FILE_KEYS].filter(([, key]) => rowOf(key).scope === "group").map(([name]) => name);

export function readFileLayer(file: ConfigFile | undefined): FileLayer {
  if (!file) return { given: [], groups: undefined, declared: new Set(), problems: [] };
  const declared = file.problems.length > 0 ? undefined : new Set<string>();
  const layer: FileLayer = { given: [], groups: undefined, declared, problems: [...file.problems] };
  for (const member of file.members) {
    if (member.key === "$schema" || member.key === GROUPS_KEY) continue;
    takeMember(layer, file, member, "");
  }
  layer.problems.push(...findTwins(layer.given));
  const [groups, ...others] = file.members.filter(({ key }) => key === GROUPS_KEY);
  if (groups && others.length > 0) {
    layer.declared = undefined;
    layer.problems.push(repeated(GROUPS_KEY, file, [groups, ...others], "Write all groups into one"));
  } else if (groups) readGroups(layer, file, groups);
  return layer;
}

function takeMember(layer: Layer, file: ConfigFile, member: Member, prefix: string): void {
  const { key: word, value, shown, members } = member;
  const from = whereOf(file, member);
  const key = FILE_KEYS.get(word);
  const name = `${prefix}${word}`;
  if (key === undefined) {
    const known = prefix === "" ? [...FILE_KEYS.keys(), GROUPS_KEY] : KEYS_OF_GROUPS;
    layer.problems.push(unknownName(`There is no option "${name}"`, from, word, known));
  } else if (key === "group" && isObject(member)) {
    const what = `"${name}" cannot be an object: it says whom the workers run as`;
    layer.problems.push(wrong(what, from, `Groups of workers stand under "${GROUPS_KEY}"`));
  } else if (rowOf(key).inFile === false) {
    const what = `"${name}" cannot be set in a configuration file`;
    layer.problems.push(wrong(what, from, `Use ${flagOf(key)} or ${variableOf(key)}`));
  } else if (prefix !== "" && rowOf(key).scope === "server") {
    const what = `"${name}" cannot be set, because ${key} holds for gw as a whole`;
    layer.problems.push(wrong(what, from, `Put "${word}" beside "${GROUPS_KEY}", not into a group`));
  } else {
    const path = prefix === "" ? {} : { path: name };
    layer.given.push({
      key,
      name: prefix === "" ? key : name,
      raw: { json: value, shown, members },
      origin: { layer: "file", text: from, ...path },
      base: dirname(file.path),
    });
  }
}

function readGroups(layer: FileLayer, file: ConfigFile, groups: Member): void {
  const from = whereOf(file, groups);
  layer.groups = [];
  layer.declared = isObject(groups) ? new Set(membersOf(groups).map(({ key }) => key)) : undefined;
  if (!isObject(groups)) {
    const what = `${GROUPS_KEY} cannot be ${quote({ json: groups.value, shown: groups.shown })}`;
    layer.problems.push({ ...wrong(what, from), accepted: "an object of names and groups" });
    return;
  }
  const members = membersOf(groups);
  if (members.length === 0)
    layer.problems.push(wrong(`${GROUPS_KEY} names no group`, from, "Name one, or leave the key out"));
  for (const name of new Set(members.map(({ key }) => key))) {
    const twins = members.filter(({ key }) => key === name);
    if (twins.length > 1)
      layer.problems.push(repeated(`The group "${name}"`, file, twins, "Give each group its own name"));
    for (const member of twins.slice(0, 1)) readGroup(layer, file, member);
  }
}

function readGroup(layer: FileLayer, file: ConfigFile, member: Member): void {
  const { key: name } = member;
  const from = whereOf(file, member);
  if (!GROUP_NAME.test(name)) {
    const what = `A group cannot be called ${JSON.stringify(name)}`;
    layer.problems.push({ ...wrong(what, from), accepted: NAME_FORM });
  }
  if (!isObject(member)) {
    const what = `${GROUPS_KEY}.${name} cannot be ${quote({ json: member.value, shown: member.shown })}`;
    layer.problems.push({ ...wrong(what, from), accepted: "an object of options" });
    return;
  }
  const own: Layer = { given: [], problems: [] };
  for (const one of membersOf(member)) takeMember(own, file, one, `${GROUPS_KEY}.${name}.`);
  layer.problems.push(...own.problems, ...findTwins(own.given));
  layer.groups?.push({ name, from, given: own.given });
}

function isObject({ value, shown }: Member): boolean {
  return shown === undefined && typeof value === "object" && value !== null && !Array.isArray(value);
}

/** With their lines, if whoever read the file kept them. */
function membersOf({ value, members }: Member): readonly Member[] {
  return members ?? Object.entries(value as object).map(([key, one]) => ({ key, value: one }));
}

export function whereOf({ path }: ConfigFile, { line }: Member): string {
  return line === undefined ? path : `${path}:${line}`;
}

function repeated(name: string, file: ConfigFile, members: Member[], advice: string): Problem {
  const from = members.map((member) => whereOf(file, member)).join(" and ");
  return wrong(`${name} is declared ${members.length} times`, from, advice);
}

function wrong(what: string, from: string, advice?: string): Problem {
  return { cause: "configuration", what, from, ...(advice !== undefined && { advice }) };
}
