// A client as the front sees it, whatever protocol it speaks: what it asks, and the ways to answer it. Each door has its own
// kind of it. Versions, framing and how a connection goes on after an answer are a door's affair; nobody else knows of them.

import type { PeerCertificate } from "node:tls";
import type { Cause, GwError } from "../../core/errors.ts";
import type { ProxiedClient } from "../../http/proxy-protocol/preface.ts";
import type { PeerText } from "../../http/reserved.ts";

/** Where a client is, and how it has reached the front: the same for all that comes on one connection. */
export interface ClientPeer {
  /** The client's. */
  readonly address: string;
  readonly port: number;
  /** Where the client has reached the front. */
  readonly local: LocalAddress | undefined;
  readonly scheme: "http" | "https";
  /** What a proxy has told of the client's own connection, by the PROXY protocol. */
  readonly proxied?: ProxiedClient | undefined;
  /** How workers are told of it; made with the first request that reaches one. */
  said?: PeerText | undefined;
  /** What its TLS connection has settled; undefined without TLS, and at a door that cannot tell. */
  readonly tls?: TlsFacts | undefined;
}

/** A client's certificate that is larger is not taken: with each request its worker is told of it, in a head of at most 16 kB. */
export const CERTIFICATE_BYTES = 8192;

/** What a TLS handshake has settled. A resumed session keeps the client certificate, and the verdict, of its first one. */
export type TlsFacts = {
  /** For example `TLSv1.3`. */
  protocol: string;
  /** In the words of OpenSSL. */
  cipher: string;
  /** The server that the client has named (SNI), as sent; undefined for none. */
  serverName: string | undefined;
  /** The protocol that was agreed on (ALPN); undefined for none. */
  alpn: string | undefined;
  isResumed: boolean;
  /** The client's certificate, good or not; undefined where it has shown none. Read from the connection when asked for. */
  readonly certificate: PeerCertificate | undefined;
  /** What is wrong with it, in OpenSSL's code; undefined for a good one, and for none. */
  readonly certificateFault: string | undefined;
  /** What the client was shown. */
  readonly ownCertificate: PeerCertificate | undefined;
};

export type LocalAddress = { address: string; port: number };

/** Where the pieces of a request body go. */
export interface BodyReceiver {
  onPiece(piece: Uint8Array): void;
  onBodyEnd(): void;
}

/** Told when the client leaves, takes bytes again, or cannot be read on. */
export interface ClientListener {
  onGone(): void;
  onWritable(): void;
  /** What it sends of the body breaks a rule of its protocol, and nothing more of it comes. */
  onBroken(error: GwError): void;
}

/**
 * One request's client. It gets one answer: whole, or a head, pieces and an end, or a switch to another protocol. Whatever is
 * done after that, or after the client has left, does nothing.
 *
 * Fields are flat [name, value …]. Those of an answer hold nothing of the connection and no length: the door writes them.
 */
export interface Client {
  // ---- what it asks ---------------------------------------------------------------------------------------

  readonly method: string;
  /** Its protocol and version, as a request line has them. */
  readonly protocol: string;
  /** The request target exactly as sent. */
  readonly target: string;
  readonly fields: readonly string[];
  readonly peer: ClientPeer;
  /** How the head breaks a rule of its protocol that the parser let pass; undefined for a good one. */
  readonly malformed: string | undefined;
  /** The request need not say which host it is for. */
  readonly mayOmitHost: boolean;
  readonly hasBody: boolean;
  /** A length was sent, which may be that of no body at all. */
  readonly sentLength: boolean;
  /** It is asked to go on as a WebSocket. */
  readonly wantsWebSocket: boolean;
  /** Understands what comes before the answer, the 100 among it. */
  readonly takesInterim: boolean;
  /** Understands fields that follow a body. */
  readonly takesTrailers: boolean;

  // ---- the request's body ---------------------------------------------------------------------------------

  /** The whole body has been received. */
  readonly isBodyComplete: boolean;
  /** Pieces go to `receiver` from now on; the ones that came early go at once. */
  receiveBody(receiver: BodyReceiver): void;
  /** What has been read already may still come. */
  pauseBody(): void;
  resumeBody(): void;
  /** The client may send the body that it holds back. */
  sendContinue(): void;

  // ---- the answer -----------------------------------------------------------------------------------------

  /** Who hears of it; nobody does once the answer is complete. */
  listener: ClientListener | undefined;
  /** True from the first byte of the final answer. */
  readonly isAnswered: boolean;
  /**
   * It broke a rule: nothing more of what it sends is taken, and where requests come one behind the other, none that
   * follows. To be said before the answer.
   */
  refuseMore(): void;
  /** Says something before the answer, unless the client has yet to take what was said before. */
  sendInterim(status: number, reason: string, fields: readonly string[]): void;
  /** A whole answer with its body, which may be empty. */
  answer(status: number, reason: string, fields: readonly string[], body: Uint8Array | string): void;
  /** A whole answer that has no body by rule; `length`: that of the body which there would have been otherwise, if known. */
  answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void;
  /** Sends the head; a body of this length follows, if that is known. */
  sendHead(status: number, reason: string, fields: readonly string[], length?: number): void;
  /** False: the client does not keep up; the next piece should wait for `onWritable`. */
  write(piece: Uint8Array): boolean;
  /** Bytes that it takes now before it holds up the rest, where it has told its end of that; may be below 0. Undefined: nobody knows. */
  readonly room?: number | undefined;
  /** True: a piece for which `write` has not returned false has left its memory, which may be used again at once. */
  readonly leavesMemory?: boolean;
  /**
   * Has the kernel move bytes of an open file to the client, behind all that was written in earlier turns of the loop: how many, 0
   * when it takes none now, which nobody tells the end of. "later": what was written comes first; `onWritable` follows. Undefined,
   * as where there is no such thing: they are to be written. Not in one turn with a write, nor on the stack of a call from the door.
   */
  sendFile?(descriptor: number, position: number, count: number): number | "later" | undefined;
  /** The body is whole. `trailers`: fields to follow one whose length was not told. */
  end(trailers?: readonly string[]): void;
  /**
   * Switches to the protocol that it has asked for; undefined when the client has left. `fields` of the answer, and the
   * `reason` of a protocol that knows such a thing.
   */
  openTunnel(reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined;
  /** Ends it at once, so that the client can tell that the answer is not whole. */
  cut(): void;
  /** The same, once the client has taken what it was given before; absent at doors, which keep none of that for long. */
  cutBehind?(): void;

  // ---- the end of the answer ------------------------------------------------------------------------------

  /** The answer is complete, and the client has yet to take some of it. */
  readonly isTaking: boolean;
  /** Whether the client, however slow, has taken some of what is here since this was asked, or bytes were given. */
  hasTakenSome(): boolean;
  /** Of an answer that is complete, what somebody between it and the door has yet to give it; absent for nothing. */
  readonly heldBytes?: number;
  /**
   * For an answer that is complete: runs `act` once nothing of it is here any more. At once when the client has taken it,
   * and at the latest when its connection is closed or given to the next request. With a cause where it cannot be given the rest: it is to be cut.
   */
  whenSettled(act: (cause?: Cause) => void): void;
}

/** Told of a client that has left HTTP: of its end once. */
export interface TunnelListener {
  onClientBytes(bytes: Uint8Array): void;
  onClientWritable(): void;
  onClientClosed(): void;
}

/** The client's end of what has left HTTP: bytes as they come. */
export interface ClientTunnel {
  /** False: send no more until `onClientWritable`. */
  write(bytes: Uint8Array): boolean;
  pause(): void;
  resume(): void;
  /** Closes it behind what the client has yet to take, of which nothing is lost. */
  end(): void;
}
