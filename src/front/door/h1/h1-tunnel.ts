// The client's end of a connection that has left HTTP: bytes as they come, and an end that loses none of them.

import type { ClientTunnel, TunnelListener } from "../client.ts";
import type { NativeResponse, NativeSocket } from "./native.ts";

export type TunnelOwner = {
  /** The client has yet to take some of what was written. */
  startIdle: () => void;
  /** It has yet to close its end. */
  startLingering: () => void;
  /** Runs it on the stack of the runtime, where a mistake of ours is not to be thrown. */
  guarded: (act: () => void) => void;
};

export class H1Tunnel implements ClientTunnel {
  readonly #socket: NativeSocket;
  readonly #owner: TunnelOwner;
  /** Some of what was written is still here. */
  #isFull = false;

  constructor(socket: NativeSocket, owner: TunnelOwner) {
    this.#socket = socket;
    this.#owner = owner;
  }

  /** Takes the connection out of HTTP; `early` came in one read with the head of the request. */
  open(
    response: NativeResponse,
    head: string,
    early: Uint8Array | undefined,
    listener: TunnelListener,
  ): void {
    const socket = this.#socket;
    let repeated = early;
    let isClosed = false;
    // The end of what it sends, and that of the connection: whichever comes first.
    const tellClosed = () => {
      if (isClosed) return;
      isClosed = true;
      listener.onClientClosed();
    };
    socket.ondata = (given, isLast) =>
      this.#owner.guarded(() => {
        const piece = repeated ? withoutStart(given, repeated) : given;
        if (given.length > 0) repeated = undefined;
        if (piece.length > 0) listener.onClientBytes(piece);
        if (isLast) tellClosed();
      });
    socket.ondrain = () =>
      this.#owner.guarded(() => {
        this.#isFull = false;
        listener.onClientWritable();
      });
    // The runtime's own handler counts the connections.
    const onClose = socket.onclose;
    socket.onclose = () => {
      onClose?.call(socket);
      this.#owner.guarded(tellClosed);
    };
    socket.upgradeToTunnel(false, response);
    socket.write(head, "latin1");
    // The runtime has these bytes too, but gives them only before the next ones of the client, which may wait for an answer.
    if (early) queueMicrotask(() => this.#owner.guarded(() => listener.onClientBytes(early)));
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

  /**
   * Closes this end behind what the client has yet to take; the runtime does so here. What it still sends is read over:
   * unread, it would make the close a reset.
   */
  end(): void {
    const socket = this.#socket;
    if (socket.closed) return;
    socket.ondrain = this.#owner.startLingering;
    socket.readStart();
    socket.end();
    if (this.#isFull) this.#owner.startIdle();
    else this.#owner.startLingering();
  }
}

function withoutStart(bytes: Uint8Array, start: Uint8Array): Uint8Array {
  const isStart = Buffer.compare(bytes.subarray(0, start.length), start) === 0;
  return isStart ? bytes.subarray(start.length) : bytes;
}
