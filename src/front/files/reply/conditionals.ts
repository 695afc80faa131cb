// Whether a request that asks for something only under a condition gets it (RFC 9110 section 13). Pure.

import { parseHttpDate } from "../../../http/date.ts";
import { listValue } from "../../../http/fields.ts";

/** By what one version of a file is told from another. */
export type Validators = {
  /** With its quotes, and W/ before them where another version may have the same. */
  etag: string;
  /** Milliseconds since 1970, whole seconds. */
  modifiedAt: number;
};

export type Condition = "send" | "not modified" | "failed";

/** For a method that changes nothing. `nowMs` since 1970. */
export function judgeConditions(
  fields: readonly string[],
  { etag, modifiedAt }: Validators,
  nowMs: number,
): Condition {
  const ifMatch = listValue(fields, "if-match");
  // Said twice it is no date, and counts for nothing.
  const dateOf = (name: string) => {
    const text = listValue(fields, name);
    return text === undefined ? undefined : parseHttpDate(text, nowMs);
  };
  if (ifMatch !== undefined) {
    if (!matchesAny(ifMatch, etag, isSameStrongly)) return "failed";
  } else {
    const date = dateOf("if-unmodified-since");
    if (date !== undefined && modifiedAt > date) return "failed";
  }
  const ifNoneMatch = listValue(fields, "if-none-match");
  if (ifNoneMatch !== undefined) return matchesAny(ifNoneMatch, etag, isSameWeakly) ? "not modified" : "send";
  const date = dateOf("if-modified-since");
  return date !== undefined && modifiedAt <= date ? "not modified" : "send";
}

/** Whether a range of this version is of use to a client that has a part of one (RFC 9110 section 13.1.5). */
export function mayHaveRange(
  fields: readonly string[],
  { etag, modifiedAt }: Validators,
  nowMs: number,
): boolean {
  const ifRange = listValue(fields, "if-range");
  if (ifRange === undefined) return true;
  if (/^(?:W\/)?"/.test(ifRange)) return isSameStrongly(ifRange, etag);
  // The time tells no more than the tag: where that is weak, the file was changed a moment ago.
  return !isWeak(etag) && parseHttpDate(ifRange, nowMs) === modifiedAt;
}

/** Lists of tags; what is none ends the list. */
const TAG = /^[\s,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?=,|$)/;

function matchesAny(list: string, etag: string, isSame: (one: string, other: string) => boolean): boolean {
  if (list.trim() === "*") return true;
  for (let rest = list; ; ) {
    const [whole, tag] = TAG.exec(rest) ?? [];
    if (whole === undefined || tag === undefined) return false;
    if (isSame(tag, etag)) return true;
    rest = rest.slice(whole.length);
  }
}

const isWeak = (tag: string) => tag.startsWith("W/");
const opaque = (tag: string) => (isWeak(tag) ? tag.slice(2) : tag);
const isSameWeakly = (one: string, other: string) => opaque(one) === opaque(other);
const isSameStrongly = (one: string, other: string) => one === other && !isWeak(one);
