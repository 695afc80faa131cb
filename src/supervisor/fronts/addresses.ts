// Addresses of listeners: their bytes in the order of the network, and as people write them. Pure.

import { textOfAddress } from "../../core/addresses.ts";
import type { ListeningSocket } from "../../os/operating-system.ts";

type Addressed = Pick<ListeningSocket, "address">;

export const bytesOf = ({ address }: Addressed): Uint8Array => Uint8Array.fromHex(address);

/** As people write it: `127.0.0.1`, `[::1]`. */
export function describeAddress(socket: Addressed): string {
  const text = textOfAddress(bytesOf(socket));
  return text.includes(":") ? `[${text}]` : text;
}

/** Clients get to whoever listens at exactly the address that they ask for, and else to those who listen at all. */
export function takesClientsOf(own: Addressed, other: Addressed): boolean {
  return own.address === other.address || /^0+$/.test(own.address);
}
