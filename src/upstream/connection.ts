// One kept-alive HTTP/1.1 connection to one worker, with one exchange on it at a time. After any oddity it is
// destroyed; it never re-sends. What an exchange means to a client is not its business.

import type { Socket } from "bun";
import { AnswerProblem, type ResponseHead } from "./response-head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";

/** How an exchange ended before its time. */
export type Failure =
  | { kind: "connect"; reason: string }
  /** The worker's end was closed; `sent` tells whether a byte of the request reached it, `answered` whether one came back. */
  | { kind: "lost"; sent: boolean; answered: boolean }
  | { kind: "malformed"; reason: string }
  | { kind: "header too large"; reason: string };

export interface Exchange extends ResponseSink {
  readonly method: string;
  /** The request asks to leave HTTP; a 101 is then a legal answer, and raw bytes follow as the body. */
  readonly maySwitch: boolean;
  /** After the last of the callbacks that one read caused. */
  onRead(): void;
  /** The worker takes bytes again. */
  onDrain(): void;
  onFailure(failure: Failure): void;
}

export interface ConnectionOwner {
  readonly headerLineBytes: number;
  readonly heads: Map<string, ResponseHead>;
  /** The connection can take another exchange. */
  onIdle(connection: Connection): void;
  /** The connection is gone; it was idle when `wasIdle`. */
  onGone(connection: Connection, wasIdle: boolean): void;
}

export class Connection implements ResponseSink {
  #socket: Socket<Connection> | undefined;
  #exchange: Exchange | undefined;
  #unwritten: Uint8Array | undefined;
  #sent = false;
  #answered = false;
  #persistent = true;
  #requestDone = false;
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

  /** True when the worker has a byte of the present request. */
  get hasSent(): boolean {
    return this.#sent;
  }

  /** Begins an exchange; `write` sends its bytes. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#sent = this.#answered = this.#requestDone = false;
    this.#parser.expect(exchange.method, exchange.maySwitch);
  }

  /** From now on another exchange hears of this connection: the answer was a switch of protocols. */
  handOver(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  /** Sends a head, given as Latin-1 text: one native call, no copy in between. As `write` otherwise. */
  writeText(text: string): boolean {
    // Not in the type declarations of Bun 1.4.5: an encoding as the second argument; probed in test/bun.
    const socket = this.#socket as { write(text: string, encoding: "latin1"): number } | undefined;
    const taken = Math.max(socket?.write(text, "latin1") ?? 0, 0);
    if (taken > 0) this.#sent = true;
    if (taken === text.length) return true;
    this.#unwritten = Buffer.from(text, "latin1").subarray(taken);
    return false;
  }

  /** Sends bytes. False when the worker does not keep up: send no more until `onDrain`. */
  write(bytes: Uint8Array): boolean {
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

  /** The whole request is handed over; only then may the connection serve another. */
  finishRequest(): void {
    this.#requestDone = true;
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

  /** Drops the exchange without a word to it, and the connection with it. */
  destroy(): void {
    this.#exchange = undefined;
    this.#socket?.terminate();
  }

  // ---- from the parser ------------------------------------------------------------------------------------

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
    } catch (problem) {
      if (!(problem instanceof AnswerProblem)) throw problem;
      this.destroy();
      return exchange.onFailure({ kind: problem.kind, reason: problem.message });
    }
    // A callback may have destroyed the connection: its exchange wants to hear no more.
    if (!this.#exchange) return;
    if (this.#parser.isDone) this.#release(clean);
    exchange.onRead();
  }

  onWritable(): void {
    const rest = this.#unwritten;
    if (!rest) return;
    this.#unwritten = undefined;
    if (this.write(rest)) this.#exchange?.onDrain();
  }

  onClosed(): void {
    this.#socket = undefined;
    const exchange = this.#exchange;
    this.#owner.onGone(this, exchange === undefined);
    if (!exchange) return;
    // The parser's last word, `onEnd`, must still find the exchange.
    const ended = this.#answered && this.#parser.close();
    this.#exchange = undefined;
    if (ended) return exchange.onRead();
    exchange.onFailure({ kind: "lost", sent: this.#sent, answered: this.#answered });
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
