// The one reserved header: facts about a request that HTTP itself cannot carry from the front to a worker.
// The front strips every client header under the prefix; the worker takes the facts and hides the header again.
// Value: TOKEN SCHEME ID ADDRESS PORT QUEUED-MS [@PORT@ADDRESS] [=PROTOCOL] [+CHANNEL] [~TLS] [ABOVE], separated by single spaces; `-` for an
// unknown address. Behind the at signs: where the client reached the front; CHANNEL: see handed-file.ts; behind the tilde: see
// tls/told-tls.ts.

import { UNIX_CLIENT } from "../core/addresses.ts";

/** No client request and no app response passes a header whose name begins so. */
export const RESERVED_PREFIX = "x-gw-";
export const VISIT_HEADER = "x-gw-visit";

export type VisitFacts = {
  /** Proves that the front speaks. */
  token: string;
  /** Request id, as in the log and in gw's own error answers. */
  id: string;
  scheme: string;
  /** The client's address, without brackets; empty when unknown. */
  address: string;
  port: number;
  /** Where the client reached the front; left out when unknown. */
  local?: { address: string; port: number } | undefined;
  /** How long the request waited in the front's queue, in milliseconds. */
  queuedMs: number;
  /**
   * What stands in the client's own target in the place of the first slash of the one that the worker gets: `/shop/`, or
   * `/shop` where the path ends there. Only where the front takes off a mount.
   */
  above?: string | undefined;
  /** What TLS has settled for the client's connection, where the worker is to know it. */
  tls?: string | undefined;
};

export function encodeVisit({ token, id, queuedMs, above, tls, ...peer }: VisitFacts): string {
  return visitPieces(token, id, sayPeer(peer), queuedMs, above, tls).join("");
}

/** What the value says of the client's connection, around what it says of the request. */
export type PeerText = { readonly scheme: string; readonly address: string; readonly local: string };

/** The same for all requests of a connection: worth to be kept. */
export function sayPeer({
  scheme,
  address,
  port,
  local,
}: Pick<VisitFacts, "scheme" | "address" | "port" | "local">): PeerText {
  return {
    scheme: ` ${scheme} `,
    address: ` ${address === UNIX_CLIENT ? "-" : address || "-"} ${port} `,
    local: local ? ` @${local.port}@${local.address}` : "",
  };
}

/** The client's own protocol, behind what is said of its connection, for workers that are told of it. */
export const sayProtocol = (protocol: string): string => ` =${protocol}`;

/** The value in pieces, for who writes it among other bytes: to join them first would cost as much as the rest of a head. */
export function visitPieces(
  token: string,
  id: string,
  { scheme, address, local }: PeerText,
  queuedMs: number,
  above: string | undefined,
  tls?: string | undefined,
): string[] {
  const pieces = [token, scheme, id, address, String(queuedMs), local];
  if (tls !== undefined) pieces.push(" ~", tls);
  if (above !== undefined) pieces.push(" ", above);
  return pieces;
}

const COUNT = /^\d{1,15}$/;
const TLS = /^~([\w-]+)$/;
const LOCAL = /^@(\d{1,5})@([^@]+)$/;

/** The facts, or undefined when the value was not written by `encodeVisit`. */
export function decodeVisit(value: string): VisitFacts | undefined {
  const [token, scheme, id, address, port, queuedMs, ...more] = value.split(" ");
  if (!token || !id || !scheme || !address || !port || !queuedMs) return undefined;
  const local = LOCAL.exec(more[0] ?? "");
  const withProtocol = local ? more.slice(1) : more;
  const withChannel = withProtocol[0]?.startsWith("=") ? withProtocol.slice(1) : withProtocol;
  const behind = withChannel[0]?.startsWith("+") ? withChannel.slice(1) : withChannel;
  const tls = TLS.exec(behind[0] ?? "")?.[1];
  const [above, ...rest] = tls === undefined ? behind : behind.slice(1);
  if (rest.length > 0 || (above !== undefined && !above.startsWith("/"))) return undefined;
  if (!COUNT.test(port) || !COUNT.test(queuedMs)) return undefined;
  return {
    token,
    id,
    scheme,
    address: address === "-" ? "" : address,
    port: Number(port),
    queuedMs: Number(queuedMs),
    ...(local && { local: { address: local[2] as string, port: Number(local[1]) } }),
    ...(above !== undefined && { above }),
    ...(tls !== undefined && { tls }),
  };
}
