// Writes the head of a request as a header block of HTTP/2 (HPACK, RFC 7541). Every field is a literal that no table
// remembers: nothing of one client's request can then be said by number in another's. Framing and hop-by-hop fields are left
// out by the same rules as in HTTP/1.1. Pure, but for the bytes that it fills in.

import { type Fate, fateOf, nominees, withoutFields } from "../../http/fields.ts";
import { putInteger, putString, putText, sayName } from "../../http/h2/literals.ts";
import type { HeadWriter } from "../../http/h2/sender.ts";
import { VISIT_HEADER } from "../../http/reserved.ts";
import type { RequestHead } from "../request-head.ts";

type FieldName = { fate: Fate; said: Uint8Array };

const NAMES_MOST = 2048;
const NAME_LENGTH_MOST = 64;
const names = new Map<string, FieldName>();

const INDEXED = 0x80;
const GET = INDEXED | 2;
const POST = INDEXED | 3;
const ROOT = INDEXED | 4;
const SCHEME_HTTP = INDEXED | 6;
const METHOD = 2;
const PATH = 4;
const AUTHORITY = 1;
/** What RFC 9113 section 6.5.2 counts for a field beside its letters. */
const FIELD_OVERHEAD = 32;

/** How large the other side will find the list of fields (RFC 9113 section 6.5.2), at the most; the block itself is no larger. */
export function listSizeOf({ method, target, host, fields, visit, prefix = "", trace }: RequestHead): number {
  let size =
    method.length + target.length + host.length + lengthOf(visit) + prefix.length + 8 * (FIELD_OVERHEAD + 16);
  if (trace) size += trace.traceparent.length + (trace.tracestate?.length ?? 0) + 2 * (FIELD_OVERHEAD + 16);
  for (let i = 0; i < fields.length; i += 2)
    size += (fields[i] as string).length + (fields[i + 1] as string).length + FIELD_OVERHEAD;
  return size;
}

/** Fills in the block and returns where it ends. There must be room for `listSizeOf` bytes. */
export function putRequestBlock(out: Buffer, from: number, head: RequestHead): number {
  const { method, target, host, visit, body, prefix, trace } = head;
  let at = from;
  if (method === "GET") out[at++] = GET;
  else if (method === "POST") out[at++] = POST;
  else at = putIndexed(out, at, METHOD, method);
  out[at++] = SCHEME_HTTP;
  if (target === "/") out[at++] = ROOT;
  else at = putIndexed(out, at, PATH, target);
  at = putIndexed(out, at, AUTHORITY, host);
  at = putPieces(out, at, nameOf(VISIT_HEADER), visit);
  if (prefix !== undefined) at = putNamed(out, at, nameOf("x-forwarded-prefix"), prefix);
  if (trace) {
    at = putNamed(out, at, nameOf("traceparent"), trace.traceparent);
    if (trace.tracestate !== undefined) at = putNamed(out, at, nameOf("tracestate"), trace.tracestate);
  }
  at = putFields(out, at, head);
  return typeof body === "number" ? putNamed(out, at, nameOf("content-length"), String(body)) : at;
}

export const REQUEST_HEADS: HeadWriter<RequestHead> = { sizeOf: listSizeOf, put: putRequestBlock };

function putFields(out: Buffer, from: number, head: RequestHead): number {
  const { fields, prefix, trace } = head;
  let at = from;
  let dropped: Set<string> | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = nameOf(fields[i] as string);
    const { fate } = name;
    if (fate === "pass" || (fate === "prefix" && prefix === undefined) || (fate === "trace" && !trace))
      at = putNamed(out, at, name, fields[i + 1] as string);
    else if (fate === "connection") dropped = nominees(dropped, fields[i + 1] as string);
  }
  if (!dropped) return at;
  // Rare: once more, without what the client says is for this hop alone.
  return putFields(out, from, { ...head, fields: withoutFields(fields, dropped.add("connection")) });
}

function nameOf(name: string): FieldName {
  const known = names.get(name);
  if (known) return known;
  const made = { fate: fateOf(name), said: sayName(name.toLowerCase()) };
  // Names come from clients: see http/fields.
  if (names.size < NAMES_MOST && name.length <= NAME_LENGTH_MOST) names.set(name, made);
  return made;
}

function putNamed(out: Buffer, from: number, name: FieldName, value: string): number {
  return putString(out, putName(out, from, name), value);
}

function putName(out: Buffer, from: number, { said }: FieldName): number {
  const { length } = said;
  for (let i = 0; i < length; i++) out[from + i] = said[i] as number;
  return from + length;
}

function putPieces(out: Buffer, from: number, name: FieldName, pieces: readonly string[]): number {
  let at = putInteger(out, putName(out, from, name), 0, 127, lengthOf(pieces));
  for (const piece of pieces) at = putText(out, at, piece);
  return at;
}

function lengthOf(pieces: readonly string[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

function putIndexed(out: Buffer, at: number, name: number, value: string): number {
  out[at] = name;
  return putString(out, at + 1, value);
}
