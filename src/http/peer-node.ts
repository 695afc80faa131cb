// An address as a proxy writes it in a header, with or without a port. Pure.

import { isIP } from "node:net";
import { plainAddress } from "../core/addresses.ts";

export type PeerNode = { address: string; port: number | undefined };

/** An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; undefined for no address. */
export function readNode(text: string): PeerNode | undefined {
  if (isIP(text) !== 0) return { address: plainAddress(text), port: undefined };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  if (address === undefined || isIP(address) !== (match?.[1] === undefined ? 4 : 6)) return undefined;
  return { address: plainAddress(address), port: portOf(match?.[3]) };
}

export function portOf(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
