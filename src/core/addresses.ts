// Addresses of IPv4 and IPv6 as text, and places where clients come in. Pure.

import { isIPv4, isIPv6 } from "node:net";

/** `unix`: the path of a UNIX socket, or behind an at sign a name that has no file. */
export type ListenPlace = { host: string; port: number } | { unix: string };

/** A listening socket that another process has bound, and that gw has inherited. */
export type HandedSocket = ListenPlace & { descriptor: number };

/** What a service manager has handed over; `wrong`: what of it gw cannot take clients from, in sentences. */
export type Handed = { sockets: readonly HandedSocket[]; wrong: readonly string[] };

/** An IPv4 address in the clothes of IPv6 is shown as what it is. */
export const plainAddress = (address: string) => address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");

/** The bytes of an address that is written as numbers; undefined for a name, and where a network interface stands behind it. */
export function bytesOfLiteral(host: string): Uint8Array | undefined {
  const text = host.replace(/^\[|\]$/g, "");
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  // The URL parser also understands the forms that end like IPv4.
  const [head = "", tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const wordsOf = (part = "") =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const [left, right] = [wordsOf(head), wordsOf(tail)];
  const words = [...left, ...Array(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/**
 * In the place of an address: whoever comes by a UNIX socket. No text at all is something else: a client that was gone before
 * anybody could ask, who may have come from anywhere.
 */
export const UNIX_CLIENT = "unix:";

/** The other way: four bytes of IPv4, or sixteen of IPv6, as people write them, without brackets. */
export function textOfAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (Buffer.from(bytes.subarray(0, 12)).toString("hex") === MAPPED) return bytes.subarray(12).join(".");
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${words.join(":")}]/`).hostname.slice(1, -1);
}

/** What stands before an IPv4 address in the clothes of IPv6. */
const MAPPED = `${"00".repeat(10)}ffff`;

const REMEMBERED_MOST = 1024;
const NETWORK_BYTES = 8;

/** By which clients are told apart: whoever has one address of IPv6 has the whole /64 that it is in (RFC 6177). */
export function createNetworks(): (address: string) => string {
  const remembered = new Map<string, string>();
  return (address) => {
    if (!address.includes(":")) return address;
    const known = remembered.get(address);
    if (known !== undefined) return known;
    const network = isIPv6(address) ? networkIn(address) : address;
    // Addresses come from anywhere.
    if (remembered.size >= REMEMBERED_MOST) remembered.clear();
    remembered.set(address, network);
    return network;
  };
}

function networkIn(address: string): string {
  const bytes = bytesOfLiteral(address);
  return bytes ? Buffer.from(bytes.subarray(0, NETWORK_BYTES)).toString("hex") : address;
}
