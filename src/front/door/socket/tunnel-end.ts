// The client's end of what has left HTTP, on a connection of its own or on a stream of one: bytes as they come, and an end that
// loses none of them.

import type { BodyReceiver, ClientTunnel, TunnelListener } from "../client.ts";

/** What it is on. */
export interface TunnelSide {
  /** Of what the client sends. */
  readonly body: { pause(): void; resume(): void };
  /** False: some of it waits here. Nothing happens when the client is gone, nor by what follows. */
  put(bytes: Uint8Array): boolean;
  /** This side has ended, behind all that was put. */
  onTunnelEnded(): void;
}

export class TunnelEnd implements ClientTunnel, BodyReceiver {
  readonly #side: TunnelSide;
  readonly #listener: TunnelListener;
  #isFull = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(side: TunnelSide, listener: TunnelListener) {
    this.#side = side;
    this.#listener = listener;
  }

  // ---- from the front -------------------------------------------------------------------------------------

  write(bytes: Uint8Array): boolean {
    if (this.#hasEnded || bytes.length === 0) return true;
    this.#isFull = !this.#side.put(bytes);
    return !this.#isFull;
  }

  pause(): void {
    this.#side.body.pause();
  }

  resume(): void {
    this.#side.body.resume();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#side.onTunnelEnded();
  }

  // ---- from the client ------------------------------------------------------------------------------------

  onPiece(bytes: Uint8Array): void {
    if (!this.#isClosed && !this.#hasEnded) this.#listener.onClientBytes(bytes);
  }

  onBodyEnd(): void {
    this.onClosed();
  }

  onDrained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    if (!this.#hasEnded) this.#listener.onClientWritable();
  }

  /** The end of what it sends, or of what it is on: whichever comes first. */
  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.onClientClosed();
  }
}
