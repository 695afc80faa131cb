// One kept-alive HTTP/1.1 connection to one worker, with one exchange on it at a time. After any oddity it is
// destroyed; it never re-sends. What an exchange means to a client is not its business.

import type { Socket } from "bun";
import { type Carrier, type Exchange, tellRead } from "./exchange.ts";
import { type RequestHead, writeHead } from "./request-head.ts";
import { failureOf, type ResponseHead } from "./response-head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";

export interface ConnectionOwner {
  readonly headerLineBytes: number;
  readonly heads: Map<string, ResponseHead>;
  /** The connection can take another exchange. */
  onIdle(connection: Connection): void;
  /** The connection is gone; it was idle when `wasIdle`. */
  onGone(connection: Connection, wasIdle: boolean): void;
  /** A mistake of ours, which no exchange is told of. */
  onBug(thrown: unknown): void;
}

export class Connection implements Carrier, ResponseSink {
  #socket: Socket<Connection> | undefined;
  #exchange: Exchange | undefined;
  #unwritten: Uint8Array | undefined;
  #sent = false;
  #answered = false;
  #persistent = true;
  #requestDone = false;
  /** The length of the request's body was not known when its head was sent. */
  #isChunked = false;
  #paused = false;
  readonly #owner: ConnectionOwner;
  readonly #parser: ResponseParser;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.#parser = new ResponseParser(this, { headerLineBytes: owner.headerLineBytes }, owner.heads);
  }

  attach(socket: Socket<Connection>): void {
    this.#socket = socket;
  }

  get isIdle(): boolean {
    return this.#exchange === undefined;
  }

  get hasSent(): boolean {
    return this.#sent;
  }

  begin(exchange: Exchange, head: RequestHead, first: Uint8Array | undefined, isWhole: boolean): boolean {
    this.#exchange = exchange;
    this.#sent = this.#answered = this.#requestDone = false;
    this.#isChunked = head.body === "chunked";
    this.#parser.expect(exchange.method, exchange.maySwitch);
    const text = writeHead(head);
    const isTaken = first
      ? this.#send(Buffer.concat([Buffer.from(text, "latin1"), this.#frame(first)]))
      : this.#sendText(text);
    if (isWhole) this.#requestDone = true;
    return isTaken;
  }

  switchTo(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#isChunked = false;
  }

  write(piece: Uint8Array): boolean {
    return this.#send(this.#frame(piece));
  }

  finish(): void {
    if (this.#isChunked) this.#send(LAST_CHUNK);
    this.#requestDone = true;
  }

  #frame(piece: Uint8Array): Uint8Array {
    if (!this.#isChunked) return piece;
    return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]);
  }

  /** A head as Latin-1 text: one native call, no copy in between. */
  #sendText(text: string): boolean {
    // Not in the type declarations of Bun 1.4.5: an encoding as the second argument; probed in test/bun.
    const socket = this.#socket as { write(text: string, encoding: "latin1"): number } | undefined;
    const taken = Math.max(socket?.write(text, "latin1") ?? 0, 0);
    if (taken > 0) this.#sent = true;
    if (taken === text.length) return true;
    this.#unwritten = Buffer.from(text, "latin1").subarray(taken);
    return false;
  }

  /** False when the worker does not keep up. */
  #send(bytes: Uint8Array): boolean {
    if (this.#unwritten) {
      this.#unwritten = Buffer.concat([this.#unwritten, bytes]);
      return false;
    }
    const taken = Math.max(this.#socket?.write(bytes) ?? 0, 0);
    if (taken > 0) this.#sent = true;
    if (taken === bytes.length) return true;
    this.#unwritten = bytes.subarray(taken);
    return false;
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket?.resume();
  }

  /** The connection goes with its exchange. */
  destroy(): void {
    this.#exchange = undefined;
    this.#socket?.terminate();
  }

  // ---- from the parser ------------------------------------------------------------------------------------

  onInterim(head: ResponseHead): void {
    this.#exchange?.onInterim?.(head);
  }

  onTrailers(fields: readonly string[]): void {
    this.#exchange?.onTrailers?.(fields);
  }

  onHead(head: ResponseHead): void {
    this.#persistent = head.persistent;
    this.#exchange?.onHead(head);
  }

  onBody(piece: Uint8Array): void {
    this.#exchange?.onBody(piece);
  }

  onEnd(): void {
    this.#exchange?.onEnd();
  }

  // ---- from the socket ------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    const exchange = this.#exchange;
    // A worker that speaks unasked could answer the next client: never keep such a connection.
    if (!exchange) return this.destroy();
    // What comes before a byte of the request was sent is no answer to it either.
    if (!this.#sent) {
      this.destroy();
      return exchange.onFailure({ kind: "lost", sent: false, answered: false });
    }
    this.#answered = true;
    let clean: boolean;
    try {
      clean = this.#parser.push(chunk);
    } catch (thrown) {
      this.destroy();
      return exchange.onFailure(failureOf(thrown));
    }
    // A callback may have destroyed the connection: its exchange wants to hear no more.
    if (!this.#exchange) return;
    if (this.#parser.isDone) this.#release(clean);
    if (!tellRead(exchange) && this.#exchange === exchange) this.destroy();
  }

  onWritable(): void {
    const rest = this.#unwritten;
    if (!rest) return;
    this.#unwritten = undefined;
    if (this.#send(rest)) this.#exchange?.onDrain();
  }

  onClosed(): void {
    this.#socket = undefined;
    const exchange = this.#exchange;
    this.#owner.onGone(this, exchange === undefined);
    if (!exchange) return;
    // The parser's last word, `onEnd`, must still find the exchange.
    const ended = this.#answered && this.#parser.close();
    this.#exchange = undefined;
    if (ended) tellRead(exchange);
    else exchange.onFailure({ kind: "lost", sent: this.#sent, answered: this.#answered });
  }

  /** A mistake of ours: of no more than this exchange, whose client is told what it was. */
  onBug(thrown: unknown): void {
    const exchange = this.#exchange;
    this.destroy();
    if (exchange) exchange.onFailure({ kind: "bug", thrown });
    else this.#owner.onBug(thrown);
  }

  #release(clean: boolean): void {
    this.#exchange = undefined;
    // The client of this answer was slower than the worker; the next one must not wait for it.
    this.resume();
    // An answer before the end of the request leaves half a request on the connection.
    if (clean && this.#persistent && this.#requestDone && !this.#unwritten) this.#owner.onIdle(this);
    else this.#socket?.terminate();
  }
}

const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
