// What the TLS of a socket has settled. Most requests want none of it, so the socket is asked only then.

import type { PeerCertificate } from "node:tls";
import { CERTIFICATE_BYTES, type TlsFacts } from "../client.ts";
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
    const shown = this.certificate;
    if (shown && !socket.authorized) this.certificateFault = fault ?? "UNSPECIFIED";
    else if (shown && shown.raw.length > CERTIFICATE_BYTES) this.certificateFault = "CERT_TOO_LARGE";
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

  get ownCertificate(): PeerCertificate | undefined {
    return this.#socket.getCertificate();
  }
}
