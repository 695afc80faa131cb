// What a program sees of the socket of a request that came through a front: both ends of the client's own connection, and
// whether that was encrypted. One connection of the front carries many clients, one after the other, so that the socket
// is given the facts of each request anew. Nothing of them is decoded before the program asks.

import { X509Certificate } from "node:crypto";
import { isIP, isIPv6, type Socket } from "node:net";
import { decodeVisit, type VisitFacts } from "../../http/reserved.ts";
import { decodeTls, type ToldTls } from "../../http/tls/told-tls.ts";

/** As Bun's `server.requestIP` and node's `socket.address()` give it. */
export type SocketAddress = { address: string; family: "IPv4" | "IPv6"; port: number };

/** `scheme`: instead of the client's. `publicAddress`: where clients reach the front, where that has not said it. */
export type ShownToApps = { scheme: string | undefined; publicAddress: { host: string; port: number } };

const FACTS = Symbol("gw facts");
type MarkedSocket = Socket & { [FACTS]?: string };

/** `facts`: the reserved field's value. */
export function showClient(socket: MarkedSocket, facts: string, shown: ShownToApps): void {
  if (socket[FACTS] === undefined) dress(socket, shown);
  socket[FACTS] = facts;
}

/** What the front says of the request that is on this connection now. */
export const factsOn = (socket: MarkedSocket): string => socket[FACTS] ?? "";

/** Undefined where it is unknown, as with a UNIX listener. */
export function addressOfClient({ address, port }: VisitFacts): SocketAddress | undefined {
  return address === "" ? undefined : withFamily(address, port);
}

function dress(socket: MarkedSocket, { scheme, publicAddress }: ShownToApps): void {
  const facts = () => decodeVisit(socket[FACTS] ?? "");
  const client = () => {
    const known = facts();
    return known && addressOfClient(known);
  };
  const local = () => {
    const { address, port } = facts()?.local ?? { address: publicAddress.host, port: publicAddress.port };
    return isOneAddress(address) ? withFamily(address, port) : undefined;
  };
  const getters: Record<string, () => unknown> = {
    remoteAddress: () => client()?.address,
    remotePort: () => client()?.port,
    remoteFamily: () => client()?.family,
    localAddress: () => local()?.address,
    localPort: () => local()?.port ?? publicAddress.port,
    localFamily: () => local()?.family,
    // What Express, Koa and Fastify make `req.protocol` of.
    encrypted: () => (scheme ?? facts()?.scheme) === "https",
    address: () => () => local() ?? {},
    ...settledTls(facts),
  };
  for (const [name, get] of Object.entries(getters)) {
    // A program may set its own, as some do behind a proxy of theirs.
    const set = (value: unknown) => void Object.defineProperty(socket, name, { value, writable: true });
    Object.defineProperty(socket, name, { configurable: true, get, set });
  }
}

/** As a socket of node:tls has it; undefined, as where there is no TLS, unless the group asks for certificates or is told of TLS. */
function settledTls(facts: () => VisitFacts | undefined): Record<string, () => unknown> {
  const tls = () => {
    const word = facts()?.tls;
    return word === undefined ? undefined : decodeTls(word);
  };
  const whereKnown = (make: (known: ToldTls) => unknown) => () => {
    const known = tls();
    return known && make(known);
  };
  return {
    authorized: whereKnown(({ certificate, fault }) => certificate !== undefined && fault === undefined),
    authorizationError: whereKnown(({ fault }) => fault ?? null),
    servername: whereKnown(({ serverName }) => serverName ?? false),
    getProtocol: whereKnown(
      ({ protocol }) =>
        () =>
          protocol,
    ),
    getCipher: whereKnown(({ protocol: version, cipher: name }) => () => ({
      ...{ name, standardName: name, version },
    })),
    getPeerCertificate: whereKnown(({ certificate }) => () => {
      return certificate ? new X509Certificate(certificate).toLegacyObject() : {};
    }),
  };
}

const withFamily = (address: string, port: number): SocketAddress => ({
  address,
  family: isIPv6(address) ? "IPv6" : "IPv4",
  port,
});

/** Neither a name nor all of the machine's. */
const isOneAddress = (address: string) => isIP(address) !== 0 && address !== "0.0.0.0" && address !== "::";
