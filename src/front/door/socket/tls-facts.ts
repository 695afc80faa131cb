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
  #protocol: string | undefined;
  #cipher: string | undefined;

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

  /** Remembered: many requests may want to know. */
  get protocol(): string {
    this.#protocol ??= this.#socket.getTLSVersion() || undefined;
    return this.#protocol ?? "";
  }

  get cipher(): string {
    this.#cipher ??= this.#socket.getCipher()?.name || undefined;
    return this.#cipher ?? "";
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
