// What stands behind the ends of the connection in a preface of version 2: facts of a type, a length and a value each. Pure.

import { crc32c } from "./crc32c.ts";
import type { ProxiedClient, ProxiedTls } from "./preface.ts";

const ALPN = 0x01;
const AUTHORITY = 0x02;
const CRC32C = 0x03;
const UNIQUE_ID = 0x05;
const TLS = 0x20;
const TLS_VERSION = 0x21;
const TLS_COMMON_NAME = 0x22;
const TLS_CIPHER = 0x23;

/** Bits of the first byte of the fact on TLS. */
const IS_TLS = 1;
const SHOWED_CERTIFICATE = 2 | 4;
/** That byte, and the verdict on the client's certificate: 0 for a good one. */
const TLS_HEAD_BYTES = 5;
const CHECKSUM_BYTES = 4;
/** The protocol's own limit. */
const LONGEST_ID = 128;

export type ProxiedFacts = Omit<ProxiedClient, "source" | "destination">;

/** What is told from `at` on; or, in words, why that cannot be read. */
export function readFacts(preface: Uint8Array, at: number): ProxiedFacts | string {
  const found = split(preface, at);
  if (!found) return "the facts in the preface are cut off";
  const checksum = found.get(CRC32C);
  if (checksum && !isWhole(preface, checksum)) return "the checksum of the preface does not match";
  const id = found.get(UNIQUE_ID);
  if (id && id.length > LONGEST_ID) return `the unique id in the preface has more than ${LONGEST_ID} bytes`;
  const tls = found.get(TLS);
  const told = tls && readTls(tls);
  if (typeof told === "string") return told;
  return {
    ...textAs("protocol", found.get(ALPN)),
    ...textAs("authority", found.get(AUTHORITY)),
    ...(id && id.length > 0 && { uniqueId: idOf(id) }),
    ...(told && { tls: told }),
  };
}

/** Of several of one type the first one counts. Undefined where one is longer than what there is. */
function split(bytes: Uint8Array, from: number): Map<number, Uint8Array> | undefined {
  const found = new Map<number, Uint8Array>();
  let at = from;
  while (at < bytes.length) {
    const end = at + 3 + (((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
    if (at + 3 > bytes.length || end > bytes.length) return undefined;
    const type = bytes[at] as number;
    if (!found.has(type)) found.set(type, bytes.subarray(at + 3, end));
    at = end;
  }
  return found;
}

/** The checksum is that of the whole preface, with zeros in its own place. */
function isWhole(preface: Uint8Array, checksum: Uint8Array): boolean {
  if (checksum.length !== CHECKSUM_BYTES) return false;
  const blank = Uint8Array.from(preface);
  const at = checksum.byteOffset - preface.byteOffset;
  blank.fill(0, at, at + CHECKSUM_BYTES);
  return crc32c(blank) === new DataView(checksum.buffer, checksum.byteOffset).getUint32(0);
}

/** Undefined where the client has not spoken TLS. */
function readTls(bytes: Uint8Array): ProxiedTls | string | undefined {
  const found = bytes.length < TLS_HEAD_BYTES ? undefined : split(bytes, TLS_HEAD_BYTES);
  if (!found) return "what the preface tells of TLS is cut off";
  const bits = bytes[0] as number;
  if ((bits & IS_TLS) === 0) return undefined;
  const verified = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) === 0;
  const name = textAs("commonName", found.get(TLS_COMMON_NAME));
  return {
    ...textAs("version", found.get(TLS_VERSION)),
    ...textAs("cipher", found.get(TLS_CIPHER)),
    ...((bits & SHOWED_CERTIFICATE) !== 0 && { certificate: { verified, ...name } }),
  };
}

/** Any bytes by the protocol; in practice they are words. */
function idOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  return /^[\x21-\x7e]+$/.test(text) ? text : Buffer.from(bytes).toString("hex");
}

/** A client may have chosen it: nothing in it can end a line or a field. An empty one says nothing. */
function textAs<N extends string>(name: N, value: Uint8Array | undefined): { [K in N]?: string } {
  if (!value || value.length === 0) return {};
  const text = Buffer.from(value).toString("utf8").replace(/\p{C}/gu, "\ufffd");
  return { [name]: text } as { [K in N]?: string };
}
