// The client's end of a connection that has left HTTP: bytes as they come, and an end that loses none of them.

import type { ClientTunnel, TunnelListener } from "../client.ts";
import type { Inflow } from "./inflow.ts";
import type { SocketOutbox } from "./socket-outbox.ts";

/** What the connection does for its tunnel. */
export interface TunnelSide {
  readonly isClosed: boolean;
  readonly outbox: SocketOutbox;
  readonly inflow: Pick<Inflow, "pause" | "resume">;
  /** This side has ended; what the client still sends is read over for a time. */
  onTunnelEnded(): void;
}

export class RawTunnel implements ClientTunnel {
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
    const { outbox, isClosed } = this.#side;
    if (isClosed || this.#hasEnded) return true;
    outbox.put(bytes);
    this.#isFull = outbox.unsent > 0;
    return !this.#isFull;
  }

  pause(): void {
    this.#side.inflow.pause();
  }

  resume(): void {
    this.#side.inflow.resume();
  }

  end(): void {
    if (this.#side.isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#side.onTunnelEnded();
  }

  // ---- from the connection --------------------------------------------------------------------------------

  onBytes(bytes: Uint8Array): void {
    if (!this.#isClosed && !this.#hasEnded) this.#listener.onClientBytes(bytes);
  }

  onDrained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    if (!this.#hasEnded) this.#listener.onClientWritable();
  }

  /** The end of what it sends, or that of the connection: whichever comes first. */
  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.onClientClosed();
  }
}
