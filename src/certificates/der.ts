// DER (X.690): the few forms of values that a certificate is made of, as bytes. Pure. Written here because a certificate of
// our own is one structure of 400 bytes, and the libraries for it bring a dozen packages and a change of the global Reflect.

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Of a value whose kind is told by its place. */
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** A tag, a length, and the value's own bytes. */
function value(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

/** Up to 127 in one byte; else how many bytes it takes, and these. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Uint8Array[]) => value(SEQUENCE, ...parts);
export const set = (...parts: readonly Uint8Array[]) => value(SET, ...parts);
export const yes = () => value(BOOLEAN, Buffer.from([0xff]));
export const utf8 = (text: string) => value(UTF8_STRING, Buffer.from(text));
export const octets = (bytes: Uint8Array) => value(OCTET_STRING, bytes);
/** A constructed value that is told by its place. */
export const explicit = (place: number, content: Uint8Array) => value(CONTEXT | CONSTRUCTED | place, content);
/** A primitive value that is told by its place. */
export const implicit = (place: number, content: Uint8Array) => value(CONTEXT | place, content);
/** Whole bytes, or fewer bits: the last `unused` ones of them are none. */
export const bits = (bytes: Uint8Array, unused = 0) => value(BIT_STRING, Buffer.from([unused]), bytes);

/** Not negative, its bytes from the highest. */
export function integer(bytes: Uint8Array): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? Buffer.from([0]) : bytes.subarray(from);
  const isNegative = ((digits[0] ?? 0) & 0x80) !== 0;
  return value(INTEGER, ...(isNegative ? [Buffer.from([0])] : []), digits);
}

/** From its usual form, `1.2.840.10045.2.1`. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return value(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...rest.flatMap(groupsOfSeven)]));
}

function groupsOfSeven(number: number): number[] {
  const groups = [number & 0x7f];
  for (let rest = Math.floor(number / 0x80); rest > 0; rest = Math.floor(rest / 0x80))
    groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

/** To the second. Certificates have two digits for years before 2050 (RFC 5280 section 4.1.2.5). */
export function time(ms: number): Buffer {
  const date = new Date(ms);
  const digits = `${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? value(UTC_TIME, Buffer.from(digits.slice(2)))
    : value(GENERALIZED_TIME, Buffer.from(digits));
}
