// HTTP/1.1 on plain sockets of the runtime, with its parser, as a door: what Bun.serve does for the other one is done here.

import type { Clock } from "../../../core/clock.ts";
import { Deadlines } from "../../../core/deadlines.ts";
import { httpDate } from "../../../http/date.ts";
import type { ConnectionCounter, Door, DoorListener } from "../door.ts";
import {
  errorOfRefusal,
  firstLine,
  type ParserRefusal,
  refusalBytes,
  serverOptionsAnswer,
} from "../http1/parser-refusal.ts";
import { HeadParser } from "./head-parser.ts";
import type { RawConnectionOwner } from "./owner.ts";
import type { RawClient } from "./raw-client.ts";
import { RawConnection } from "./raw-connection.ts";
import type { RawHandlers, RawSocket } from "./socket.ts";
import { LocalAddresses, SocketPeer } from "./socket-peer.ts";

export type RawDoorOptions = (
  | { host: string; port: number }
  /** A socket that listens already, and that others accept from as well. */
  | { descriptor: number }
) & {
  clock: Clock;
  /** Largest request head in bytes. */
  headBytes: number;
  /** From the first byte of a request to the end of its head. */
  headTimeoutMs: number;
  /** How long a connection may be idle between requests. */
  keepAliveMs: number;
  listener: DoorListener;
  counter: ConnectionCounter;
};

/** How long the rest of an upload is read over after the answer, so that a reset does not swallow the answer. */
const LINGER_MS = 5000;
/** Between accepting a connection and reading its first bytes the runtime goes round its loop once. */
const UNREAD_MS = 50;
/** Parsers that are kept for the next heads. Each head that comes whole needs one for an instant only. */
const SPARE_PARSERS = 64;

type Listening = { readonly port: number | undefined; stop(): void };

export class RawDoor implements Door, RawConnectionOwner {
  accepted = 0;
  isDraining = false;
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  readonly #options: RawDoorOptions;
  readonly #date: () => string;
  readonly #parsers: HeadParser[] = [];
  /** Those that have not asked anything yet. */
  readonly #fresh: Deadlines;
  readonly #local = new LocalAddresses();
  #listening: Listening | undefined;
  #endsConnection: () => boolean = () => false;
  #connections = 0;
  #most = Number.POSITIVE_INFINITY;

  constructor(options: RawDoorOptions) {
    const { clock, keepAliveMs, headTimeoutMs } = options;
    this.#options = options;
    this.#date = httpDate(clock);
    this.idle = new Deadlines(clock, keepAliveMs);
    this.#fresh = new Deadlines(clock, keepAliveMs);
    this.heads = new Deadlines(clock, headTimeoutMs);
    this.lingering = new Deadlines(clock, LINGER_MS);
  }

  // ---- the door -------------------------------------------------------------------------------------------

  get connections(): number {
    return this.#connections;
  }

  async listen(): Promise<number> {
    const options = this.#options;
    const where =
      "descriptor" in options
        ? { fd: options.descriptor }
        : { hostname: options.host, port: options.port, reusePort: true, exclusive: false };
    const listening = { ...where, allowHalfOpen: true, socket: this.#handlers() };
    this.#listening = Bun.listen(listening as never) as unknown as Listening;
    // A UNIX socket has none.
    return this.#listening.port ?? 0;
  }

  closeBeyond(most: number): void {
    this.#most = most;
  }

  endConnections(decide: () => boolean): void {
    this.#endsConnection = decide;
  }

  drain(): void {
    this.isDraining = true;
    this.#listening?.stop();
    this.idle.endAll();
    // What was accepted a moment ago has yet to be read: closed now, it would be reset.
    this.#options.clock.after(UNREAD_MS, () => this.closeIdle());
  }

  closeIdle(): void {
    this.idle.endAll();
    this.#fresh.endAll();
  }

  // ---- sockets --------------------------------------------------------------------------------------------

  #handlers(): Partial<RawHandlers> {
    return {
      open: (socket) => this.#open(socket),
      data: (socket, bytes) => socket.data.onData(bytes),
      drain: (socket) => socket.data.onDrain(),
      end: (socket) => socket.data.onEnd(),
      close: (socket) => socket.data.onClosed(),
      // The end of the socket follows.
      error: () => {},
    };
  }

  #open(socket: RawSocket): void {
    const connection = new RawConnection(socket, this, new SocketPeer(socket, this.#local));
    socket.data = connection;
    this.accepted++;
    this.#connections++;
    this.#options.counter.count(this.#connections);
    if (this.#connections > this.#most) return connection.close();
    this.#fresh.touch(connection);
  }

  // ---- for connections ------------------------------------------------------------------------------------

  endsNext(): boolean {
    return this.isDraining || this.#endsConnection();
  }

  takeParser(): HeadParser {
    return this.#parsers.pop() ?? new HeadParser(this.#options.headBytes);
  }

  giveParser(parser: HeadParser): void {
    if (this.#parsers.length < SPARE_PARSERS) this.#parsers.push(parser);
  }

  admit(client: RawClient): void {
    this.#options.listener.onClient(client);
  }

  refuse(refusal: ParserRefusal, address: string, isAnswering: boolean): string | undefined {
    const { reason, bytes } = refusal;
    const told = { error: errorOfRefusal(refusal), reason, line: firstLine(bytes) };
    const answer = this.#options.listener.onRefusal({ ...told, address, isAnswering });
    return answer && refusalBytes(answer, bytes);
  }

  serverOptions(): string {
    return serverOptionsAnswer(this.#date());
  }

  onBug(thrown: unknown): void {
    this.#options.listener.onBug(thrown);
  }

  onClosed(): void {
    this.#connections--;
    this.#options.counter.count(this.#connections);
  }
}
