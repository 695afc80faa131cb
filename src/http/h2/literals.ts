// The pieces of header blocks that every end of HTTP/2 writes (HPACK, RFC 7541 sections 5 and 6.2.2): integers, strings, names. Pure,
// but for the bytes that they fill in; each returns where it ends.

import { staticNumberOf } from "./static-table.ts";

/** The beginning of a literal without indexing, by number where the static table has the name. */
export function sayName(lower: string): Uint8Array {
  const number = staticNumberOf(lower);
  const out = Buffer.alloc(number > 0 ? 2 : lower.length + 6);
  const end = number > 0 ? putInteger(out, 0, 0, 15, number) : putString(out, 1, lower);
  return out.subarray(0, end);
}

/** Shorter texts are written faster letter by letter than by a native call. */
const SHORT = 16;
/** Not in the type declarations: `write` with an encoding, without looking for what the encoding is. */
type Latin1Writer = { latin1Write(text: string, at: number, length: number): number };

/** A string that is not compressed. */
export function putString(out: Buffer, from: number, text: string): number {
  return putText(out, putInteger(out, from, 0, 127, text.length), text);
}

/** One byte for each character, which are Latin-1. */
export function putText(out: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > SHORT) (out as Buffer & Latin1Writer).latin1Write(text, at, length);
  else for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
  return at + length;
}

/** An integer whose first byte has room up to `most` (RFC 7541 section 5.1). */
export function putInteger(out: Buffer, from: number, bits: number, most: number, value: number): number {
  let at = from;
  if (value < most) {
    out[at++] = bits | value;
    return at;
  }
  out[at++] = bits | most;
  let rest = value - most;
  for (; rest >= 128; rest >>>= 7) out[at++] = (rest & 127) | 128;
  out[at++] = rest;
  return at;
}
