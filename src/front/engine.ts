// Bun.serve, and nothing else of gw, behind one small door: requests go out as Clients, what the parser refuses goes
// out as Refusals. The order of pipelined requests is kept here: one at a time is let through.

import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import { Deadlines, type Due } from "../core/deadlines.ts";
import { Client, type ConnectionSide } from "./client.ts";
import type { NativeDispatch, NativeSocket } from "./native.ts";

/** A request that never became one: the runtime's parser or timers refused it. */
export type Refusal = {
  /** The parser's own code, for example HPE_HEADER_OVERFLOW. */
  code: string;
  reason: string;
  /** The first bytes of what was refused, as Latin-1 text. */
  bytes: string;
  address: string;
  /** A response is under way on the connection; it must be cut, not answered. */
  isAnswering: boolean;
};

export type EngineOptions = {
  host: string;
  port: number;
  clock: Clock;
  /** Largest request head in bytes. */
  headBytes: number;
  /** From the connection's first byte to the end of a request head. */
  headTimeoutMs: number;
  /** How long a connection may be idle between requests. */
  keepAliveMs: number;
  onClient: (client: Client) => void;
  /** Returns the bytes of the answer; undefined closes without a word. */
  onRefusal: (refusal: Refusal) => string | undefined;
};

/** How many requests a client may send ahead before its connection is no longer read. */
const PIPELINE_MOST = 16;
/** How long the rest of an upload is read over after the answer, so that a reset does not swallow the answer. */
const LINGER_MS = 5000;
/** On the runtime's socket object: our connection. */
const CONNECTION = Symbol("gw connection");

type WithConnection = { [CONNECTION]?: ClientConnection };

export class Engine {
  readonly #server: Server;
  readonly #options: EngineOptions;
  readonly #idle: Deadlines;
  readonly #lingering: Deadlines;
  #draining = false;
  #connections = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#idle = new Deadlines(options.clock, options.keepAliveMs);
    this.#lingering = new Deadlines(options.clock, LINGER_MS);
    this.#server = createServer({
      maxHeaderSize: options.headBytes,
      headersTimeout: options.headTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: 0,
      connectionsCheckingInterval: 1000,
    });
    this.#server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
    this.#server.on("connection", (socket) => {
      this.#connections++;
      socket.once("close", () => this.#onClosed(socket as WithConnection));
    });
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#connections;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Binds and serves; resolves with the port. Rejects with the system's error. */
  listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const server = this.#server;
    server.once("error", reject);
    // node:http knows the options that Bun.serve has no names for (limits, refusals as events); only its own
    // dispatch, which builds streams for each request, is replaced.
    const serve = Bun.serve;
    try {
      Bun.serve = ((options: object) =>
        serve({
          ...options,
          reusePort: true,
          onNodeHTTPRequest: this.#dispatch,
        } as never)) as typeof Bun.serve;
      server.listen(this.#options.port, this.#options.host, () => {
        const address = server.address();
        resolve(typeof address === "object" && address ? address.port : this.#options.port);
      });
    } finally {
      Bun.serve = serve;
    }
    return promise;
  }

  /** Takes no new connection, and ends each one after its present response. */
  drain(): void {
    this.#draining = true;
    this.#server.close();
  }

  /** Ends everything now. */
  close(): void {
    this.#server.closeAllConnections();
  }

  readonly #dispatch: NativeDispatch = (
    _server,
    target,
    method,
    bits,
    response,
    hasBody,
    socket,
    _isSocketNew,
    holder,
    isHttp10,
    _connectHead,
    isPipelined,
  ) => {
    const connection = this.#connectionOf(socket, holder);
    const client = new Client(
      { method: method ?? "", target, bits, hasBody, isHttp10 },
      response,
      connection,
    );
    if (isPipelined) connection.hold(client);
    else connection.start(client);
  };

  #connectionOf(socket: NativeSocket, holder: WithConnection): ClientConnection {
    const known = holder[CONNECTION];
    if (known) return known;
    const connection = new ClientConnection(socket, this);
    holder[CONNECTION] = connection;
    return connection;
  }

  /** A connection's next request is let through. */
  admit(client: Client): void {
    this.#options.onClient(client);
  }

  startIdle(connection: ClientConnection): void {
    this.#idle.touch(connection);
  }

  stopIdle(connection: ClientConnection): void {
    this.#idle.remove(connection);
    this.#lingering.remove(connection);
  }

  startLingering(connection: ClientConnection): void {
    this.#lingering.touch(connection);
  }

  #onClosed(socket: WithConnection): void {
    this.#connections--;
    const connection = socket[CONNECTION];
    if (connection) this.stopIdle(connection);
  }

  #refuse(error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket & WithConnection): void {
    const code = error.code ?? "";
    // The client left without a request: no one is there to be answered and nothing was refused.
    if (code === "ECONNRESET" || socket.destroyed) return void socket.destroy();
    const current = socket[CONNECTION]?.current;
    const answer = this.#options.onRefusal({
      code,
      reason: error.message.replace(/^Parse Error: /, ""),
      bytes: error.rawPacket?.toString("latin1", 0, 512) ?? "",
      address: socket.remoteAddress ?? "",
      isAnswering: current?.isAnswered ?? false,
    });
    current?.listener?.onGone();
    if (answer === undefined || current?.isAnswered) socket.destroy();
    else socket.end(Buffer.from(answer, "latin1"));
  }
}

/** One client's connection: its address, and which request's turn it is. */
export class ClientConnection implements ConnectionSide, Due {
  readonly address: string;
  readonly port: number;
  current: Client | undefined;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  readonly #socket: NativeSocket;
  readonly #engine: Engine;
  readonly #held: Client[] = [];
  #stopped = false;

  constructor(socket: NativeSocket, engine: Engine) {
    this.#socket = socket;
    this.#engine = engine;
    const remote = socket.remoteAddress;
    this.address = remote?.address.replace(/^::ffff:(?=\d+\.)/, "") ?? "";
    this.port = remote?.port ?? 0;
  }

  start(client: Client): void {
    this.#engine.stopIdle(this);
    this.current = client;
    this.#engine.admit(client);
  }

  /** A request that came before the present one was answered. */
  hold(client: Client): void {
    this.#held.push(client);
    if (this.#held.length < PIPELINE_MOST || this.#stopped) return;
    this.#stopped = true;
    this.#socket.readStop();
  }

  onAnswered(client: Client, close: boolean): void {
    if (this.current !== client) return;
    this.current = undefined;
    if (close || this.#engine.isDraining) return this.#leave(client);
    const next = this.#held.shift();
    if (next) return this.#startHeld(next);
    this.#engine.startIdle(this);
  }

  cut(): void {
    this.#socket.close();
  }

  /** Idle, or lingering, for too long. */
  onDue(): void {
    this.#socket.close();
  }

  #startHeld(client: Client): void {
    if (this.#stopped && this.#held.length === 0) {
      this.#stopped = false;
      this.#socket.readStart();
    }
    if (
      client.isGone ||
      !this.#socket.startPipelinedResponse(client.response, client.isHttp10, client.wantsClose)
    )
      return;
    // Not on the stack of the answer before: a client of many small requests would deepen it with each one.
    queueMicrotask(() => this.start(client));
  }

  #leave(client: Client): void {
    if (client.isBodyComplete) return this.#socket.closeWhenDrained();
    client.receiveBody({ onPiece() {}, onBodyEnd: () => this.#socket.closeWhenDrained() });
    this.#engine.startLingering(this);
  }
}
