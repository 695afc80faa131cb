// Where the client of a socket is, and how it has come: read once, for all that it asks.

import { plainAddress, UNIX_CLIENT } from "../../../core/addresses.ts";
import type { ProxiedClient } from "../../../http/proxy-protocol/preface.ts";
import type { PeerText } from "../../../http/reserved.ts";
import type { ClientPeer, LocalAddress, TlsFacts } from "../client.ts";
import type { RawSocket } from "./socket.ts";

/** The ends of connections, as a door sees them. This machine's own are few: one object for each, however many clients there are. */
export class SocketEnds {
  readonly #isUnix: boolean;
  readonly #all: LocalAddress[] = [];

  /** `isUnix`: clients come by a UNIX socket. */
  constructor(isUnix = false) {
    this.#isUnix = isUnix;
  }

  /** Of the other end; empty where it was gone before this was asked. */
  addressOf({ remoteAddress }: RawSocket): string {
    return this.#isUnix ? UNIX_CLIENT : plainAddress(remoteAddress ?? "");
  }

  localOf({ localAddress, localPort }: RawSocket): LocalAddress | undefined {
    if (localAddress === undefined) return undefined;
    const address = plainAddress(localAddress);
    const known = this.#all.find((one) => one.port === localPort && one.address === address);
    if (known) return known;
    const local = { address, port: localPort };
    this.#all.push(local);
    return local;
  }
}

export class SocketPeer implements ClientPeer {
  readonly address: string;
  readonly port: number;
  readonly local: LocalAddress | undefined;
  readonly scheme: "http" | "https";
  readonly tls: TlsFacts | undefined;
  readonly proxied: ProxiedClient | undefined;
  said: PeerText | undefined;

  /** `proxied`: what a proxy tells of the client; then the connection's own ends say nothing of it. */
  constructor(socket: RawSocket, ends: SocketEnds, tls?: TlsFacts, proxied?: ProxiedClient) {
    const { source, destination } = proxied ?? {
      source: { address: ends.addressOf(socket), port: socket.remotePort ?? 0 },
      destination: ends.localOf(socket),
    };
    this.address = source?.address ?? "";
    this.port = source?.port ?? 0;
    this.local = destination;
    this.scheme = tls || proxied?.tls ? "https" : "http";
    this.tls = tls;
    this.proxied = proxied;
  }
}
