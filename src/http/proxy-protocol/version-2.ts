// Version 2 of the PROXY protocol: a signature, what it is about, a length, two ends of a connection, and further facts. Pure.

import { textOfAddress } from "../../core/addresses.ts";
import { readFacts } from "./facts.ts";
import { PREFACE_BYTES, type Preface, type ProxiedClient, type ProxiedEnd, wrong } from "./preface.ts";

export const SIGNATURE = Uint8Array.from([13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]);

/** Up to where the ends begin. */
const HEAD_BYTES = 16;
const VERSION = 2;
/** The proxy speaks for itself, to see whether gw lives for example. */
const LOCAL = 0;
const PROXY = 1;

/** By the upper four bits: how long an address is; the ports follow those of IPv4 and IPv6. */
const UNSPECIFIED = 0;
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 16 };
const UNIX = 3;
const UNIX_BYTES = 216;
/** By the lower four: the client may have come to the proxy in datagrams, as in HTTP/3. */
const STREAM = 1;
const DATAGRAM = 2;

export function readVersion2(bytes: Uint8Array): Preface {
  if (bytes.length < HEAD_BYTES) return { state: "short", most: PREFACE_BYTES };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, command] = [view.getUint8(12) >> 4, view.getUint8(12) & 15];
  if (version !== VERSION) return wrong(`the preface is of version ${version}`);
  if (command !== LOCAL && command !== PROXY) return wrong(`the preface has the unknown command ${command}`);
  const length = HEAD_BYTES + view.getUint16(14);
  if (length > PREFACE_BYTES) return wrong(`the preface has ${length} bytes, more than ${PREFACE_BYTES}`);
  if (bytes.length < length) return { state: "short", most: length };
  if (command === LOCAL) return { state: "whole", bytes: length };
  return readProxied(bytes.subarray(0, length));
}

function readProxied(preface: Uint8Array): Preface {
  const family = preface[13] as number;
  const read = readEnds(preface, family >> 4, family & 15);
  if (!read)
    return wrong(
      `the preface has an unknown family, 0x${family.toString(16).padStart(2, "0")}, or too few bytes for it`,
    );
  const facts = readFacts(preface, read.end);
  if (typeof facts === "string") return wrong(facts);
  const whole = { state: "whole", bytes: preface.length } as const;
  return read.ends ? { ...whole, client: { ...read.ends, ...facts } } : whole;
}

type Ends = Pick<ProxiedClient, "source" | "destination">;

/** `ends`: undefined where the proxy does not tell; `end`: where the further facts begin. */
function readEnds(
  preface: Uint8Array,
  family: number,
  kind: number,
): { ends: Ends | undefined; end: number } | undefined {
  if (family === UNSPECIFIED && kind <= DATAGRAM) return { ends: undefined, end: HEAD_BYTES };
  if (kind !== STREAM && kind !== DATAGRAM) return undefined;
  if (family === UNIX) return endsFit(preface, UNIX_BYTES, {});
  const size = ADDRESS_BYTES[family];
  if (size === undefined || preface.length < HEAD_BYTES + 2 * size + 4) return undefined;
  const view = new DataView(preface.buffer, preface.byteOffset, preface.length);
  const endAt = (which: 0 | 1): ProxiedEnd => ({
    address: textOfAddress(preface.subarray(HEAD_BYTES + which * size, HEAD_BYTES + (which + 1) * size)),
    port: view.getUint16(HEAD_BYTES + 2 * size + 2 * which),
  });
  return endsFit(preface, 2 * size + 4, { source: endAt(0), destination: endAt(1) });
}

function endsFit(preface: Uint8Array, bytes: number, ends: Ends): { ends: Ends; end: number } | undefined {
  const end = HEAD_BYTES + bytes;
  return preface.length < end ? undefined : { ends, end };
}
