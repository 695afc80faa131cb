// Writes the heads of answers as header blocks (HPACK, RFC 7541). Every field is a literal that no table remembers: nothing of
// one answer can then be guessed from the size of another.

import { CONNECTION_FIELDS } from "../../../http/h2/connection-fields.ts";
import { putString, putText, sayName } from "../../../http/h2/literals.ts";
import type { HeadWriter } from "../../../http/h2/sender.ts";

/** `status` 0: fields behind a body. `length`: of the body, where that is told. */
export type AnswerHead = { status: number; fields: readonly string[]; length: number | undefined };

/** Of statuses that every decoder knows by number. */
const INDEXED = new Map([200, 204, 206, 304, 400, 404, 500].map((status, at) => [status, 0x80 | (8 + at)]));
/** `:status` as a literal without indexing, of three characters. */
const STATUS = Uint8Array.from([8, 3]);
/** The other end's table is to have no room: it may have asked for a smaller one than at first, which has to be confirmed. */
const NO_TABLE = 0x20;

/** Names come from apps, which may make them up. */
const NAMES_MOST = 1024;
const NAME_MOST = 64;
/** How names are said; undefined for what is left out. */
const names = new Map<string, Uint8Array | undefined>();
/** For a name: its length, as an integer of at most three bytes, and its first byte; for a value no less. */
const FIELD_MOST = 10;
const BEGIN_MOST = 64;

export class AnswerBlocks implements HeadWriter<AnswerHead> {
  #isBegun = false;

  sizeOf({ fields }: AnswerHead): number {
    let size = BEGIN_MOST;
    for (let at = 0; at < fields.length; at++) size += (fields[at] as string).length + FIELD_MOST;
    return size;
  }

  put(out: Buffer, from: number, { status, fields, length }: AnswerHead): number {
    let at = from;
    if (!this.#isBegun) {
      this.#isBegun = true;
      out[at++] = NO_TABLE;
    }
    if (status > 0) at = putStatus(out, at, status);
    for (let i = 0; i < fields.length; i += 2) {
      const said = sayOf(fields[i] as string);
      if (said) at = putString(out, putBytes(out, at, said), fields[i + 1] as string);
    }
    return length === undefined ? at : putString(out, putBytes(out, at, LENGTH), String(length));
  }
}

const LENGTH = sayName("content-length");

function putStatus(out: Buffer, from: number, status: number): number {
  const indexed = INDEXED.get(status);
  if (indexed === undefined) return putText(out, putBytes(out, from, STATUS), String(status));
  out[from] = indexed;
  return from + 1;
}

function sayOf(name: string): Uint8Array | undefined {
  if (names.has(name)) return names.get(name);
  const lower = name.toLowerCase();
  const said = CONNECTION_FIELDS.has(lower) ? undefined : sayName(lower);
  if (names.size < NAMES_MOST && name.length <= NAME_MOST) names.set(name, said);
  return said;
}

function putBytes(out: Buffer, from: number, bytes: Uint8Array): number {
  const { length } = bytes;
  for (let i = 0; i < length; i++) out[from + i] = bytes[i] as number;
  return from + length;
}
