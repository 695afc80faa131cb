// HTTP/1.1 on Bun.serve, as a door: requests come out as Clients, what the parser refuses comes out as Refusals. One at a
// time of the requests of a connection is let through.

import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { plainAddress } from "../../../core/addresses.ts";
import type { Clock } from "../../../core/clock.ts";
import { Alarm, Deadlines, type Due } from "../../../core/deadlines.ts";
import { GwError } from "../../../core/errors.ts";
import { httpDate } from "../../../http/date.ts";
import type { LocalAddress } from "../client.ts";
import type { Crowd } from "../crowd.ts";
import type { ConnectionCounter, Door, DoorListener, Refusal } from "../door.ts";
import {
  AFTER_CLOSE,
  errorOfRefusal,
  hasClientLeft,
  isServerOptions,
  type ParserError,
  type ParserRefusal,
  refusalBytes,
  refusalOf,
  serverOptionsAnswer,
  TIMEOUT,
} from "../http1/parser-refusal.ts";
import { ClientConnection, type ClientConnectionOwner } from "./client-connection.ts";
import { endSilent, type FreshSocket, FreshSockets } from "./fresh-sockets.ts";
import { H1Client } from "./h1-client.ts";
import { listenNatively, type NativeServer } from "./listen.ts";
import type { NativeDispatch, NativeSocket } from "./native.ts";

export type EngineOptions = {
  host: string;
  port: number;
  clock: Clock;
  /** Largest request head in bytes. */
  headBytes: number;
  /** To the end of a request head, from its first byte; that of a connection's first request from the connection's beginning. */
  headTimeoutMs: number;
  /** How long a connection may be idle between requests, and before its first one, for which there is no more than the time for a head. */
  keepAliveMs: number;
  listener: DoorListener;
  counter: ConnectionCounter;
  /** Absent where one address may have any number of connections. */
  crowd?: Crowd | undefined;
};

/** How long the rest of an upload is read over after the answer, so that a reset does not swallow the answer. */
const LINGER_MS = 5000;
/** Between accepting a connection and reading its first bytes the runtime goes round its loop once. */
const UNREAD_MS = 50;
/** On the runtime's socket object: our connection. */
const CONNECTION = Symbol("gw connection");

type WithConnection = FreshSocket & { [CONNECTION]?: ClientConnection };

export class Engine implements Door, ClientConnectionOwner {
  readonly #server: Server;
  #native: NativeServer | undefined;
  readonly #options: EngineOptions;
  readonly #idle: Deadlines;
  readonly #lingering: Deadlines;
  readonly #fresh: FreshSockets;
  /** This machine's addresses that clients have come by; there are as many as it has. */
  readonly #local: LocalAddress[] = [];
  #draining = false;
  #endsConnection: () => boolean = () => false;
  /** Connections with an answer that is still to be taken. */
  #taking = 0;
  #closesIdle = false;
  #connections = 0;
  #accepted = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#idle = new Deadlines(options.clock, options.keepAliveMs);
    this.#lingering = new Deadlines(options.clock, LINGER_MS);
    this.#fresh = new FreshSockets(options.clock, Math.min(options.keepAliveMs, options.headTimeoutMs));
    this.#server = createServer({
      maxHeaderSize: options.headBytes,
      headersTimeout: options.headTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: 0,
      // Judged by the limits stage, like every other rule about Host.
      requireHostHeader: false,
      connectionsCheckingInterval: 1000,
    });
    this.#server.on("clientError", (error, socket) =>
      this.#guarded(socket as Socket, () => this.#refuse(error, socket as Socket)),
    );
    this.#server.on("connection", (socket) => this.#guarded(socket, () => this.#onConnection(socket)));
  }

  get connections(): number {
    return this.#connections;
  }

  get accepted(): number {
    return this.#accepted;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  async listen(): Promise<number> {
    const { port, native } = await listenNatively(this.#server, this.#options, this.#dispatch);
    this.#native = native;
    return port;
  }

  closeBeyond(most: number): void {
    this.#server.maxConnections = most;
  }

  endConnections(decide: () => boolean): void {
    this.#endsConnection = decide;
  }

  endsNext(): boolean {
    return this.#draining || this.#endsConnection();
  }

  drain(): void {
    this.#draining = true;
    // `close` of node:http would do the rest as well, and cut the answers that are still to be taken.
    void this.#native?.stop();
    this.#idle.endAll();
    // What was accepted a moment ago has yet to be read: closed now, it would be reset.
    this.#options.clock.after(UNREAD_MS, () => this.closeIdle());
  }

  /** Only our own list tells those with an answer that is still to be taken; the runtime knows those that never asked. */
  closeIdle(): void {
    this.#idle.endAll();
    this.#closesIdle = this.#taking > 0;
    if (!this.#closesIdle) this.#server.closeIdleConnections();
  }

  startTaking(): void {
    this.#taking++;
  }

  stopTaking(): void {
    this.#taking--;
    if (this.#closesIdle) this.closeIdle();
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
    early,
    isPipelined,
  ) => {
    try {
      const connection = this.#connectionOf(socket, holder);
      const request = { method: method ?? "", target, bits, hasBody, isHttp10, early };
      const client = new H1Client(request, response, connection);
      if (client.wantsWebSocket) client.holdBehind();
      if (isPipelined) connection.hold(client);
      else connection.start(client);
    } catch (thrown) {
      // Whatever one request does to us, the others go on.
      this.onBug(thrown);
      socket.close();
    }
  };

  #guarded(socket: Socket, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.onBug(thrown);
      socket.destroy();
    }
  }

  onBug(thrown: unknown): void {
    this.#options.listener.onBug(thrown);
  }

  #connectionOf(socket: NativeSocket, holder: WithConnection): ClientConnection {
    const known = holder[CONNECTION];
    if (known) return known;
    const connection = new ClientConnection(socket, this);
    holder[CONNECTION] = connection;
    this.#fresh.remove(holder);
    return connection;
  }

  localOf(address: string, port: number): LocalAddress {
    const known = this.#local.find((one) => one.port === port && one.address === address);
    if (known) return known;
    const local = { address, port };
    this.#local.push(local);
    return local;
  }

  admit(client: H1Client): void {
    this.#options.listener.onClient(client);
  }

  startIdle(connection: Due): void {
    this.#idle.touch(connection);
  }

  startLingering(connection: Due): void {
    this.#lingering.touch(connection);
  }

  onFlood(connection: ClientConnection, most: number): void {
    const error = new GwError("too_many_pipelined");
    const reason = `more than ${most} requests sent ahead`;
    this.#options.listener.onRefusal({ error, reason, address: connection.address, isAnswering: true });
  }

  stopTimers(connection: Due): void {
    this.#idle.remove(connection);
    this.#lingering.remove(connection);
  }

  #onConnection(socket: Socket & WithConnection): void {
    const { counter, crowd } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? "");
    const network = crowd?.enter(address);
    this.#accepted++;
    this.#connections++;
    socket.once("close", () => this.#guarded(socket, () => this.#onClosed(socket, network)));
    counter.count(this.#connections);
    if (crowd && network === undefined) this.#turnAway(crowd.refusalOf(address, false), socket);
    else this.#fresh.add(socket);
  }

  /** Nothing of what it sends becomes a request. */
  #turnAway(refusal: Refusal, socket: Socket): void {
    const answer = this.#options.listener.onRefusal(refusal);
    return answer ? this.#endWith(refusalBytes(answer, ""), socket) : void socket.destroy();
  }

  #onClosed(socket: WithConnection, network: string | undefined): void {
    this.#connections--;
    this.#options.crowd?.leave(network);
    this.#fresh.remove(socket);
    this.#options.counter.count(this.#connections);
    socket[CONNECTION]?.onClosed();
  }

  #refuse(error: ParserError, socket: Socket & WithConnection): void {
    const connection = socket[CONNECTION];
    // The client left, perhaps in the middle of a request: no one is there to be answered and nothing was refused.
    if (hasClientLeft(error) || socket.destroyed) return void socket.destroy();
    // Nothing is run, and nothing judged, that comes after the last answer (RFC 9112 section 9.6).
    if (error.code === AFTER_CLOSE || connection?.isLeaving || socket.writableEnded) return;
    if (!connection && error.code === TIMEOUT && endSilent(socket)) return;
    this.#fresh.remove(socket);
    if (connection?.isAhead) connection.refuseLast(() => this.#answer(error, socket, undefined));
    else this.#answer(error, socket, connection?.current);
  }

  /** `current`: the request in whose body the parser stopped. */
  #answer(error: ParserError, socket: Socket & WithConnection, current: H1Client | undefined): void {
    const refused = refusalOf(error, socket[CONNECTION] !== undefined);
    if (current?.breakOff(errorOfRefusal(refused))) return;
    const answer = this.#answerTo(refused, socket.remoteAddress ?? "", current?.isAnswered ?? false);
    current?.leave();
    if (answer === undefined || current?.isAnswered) return void socket.destroy();
    this.#endWith(answer, socket);
  }

  #endWith(answer: string, socket: Socket): void {
    const lingering = new Alarm(() => socket.destroy());
    this.#lingering.touch(lingering);
    socket.once("close", () => this.#lingering.remove(lingering));
    socket.end(Buffer.from(answer, "latin1"));
  }

  /** Its bytes; undefined for none. */
  #answerTo(refused: ParserRefusal, address: string, isAnswering: boolean): string | undefined {
    const { clock, listener } = this.#options;
    if (isServerOptions(refused)) return serverOptionsAnswer(httpDate(clock)());
    const { reason, line } = refused;
    const answer = listener.onRefusal({ error: errorOfRefusal(refused), reason, line, address, isAnswering });
    return answer && refusalBytes(answer, refused.bytes);
  }
}
