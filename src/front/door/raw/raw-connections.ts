// All connections of HTTP/1.1 at one door on sockets: what they have in common, and what is said to all of them.

import { Deadlines } from "../../../core/deadlines.ts";
import { httpDate } from "../../../http/date.ts";
import type { ClientPeer } from "../client.ts";
import {
  errorOfRefusal,
  type ParserRefusal,
  refusalBytes,
  serverOptionsAnswer,
} from "../http1/parser-refusal.ts";
import type { ProtocolOptions, SocketProtocol } from "../socket/protocol.ts";
import type { RawSocket } from "../socket/socket.ts";
import { HeadParser } from "./head-parser.ts";
import type { RawConnectionOwner } from "./owner.ts";
import type { RawClient } from "./raw-client.ts";
import { RawConnection } from "./raw-connection.ts";

/** How long the rest of an upload is read over after the answer, so that a reset does not swallow the answer. */
const LINGER_MS = 5000;
/** Parsers that are kept for the next heads. Each head that comes whole needs one for an instant only. */
const SPARE_PARSERS = 64;

export class RawConnections implements SocketProtocol, RawConnectionOwner {
  isDraining = false;
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  readonly #options: ProtocolOptions;
  readonly #date: () => string;
  readonly #parsers: HeadParser[] = [];
  /** Those that have not asked anything yet. */
  readonly #fresh: Deadlines;

  constructor(options: ProtocolOptions) {
    const { clock, keepAliveMs, headTimeoutMs } = options;
    this.#options = options;
    this.#date = httpDate(clock);
    this.idle = new Deadlines(clock, keepAliveMs);
    this.#fresh = new Deadlines(clock, keepAliveMs);
    this.heads = new Deadlines(clock, headTimeoutMs);
    this.lingering = new Deadlines(clock, LINGER_MS);
  }

  open(socket: RawSocket, peer: ClientPeer): RawConnection {
    const connection = new RawConnection(socket, this, peer);
    this.#fresh.touch(connection);
    return connection;
  }

  drain(): void {
    this.isDraining = true;
    this.idle.endAll();
  }

  closeIdle(freshMs: number): void {
    this.idle.endAll();
    this.#fresh.endOlder(freshMs);
  }

  // ---- for connections ------------------------------------------------------------------------------------

  endsNext(): boolean {
    return this.#options.endsNext();
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
    const { reason, bytes, line } = refusal;
    const error = errorOfRefusal(refusal);
    const answer = this.#options.listener.onRefusal({ error, reason, line, address, isAnswering });
    return answer && refusalBytes(answer, bytes);
  }

  serverOptions(): string {
    return serverOptionsAnswer(this.#date());
  }

  onBug(thrown: unknown): void {
    this.#options.listener.onBug(thrown);
  }
}
