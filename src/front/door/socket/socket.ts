// The shape of the runtime's sockets, as far as this door uses it; the types of Bun 1.4.5 do not know all of it.

import type { PeerCertificate } from "node:tls";

/** Who is told of what comes on a socket. */
export interface SocketListener {
  onData(bytes: Buffer): void;
  onDrain(): void;
  onEnd(): void;
  onClosed(): void;
}

export interface RawSocket {
  data: SocketListener;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number;
  readonly fd: number;
  /** How many bytes were taken; the others are not kept, and `drain` tells that there is room again. Negative once closed. */
  write(bytes: Uint8Array): number;
  write(text: string, encoding: "latin1"): number;
  pause(): void;
  resume(): void;
  /** Closes this end only; with TLS it says so first. */
  shutdown(): void;
  /** What was written is still sent, but for a client that goes on sending. With TLS it says goodbye. */
  close(): void;
  /** With a reset. */
  terminate(): void;
  // ---- with TLS -------------------------------------------------------------------------------------------
  readonly authorized: boolean;
  readonly alpnProtocol: string | false | null;
  getServername(): string | false | undefined;
  getTLSVersion(): string;
  getCipher(): { name: string; standardName: string } | undefined;
  getPeerCertificate(): PeerCertificate | undefined;
  /** This end's own. */
  getCertificate(): PeerCertificate | undefined;
  isSessionReused(): boolean;
  disableRenegotiation(): void;
}

/** What the runtime tells of a socket. With `allowHalfOpen` the end of what a client sends is not the end of the socket. */
export type RawHandlers = {
  open(socket: RawSocket): void;
  handshake(socket: RawSocket, isDone: boolean, fault: { code?: string; message?: string } | null): void;
  data(socket: RawSocket, bytes: Buffer): void;
  /** Also told where nobody waits for it. */
  drain(socket: RawSocket): void;
  end(socket: RawSocket): void;
  close(socket: RawSocket): void;
  error(socket: RawSocket, error: Error): void;
};
