// The client's end of a connection that has left HTTP: bytes as they come, with nothing lost when this side ends first.

import type { ClientTunnel, TunnelListener } from "./client.ts";
import type { NativeResponse, NativeSocket } from "./native.ts";

export class NativeTunnel implements ClientTunnel {
  readonly #socket: NativeSocket;
  readonly #listener: TunnelListener;
  readonly #startLingering: () => void;
  /** The client does not keep up: some of what was written is still here. */
  #isFull = false;
  #isEnding = false;

  /** `startLingering`: from now on the connection is closed when the client has not closed it in time. */
  constructor(socket: NativeSocket, listener: TunnelListener, startLingering: () => void) {
    this.#socket = socket;
    this.#listener = listener;
    this.#startLingering = startLingering;
  }

  /** Takes the connection out of HTTP; `early` came behind the head of the request. */
  open(response: NativeResponse, head: string, early: Uint8Array | undefined): void {
    const socket = this.#socket;
    const listener = this.#listener;
    socket.ondata = (piece, isLast) => {
      if (piece.length > 0) listener.onClientBytes(piece);
      if (isLast) listener.onClientClosed();
    };
    socket.ondrain = () => this.#onDrain();
    // The runtime's own handler counts the connections.
    const onClose = socket.onclose;
    socket.onclose = () => {
      onClose?.call(socket);
      listener.onClientClosed();
    };
    socket.upgradeToTunnel(false, response);
    socket.write(head, "latin1");
    if (early) queueMicrotask(() => listener.onClientBytes(early));
  }

  write(bytes: Uint8Array): boolean {
    this.#isFull = !this.#socket.closed && !this.#socket.write(bytes);
    return !this.#isFull;
  }

  pause(): void {
    this.#socket.readStop();
  }

  resume(): void {
    this.#socket.readStart();
  }

  end(): void {
    if (this.#isEnding || this.#socket.closed) return;
    this.#isEnding = true;
    // What the client still sends is read over; unread, it would make the close a reset.
    this.#socket.readStart();
    this.#startLingering();
    if (!this.#isFull) this.#socket.end();
  }

  #onDrain(): void {
    this.#isFull = false;
    if (!this.#isEnding) return this.#listener.onClientWritable();
    this.#startLingering();
    this.#socket.end();
  }
}
