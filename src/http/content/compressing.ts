// Which answers are sent in a coding that makes them smaller, and what their fields then say (RFC 9110 section 8.4, 12.5). Pure.

import { fieldValue, listValue, withoutFields } from "../fields.ts";
import { CODINGS, type Coding, chooseCoding } from "./content-codings.ts";

/** Below that a packet holds it anyway, and what is won is less than what it costs. */
export const LEAST_BYTES = 1024;

export type CompressibleHead = {
  method: string;
  status: number;
  fields: readonly string[];
  /** Of the body; undefined where nobody knows it yet. */
  length: number | undefined;
};

/** Fields for all who ask for the same, and the coding for this one; without a coding the body stays as it is. */
export type CodingPlan = { coding: Coding | undefined; fields: readonly string[] };

/** Undefined: the answer is none to be compressed, whoever asks. `accepted`: Accept-Encoding. */
export function planCoding(
  { method, status, fields, length }: CompressibleHead,
  accepted: string | undefined,
  isWanted: (mediaType: string) => boolean,
): CodingPlan | undefined {
  if (status === PARTIAL) return mayBeCoded(fields, isWanted) ? plainPlan(fields) : undefined;
  if (!hasContent(method, status) || (length !== undefined && length < LEAST_BYTES)) return undefined;
  const type = mediaTypeOf(fields);
  if (type === undefined || type === EVENTS || !isWanted(type) || isFixed(fields)) return undefined;
  const coding = chooseCoding(accepted, CODINGS);
  return coding === undefined ? plainPlan(fields) : { coding, fields: codedFields(fields, coding) };
}

const PARTIAL = 206;

/** As it is, where others may get it otherwise. */
const plainPlan = (fields: readonly string[]): CodingPlan => ({
  coding: undefined,
  fields: variedFields(fields),
});

/** A part is never in a coding, but the whole may be: of that caches are to know. */
function mayBeCoded(fields: readonly string[], isWanted: (mediaType: string) => boolean): boolean {
  const type = mediaTypeOf(fields);
  const [, size] = /\/(\d+)$/.exec(fieldValue(fields, "content-range") ?? "") ?? [];
  if (type === undefined || (size !== undefined && Number(size) < LEAST_BYTES)) return false;
  const isOne = type === PARTS || (type !== EVENTS && isWanted(type));
  return isOne && !isFixed(withoutFields(fields, NAMES_OF_PART));
}

/** Several parts: the type of the whole stands in front of each. */
const PARTS = "multipart/byteranges";
const NAMES_OF_PART: ReadonlySet<string> = new Set(["content-range"]);

/**
 * The fields of a 304: what the whole would say of other forms (RFC 9110 section 15.4.5), whose type is mostly not told here. Whoever
 * has the version that was sent in a coding is told that one's tag. `known`: If-None-Match.
 */
export function unchangedFields(
  fields: readonly string[],
  known: string | undefined,
  isWanted: (mediaType: string) => boolean,
): readonly string[] {
  const type = mediaTypeOf(fields);
  if (isFixed(fields) || (type !== undefined && (type === EVENTS || !isWanted(type)))) return fields;
  const tag = fieldValue(fields, "etag");
  const hasCoded = tag !== undefined && known?.includes(`W/${tag}`);
  return variedFields(hasCoded ? withWeakTag(fields) : fields);
}

/** A stream of events may wait for its next one for hours, and those who read it want it at once. */
const EVENTS = "text/event-stream";

function hasContent(method: string, status: number): boolean {
  return method !== "CONNECT" && status >= 200 && status !== 204 && status !== 205 && status !== 304;
}

/** `type/subtype` in lower case. */
function mediaTypeOf(fields: readonly string[]): string | undefined {
  return fieldValue(fields, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
}

/** It has a coding, is a part, or somebody forbids to change it or has told what it sums up to. */
function isFixed(fields: readonly string[]): boolean {
  if (NAMES_OF_FIXED.some((name) => fieldValue(fields, name) !== undefined)) return true;
  return /(?:^|,)\s*no-transform\s*(?:,|$)/i.test(listValue(fields, "cache-control") ?? "");
}

const NAMES_OF_FIXED = [
  ...["content-encoding", "content-range"],
  ...["content-digest", "repr-digest", "digest", "content-md5"],
];

/** Ranges are of the bytes as they are. */
const NAMES_OF_PLAIN: ReadonlySet<string> = new Set(["accept-ranges"]);

function codedFields(given: readonly string[], coding: Coding): string[] {
  const fields = withWeakTag(variedFields(withoutFields(given, NAMES_OF_PLAIN)));
  fields.push("Content-Encoding", coding);
  return fields;
}

/** There are other forms of it, by what a client says in this field. */
export function variedFields(given: readonly string[], by = "Accept-Encoding"): string[] {
  const said = listValue(given, "vary");
  if (said === undefined) return [...given, "Vary", by];
  const names = said.split(",").map((name) => name.trim().toLowerCase());
  if (names.includes("*") || names.includes(by.toLowerCase())) return [...given];
  return mapField(given, "vary", (value, isFirst) => (isFirst ? `${value}, ${by}` : value));
}

/** The same version in several codings is the same in what it says, but not in its bytes. */
function withWeakTag(given: readonly string[]): string[] {
  return mapField(given, "etag", (tag) => (tag.startsWith('"') ? `W/${tag}` : tag));
}

function mapField(
  fields: readonly string[],
  lower: string,
  change: (value: string, isFirst: boolean) => string,
): string[] {
  const changed = [...fields];
  let isFirst = true;
  for (let i = 0; i < fields.length; i += 2) {
    if ((fields[i] as string).toLowerCase() !== lower) continue;
    changed[i + 1] = change(fields[i + 1] as string, isFirst);
    isFirst = false;
  }
  return changed;
}

/** Whether a type is one of a list of `text/html`, where `*` may stand for a part; remembered, because there are few. */
export function createTypeList(types: readonly string[]): (mediaType: string) => boolean {
  const exact = new Set(types);
  const families = types.filter((type) => type.endsWith("/*")).map((type) => type.slice(0, -1));
  const suffixes = types.filter((type) => type.startsWith("*")).map((type) => type.slice(1));
  const remembered = new Map<string, boolean>();
  return (type) => {
    const known = remembered.get(type);
    if (known !== undefined) return known;
    const isOne =
      exact.has(type) ||
      families.some((family) => type.startsWith(family)) ||
      suffixes.some((suffix) => type.endsWith(suffix));
    if (remembered.size < REMEMBERED_MOST) remembered.set(type, isOne);
    return isOne;
  };
}

const REMEMBERED_MOST = 256;
