// The client's side of one request: what it sent, and the ways to answer it. Knows the native response and nothing
// of workers. Every method is safe to call after the client has left.

import { fieldLines } from "../../../http/fields.ts";
import { asksForWebSocket, type ClientRequest, UPGRADE } from "./client-request.ts";
import type { ClientTunnel, TunnelListener } from "./h1-tunnel.ts";
import { BODILESS, HAS_LENGTH, HAS_TRANSFER_ENCODING, type NativeResponse, WANTS_CLOSE } from "./native.ts";

/** Where the pieces of a request body go. */
export interface BodyReceiver {
  onPiece(piece: Uint8Array): void;
  onBodyEnd(): void;
}

/** Told when the client leaves, or takes bytes again. */
export interface ClientListener {
  onGone(): void;
  onWritable(): void;
}

export type LocalAddress = { address: string; port: number };

/** What the connection must know of its present request. */
export interface ConnectionSide {
  /** The client's. */
  readonly address: string;
  readonly port: number;
  /** Where the client has reached the front. */
  readonly local: LocalAddress | undefined;
  /** Closed, whether that was told yet or not. */
  readonly isClosed: boolean;
  /** The response is out; `close` says that nothing may follow on the connection. */
  onAnswered(client: Client, close: boolean): void;
  /** Takes the connection out of HTTP and sends `head`, which must be a complete 101 answer. */
  openTunnel(client: Client, head: string, listener: TunnelListener): ClientTunnel;
  /** Lines that follow the last chunk of the response that ends next. */
  setTrailers(lines: string): void;
  /** Ends the connection at once, so that the client can tell that the response is not whole. */
  cut(): void;
}

export class Client {
  readonly method: string;
  /** The request target exactly as sent. */
  readonly target: string;
  readonly isHttp10: boolean;
  /** Flat [name, value …]. */
  readonly fields: readonly string[];
  readonly hasBody: boolean;
  readonly early: Uint8Array | undefined;
  readonly connection: ConnectionSide;
  listener: ClientListener | undefined;
  isGone = false;
  /** True from the first byte of the final response. */
  isAnswered = false;
  readonly #response: NativeResponse;
  readonly #bits: number;
  #receiver: BodyReceiver | undefined;
  /** Pieces that came before anyone received: the body of a request that waits behind another one. */
  #early: Uint8Array[] = [];
  #bodyEnded: boolean;
  #paused = false;
  #finished = false;
  /** Nothing of the response will leave here any more. */
  #isSettled = false;
  /** What was still here when that was last looked at. */
  #unsentBefore = 0;
  #whenSettled: (() => void)[] | undefined;

  constructor(request: ClientRequest, response: NativeResponse, connection: ConnectionSide) {
    this.method = request.method;
    this.target = request.target;
    this.isHttp10 = request.isHttp10;
    this.hasBody = request.hasBody;
    this.early = request.early;
    this.fields = response.takeRawHeaders() ?? [];
    this.connection = connection;
    this.#response = response;
    this.#bits = request.bits;
    this.#bodyEnded = !request.hasBody;
    response.onabort = () => this.leave();
    if (request.hasBody) response.ondata = (piece, isLast, aborted) => this.#onData(piece, isLast, aborted);
  }

  get response(): NativeResponse {
    return this.#response;
  }

  get wantsClose(): boolean {
    return (this.#bits & WANTS_CLOSE) !== 0;
  }

  get sentLength(): boolean {
    return (this.#bits & HAS_LENGTH) !== 0;
  }

  get sentTransferEncoding(): boolean {
    return (this.#bits & HAS_TRANSFER_ENCODING) !== 0;
  }

  get wantsWebSocket(): boolean {
    return (this.#bits & UPGRADE) === UPGRADE && asksForWebSocket(this);
  }

  /** The whole body has been received. */
  get isBodyComplete(): boolean {
    return this.#bodyEnded;
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  /** Pieces go to `receiver` from now on; the ones that came early go at once. */
  receiveBody(receiver: BodyReceiver): void {
    const early = this.#early;
    this.#early = [];
    this.#receiver = receiver;
    for (const piece of early) receiver.onPiece(piece);
    if (early.length > 0) this.resumeBody();
  }

  pauseBody(): void {
    if (this.#paused || this.isGone || this.#bodyEnded) return;
    this.#paused = this.#response.pause();
  }

  resumeBody(): void {
    if (!this.#paused || this.isGone) return;
    this.#paused = false;
    const held = this.#response.resume();
    // A piece of nothing, written as a chunk, would end the body in the middle.
    if (held instanceof Uint8Array && held.length > 0) this.#receiver?.onPiece(held);
  }

  /**
   * Reads nothing that comes behind the head: the runtime would take it for another request. It waits in the kernel for the
   * answer, which tells what it is. On the stack of the dispatch only.
   */
  holdBehind(): void {
    this.#paused = this.#response.pause();
  }

  sendContinue(): void {
    if (!this.isGone && !this.isAnswered) this.#response.writeContinue();
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  /** Sends a complete response. `fields` must hold no framing unless `body` is undefined. */
  answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string | undefined,
    close: boolean,
  ): void {
    if (this.#isLost || this.isAnswered) return;
    this.isAnswered = true;
    this.#response.writeHeadAndEnd(status, reason, fields, body);
    this.#finish(close);
  }

  /** Sends a complete response that has no body by rule, and no length either. */
  answerBodiless(status: number, reason: string, fields: readonly string[], close: boolean): void {
    this.answer(status, reason, [...fields, ...BODILESS], undefined, close);
  }

  /** Sends the head and leaves the response open. */
  sendHead(status: number, reason: string, fields: readonly string[]): void {
    if (this.#isLost || this.isAnswered) return;
    this.isAnswered = true;
    this.#response.writeHead(status, reason, fields);
    this.#response.flushHeaders();
  }

  /** False: the client does not keep up; the next piece should wait for `onWritable`. */
  write(piece: Uint8Array): boolean {
    if (this.#isLost) return true;
    if (this.#response.write(piece) >= 0) return true;
    this.#response.onwritable = () => this.listener?.onWritable();
    this.#unsentBefore = this.unsentBytes;
    return false;
  }

  /** Says something before the response, unless the client has yet to take what was said before. */
  sendInterim(status: number, reason: string, fields: readonly string[]): void {
    if (this.#isLost || this.isAnswered || this.isHttp10 || this.unsentBytes > 0) return;
    this.#response.writeInformational(`HTTP/1.1 ${status} ${reason}\r\n${fieldLines(fields)}\r\n`, "latin1");
  }

  /** `trailers`: fields to follow a body that was sent in chunks. */
  end(close: boolean, trailers: readonly string[] = []): void {
    if (this.#isLost || this.#finished) return;
    if (trailers.length > 0 && !this.isHttp10) this.connection.setTrailers(fieldLines(trailers));
    this.#response.end();
    this.#finish(close);
  }

  /** The runtime closes a socket before it tells of it; meanwhile its response throws. */
  get #isLost(): boolean {
    return this.isGone || this.connection.isClosed;
  }

  /** The response is complete, and the client has yet to take some of it. */
  get isTaking(): boolean {
    return this.#finished && this.unsentBytes > 0;
  }

  /** Bytes of the response that are still here, because the client does not keep up. */
  get unsentBytes(): number {
    return this.isGone || this.#isSettled ? 0 : this.#response.bufferedAmount;
  }

  /** Whether the client, however slow, has taken some of what is here since this was asked, or bytes were given. */
  hasTakenSome(): boolean {
    const before = this.#unsentBefore;
    this.#unsentBefore = this.unsentBytes;
    return this.#unsentBefore < before;
  }

  /**
   * For a response that is complete: runs `act` once nothing of it is here any more. At once when the client has taken
   * it, and at the latest when its connection is closed or given to the next request.
   */
  whenSettled(act: () => void): void {
    if (this.unsentBytes === 0) return act();
    this.#response.onwritable = () => this.settle();
    this.#unsentBefore = this.unsentBytes;
    this.#whenSettled ??= [];
    this.#whenSettled.push(act);
  }

  settle(): void {
    this.#isSettled = true;
    const acts = this.#whenSettled ?? [];
    this.#whenSettled = undefined;
    for (const act of acts) act();
  }

  /** The response is a switch of protocols; nothing else of this client works afterwards. */
  openTunnel(head: string, listener: TunnelListener): ClientTunnel | undefined {
    if (this.#isLost || this.isAnswered) return undefined;
    this.isAnswered = true;
    this.#finished = true;
    this.#isSettled = true;
    this.listener = undefined;
    const tunnel = this.connection.openTunnel(this, head, listener);
    if (this.#paused) this.#response.resume();
    this.#paused = false;
    return tunnel;
  }

  cut(): void {
    if (!this.isGone && (!this.#finished || this.isTaking)) this.connection.cut();
  }

  // ---- from the runtime -----------------------------------------------------------------------------------

  #finish(close: boolean): void {
    this.#finished = true;
    this.listener = undefined;
    this.#receiver = undefined;
    if (this.#paused) {
      this.#paused = false;
      this.#response.resume();
    }
    this.connection.onAnswered(this, close || this.wantsClose || this.isHttp10 || !this.#bodyEnded);
  }

  #onData(piece: Uint8Array | undefined, isLast: boolean, aborted: number): void {
    if (aborted !== 0 || this.isGone) return;
    const receiver = this.#receiver;
    if (piece && piece.length > 0) {
      if (receiver) receiver.onPiece(piece);
      else if (!this.#finished) this.#keepEarly(piece);
    }
    if (!isLast || this.#bodyEnded) return;
    this.#bodyEnded = true;
    receiver?.onBodyEnd();
  }

  #keepEarly(piece: Uint8Array): void {
    this.#early.push(piece);
    this.pauseBody();
  }

  /** The client is gone, or what it sends cannot be read on. */
  leave(): void {
    if (this.isGone || this.#finished) return;
    this.isGone = true;
    const listener = this.listener;
    this.listener = undefined;
    this.#receiver = undefined;
    listener?.onGone();
  }
}
