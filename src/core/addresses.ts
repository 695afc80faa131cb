// Addresses of IPv4 and IPv6 as text. Pure.

import { isIPv4, isIPv6 } from "node:net";

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
