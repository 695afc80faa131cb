// Where the client of a socket is, and how it has come: read once, for all that it asks.

import { plainAddress } from "../../../core/addresses.ts";
import type { PeerText } from "../../../http/reserved.ts";
import type { ClientPeer, LocalAddress, TlsFacts } from "../client.ts";
import type { RawSocket } from "./socket.ts";

/** This machine's addresses that clients have come by: one object for each, however many clients there are. */
export class LocalAddresses {
  readonly #all: LocalAddress[] = [];

  of({ localAddress, localPort }: RawSocket): LocalAddress | undefined {
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
  readonly tls: TlsFacts | undefined;
  said: PeerText | undefined;

  constructor(socket: RawSocket, local: LocalAddresses, tls?: TlsFacts) {
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.port = socket.remotePort ?? 0;
    this.local = local.of(socket);
    this.tls = tls;
  }

  get scheme(): "http" | "https" {
    return this.tls ? "https" : "http";
  }
}
