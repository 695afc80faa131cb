// Addresses of listeners: their bytes in the order of the network, and as people write them. Pure.

import { isIPv4, isIPv6 } from "node:net";
import type { ListeningSocket } from "../../os/operating-system.ts";

type Addressed = Pick<ListeningSocket, "address">;

export const bytesOf = ({ address }: Addressed): Uint8Array => Uint8Array.fromHex(address);

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

/** As people write it: `127.0.0.1`, `[::1]`. */
export function describeAddress(socket: Addressed): string {
  const bytes = bytesOf(socket);
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${words.join(":")}]/`).hostname;
}

/** Clients get to whoever listens at exactly the address that they ask for, and else to those who listen at all. */
export function takesClientsOf(own: Addressed, other: Addressed): boolean {
  return own.address === other.address || /^0+$/.test(own.address);
}
