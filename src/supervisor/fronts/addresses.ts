// Addresses of listeners: their bytes in the order of the network, and as people write them. Pure.

import type { ListeningSocket } from "../../os/operating-system.ts";

type Addressed = Pick<ListeningSocket, "address">;

export const bytesOf = ({ address }: Addressed): Uint8Array => Uint8Array.fromHex(address);

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
