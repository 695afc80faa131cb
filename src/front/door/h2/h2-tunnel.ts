// The client's end of a WebSocket that has its way over a stream of HTTP/2 (RFC 8441): what it sends is the body of its
// request, what it gets is that of its answer.

import type { BodyReceiver, ClientTunnel, TunnelListener } from "../client.ts";
import type { RequestBody } from "./request-body.ts";

/** The stream that it is on. */
export interface TunnelStream {
  readonly isGone: boolean;
  readonly body: RequestBody;
  put(piece: Uint8Array): boolean;
  finishSending(): void;
}

export class H2Tunnel implements ClientTunnel, BodyReceiver {
  readonly #stream: TunnelStream;
  readonly #listener: TunnelListener;
  #isFull = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(stream: TunnelStream, listener: TunnelListener) {
    this.#stream = stream;
    this.#listener = listener;
  }

  // ---- from the front -------------------------------------------------------------------------------------

  write(bytes: Uint8Array): boolean {
    if (this.#stream.isGone || this.#hasEnded || bytes.length === 0) return true;
    this.#isFull = !this.#stream.put(bytes);
    return !this.#isFull;
  }

  pause(): void {
    this.#stream.body.pause();
  }

  resume(): void {
    this.#stream.body.resume();
  }

  end(): void {
    if (this.#stream.isGone || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream.body.drop();
    this.#stream.finishSending();
  }

  // ---- from the stream ------------------------------------------------------------------------------------

  onPiece(piece: Uint8Array): void {
    if (!this.#isClosed && !this.#hasEnded) this.#listener.onClientBytes(piece);
  }

  onBodyEnd(): void {
    this.onClosed();
  }

  onDrained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    if (!this.#hasEnded) this.#listener.onClientWritable();
  }

  /** The end of what the client sends, or that of the stream: whichever comes first. */
  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.onClientClosed();
  }
}
