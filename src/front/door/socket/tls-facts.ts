// What the TLS of a socket has settled. Most requests want none of it, so the socket is asked only then.

import type { PeerCertificate } from "node:tls";
import type { TlsFacts } from "../client.ts";
import type { RawSocket } from "./socket.ts";

export class SocketTls implements TlsFacts {
  readonly serverName: string | undefined;
  readonly alpn: string | undefined;
  readonly certificateFault: string | undefined;
  readonly #socket: RawSocket;
  readonly #asksForCertificate: boolean;

  /** `fault`: what the handshake said of the client's certificate; `asksForCertificate`: it was asked for one. */
  constructor(socket: RawSocket, fault: string | undefined, asksForCertificate: boolean) {
    this.#socket = socket;
    this.#asksForCertificate = asksForCertificate;
    this.serverName = socket.getServername() || undefined;
    this.alpn = socket.alpnProtocol || undefined;
    // Of a client that has shown none, the handshake says something as well.
    if (asksForCertificate && !socket.authorized && this.certificate)
      this.certificateFault = fault ?? "UNSPECIFIED";
  }

  get protocol(): string {
    return this.#socket.getTLSVersion();
  }

  get cipher(): string {
    return this.#socket.getCipher()?.name ?? "";
  }

  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  get certificate(): PeerCertificate | undefined {
    const shown = this.#asksForCertificate ? this.#socket.getPeerCertificate() : undefined;
    return shown?.raw ? shown : undefined;
  }
}
