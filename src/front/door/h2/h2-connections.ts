// All connections of HTTP/2 at one door, which has the sockets: what they have in common, and what is said to all of them.

import { Deadlines } from "../../../core/deadlines.ts";
import { httpDate } from "../../../http/date.ts";
import type { ClientPeer } from "../client.ts";
import type { Refusal, RefusalAnswer } from "../door.ts";
import { SERVER_METHODS } from "../http1/parser-refusal.ts";
import type { ProtocolOptions, SocketProtocol } from "../socket/protocol.ts";
import type { H2Client } from "./h2-client.ts";
import { H2Connection, type H2Owner, type H2Socket } from "./h2-connection.ts";

/** How long the rest of what a client sends is read over, so that a reset does not swallow the last answer. */
const LINGER_MS = 5000;
/** More than a round trip to any client that is there. */
const GOODBYE_MS = 2000;

export class H2Connections implements SocketProtocol, H2Owner {
  readonly headBytes: number;
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  readonly goodbyes: Deadlines;
  readonly #options: ProtocolOptions;
  readonly #date: () => string;
  readonly #all = new Set<H2Connection>();
  #isDraining = false;

  constructor(options: ProtocolOptions) {
    const { clock, headBytes, headTimeoutMs, keepAliveMs } = options;
    this.#options = options;
    this.headBytes = headBytes;
    this.#date = httpDate(clock);
    this.idle = new Deadlines(clock, keepAliveMs);
    this.heads = new Deadlines(clock, headTimeoutMs);
    this.lingering = new Deadlines(clock, LINGER_MS);
    this.goodbyes = new Deadlines(clock, GOODBYE_MS);
  }

  /** A connection on which HTTP/2 was agreed on. It is to be told of all that comes on the socket from now on. */
  open(socket: H2Socket, peer: ClientPeer): H2Connection {
    const connection = new H2Connection(socket, peer, this);
    this.#all.add(connection);
    connection.begin();
    if (this.#isDraining) connection.leave();
    return connection;
  }

  /** Ends each connection when what is asked on it has been answered. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#all) connection.leave();
  }

  /** Ends the connections on which nothing is asked now. */
  closeIdle(): void {
    for (const connection of this.#all) if (connection.isIdle) connection.leave();
  }

  // ---- for connections ------------------------------------------------------------------------------------

  readonly now = (): number => this.#options.clock.now();

  endsNext(): boolean {
    return this.#options.endsNext();
  }

  admit(client: H2Client): void {
    this.#options.listener.onClient(client);
  }

  refuse(refusal: Refusal): RefusalAnswer | undefined {
    return this.#options.listener.onRefusal(refusal);
  }

  serverOptions(): string[] {
    return ["Allow", SERVER_METHODS, "Date", this.#date()];
  }

  onBug(thrown: unknown): void {
    this.#options.listener.onBug(thrown);
  }

  onClosed(connection: H2Connection): void {
    this.#all.delete(connection);
  }
}
