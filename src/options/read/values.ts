// From what was given to values: each piece is judged by its kind, once, and then layers are laid over each other. Pure.

import { resolve as absolute } from "node:path";
import type { Kind } from "../declare/kinds/kinds.ts";
import type { Problem } from "../declare/problems.ts";
import { type Key, rowOf } from "../declare/table.ts";
import { noOrigins, type Origin } from "./inputs.ts";
import { type GivenValue, quote, type RawValue } from "./layers.ts";

/** A value that its kind has accepted. */
export type Value = { key: Key; value: unknown; origin: Origin };

export type JudgedValues = {
  values: Value[];
  /** What was given and not accepted: nobody knows what is meant to be there. */
  refused: ReadonlySet<Key>;
  problems: Problem[];
};

/** Every piece is checked, so that a bad line hides behind no flag; a bad one counts as not given. */
export function judge(given: readonly GivenValue[]): JudgedValues {
  const values: Value[] = [];
  const refused = new Set<Key>();
  const problems: Problem[] = [];
  for (const { key, name, raw, origin, base } of given) {
    const { kind } = rowOf(key);
    const value = "text" in raw ? kind.parse(raw.text) : kind.fromJson(raw.json);
    if (value === undefined) {
      refused.add(key);
      problems.push({
        cause: "configuration",
        what: `${name} cannot be ${quote(raw)}`,
        from: origin.text,
        accepted: kind.accepts,
        ...adviseOn(kind, raw),
      });
    } else values.push({ key, value: anchor(kind, value, base), origin });
    problems.push(...findRepeatedMembers(name, raw, origin));
  }
  return { values, refused, problems };
}

function anchor(kind: Kind<unknown>, value: unknown, base: string): unknown {
  return kind.anchor ? kind.anchor(value, (path) => absolute(base, path)) : value;
}

function adviseOn(kind: Kind<unknown>, raw: RawValue): { advice?: string } {
  const fault = kind.faultOf?.("text" in raw ? raw.text : raw.json);
  if (fault !== undefined) return { advice: fault };
  return "text" in raw ? {} : adviseOnJson(kind, raw.json);
}

/** JSON tells texts, numbers and lists apart, which flags and variables do not. */
function adviseOnJson(kind: Kind<unknown>, json: unknown): { advice?: string } {
  if (kind.name === "list" && typeof json === "object" && json !== null && !Array.isArray(json))
    return kind.fromJson({}) === undefined
      ? { advice: `In a file it is a list: ["${kind.placeholder}", …]` }
      : {};
  if (typeof json !== "string" && typeof json !== "number") return {};
  const meant = kind.parse(String(json));
  if (meant === undefined) return {};
  const text = kind.print(meant);
  return { advice: `In a file it is written ${typeof json === "string" ? text : `"${text}"`}` };
}

/** JSON lets the second of two equal keys win without a word. */
function findRepeatedMembers(name: string, raw: RawValue, origin: Origin): Problem[] {
  const keys = "members" in raw ? (raw.members ?? []).map(({ key }) => key) : [];
  const twice = new Set(keys.filter((key, at) => keys.indexOf(key) !== at));
  return [...twice].map((key) => ({
    cause: "configuration",
    what: `${name} has the key ${JSON.stringify(key)} more than once`,
    from: origin.text,
    advice: "Write it once",
  }));
}

export type Values = Partial<Record<Key, unknown>>;

/** Later layers win. A list grows within its layer, and replaces the list of the layers before. */
export function merge(layers: readonly (readonly Value[])[]): {
  values: Values;
  origins: Record<Key, Origin>;
} {
  const values: Values = {};
  const origins = noOrigins();
  for (const layer of layers) {
    const begun = new Set<Key>();
    for (const { key, value, origin } of layer) {
      const isMore = begun.has(key) && rowOf(key).kind.name === "list";
      values[key] = isMore ? Object.freeze([values[key], value].flat()) : value;
      origins[key] = origin;
      begun.add(key);
    }
  }
  return { values, origins };
}
