// The HTTP/1.1 connections to one worker. The one that was used last is taken first, and idle ones are closed by this end
// alone. Opening one takes time and may fail; what that means is decided by whoever asked for it.

import type { Socket } from "bun";
import { guarded, reasonOf } from "../core/errors.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { CarrierListener } from "./exchange.ts";
import type { ResponseHead } from "./response-head.ts";

type ConnectionSocket = Socket<Connection>;
const onBug = ({ data: connection }: ConnectionSocket, thrown: unknown) => connection.onBug(thrown);

/** One set of callbacks for all sockets: the connection is the socket's `data`. */
const HANDLERS = {
  open: (socket: ConnectionSocket) => socket.data.attach(socket),
  data: guarded((socket: ConnectionSocket, chunk: Buffer) => socket.data.onData(chunk), onBug),
  drain: guarded((socket: ConnectionSocket) => socket.data.onWritable(), onBug),
  end: (socket: ConnectionSocket) => void socket.terminate(),
  close: guarded((socket: ConnectionSocket) => socket.data.onClosed(), onBug),
  error: (socket: ConnectionSocket) => void socket.terminate(),
};

export class ConnectionPool implements ConnectionOwner {
  readonly headerLineBytes: number;
  readonly heads = new Map<string, ResponseHead>();
  /** A mistake of ours, which no exchange is told of. */
  readonly onBug: (thrown: unknown) => void;
  readonly #path: string;
  readonly #idle: Connection[] = [];
  #open = 0;
  #closed = false;

  constructor(path: string, headerLineBytes: number, onBug: (thrown: unknown) => void) {
    this.#path = path;
    this.headerLineBytes = headerLineBytes;
    this.onBug = onBug;
  }

  /** Open connections, idle ones included. */
  get size(): number {
    return this.#open;
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** An idle connection, or undefined: then `open` one. */
  take(): Connection | undefined {
    return this.#idle.pop();
  }

  /** Opens a connection. Whoever waits hears of it later, of one thing and once. */
  open(opening: CarrierListener<Connection>): void {
    const connection = new Connection(this);
    Bun.connect({ unix: this.#path, data: connection, socket: HANDLERS })
      .then(
        () => {
          this.#open++;
          if (opening.isWanted) opening.onOpened(connection);
          else this.onIdle(connection);
        },
        (thrown) => {
          if (opening.isWanted) opening.onRefused(reasonOf(thrown));
        },
      )
      .catch((thrown) => connection.onBug(thrown));
  }

  onIdle(connection: Connection): void {
    if (this.#closed) connection.destroy();
    else this.#idle.push(connection);
  }

  onGone(connection: Connection, wasIdle: boolean): void {
    this.#open--;
    if (!wasIdle) return;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Closes what is idle now and what becomes idle later; running exchanges go on. */
  close(): void {
    this.#closed = true;
    this.dropIdle();
  }

  /** Closes what is idle now. */
  dropIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
