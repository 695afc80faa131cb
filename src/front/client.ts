// The client's side of one request: what it sent, and the ways to answer it. Knows the native response and nothing
// of workers. Every method is safe to call after the client has left.

import { HAS_LENGTH, HAS_TRANSFER_ENCODING, type NativeResponse, WANTS_CLOSE } from "./native.ts";

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

/** What the connection must know of its present request. */
export interface ConnectionSide {
  readonly address: string;
  readonly port: number;
  /** The response is out; `close` says that nothing may follow on the connection. */
  onAnswered(client: Client, close: boolean): void;
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

  constructor(
    request: { method: string; target: string; bits: number; hasBody: boolean; isHttp10: boolean },
    response: NativeResponse,
    connection: ConnectionSide,
  ) {
    this.method = request.method;
    this.target = request.target;
    this.isHttp10 = request.isHttp10;
    this.hasBody = request.hasBody;
    this.fields = response.takeRawHeaders() ?? [];
    this.connection = connection;
    this.#response = response;
    this.#bits = request.bits;
    this.#bodyEnded = !request.hasBody;
    response.onabort = () => this.#leave();
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
    if (held instanceof Uint8Array) this.#receiver?.onPiece(held);
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
    if (this.isGone || this.isAnswered) return;
    this.isAnswered = true;
    this.#response.writeHeadAndEnd(status, reason, fields, body);
    this.#finish(close);
  }

  /** Sends the head and leaves the response open. */
  sendHead(status: number, reason: string, fields: readonly string[]): void {
    if (this.isGone || this.isAnswered) return;
    this.isAnswered = true;
    this.#response.writeHead(status, reason, fields);
    this.#response.flushHeaders();
  }

  /** False: the client does not keep up; the next piece should wait for `onWritable`. */
  write(piece: Uint8Array): boolean {
    if (this.isGone) return true;
    if (this.#response.write(piece) >= 0) return true;
    this.#response.onwritable = () => this.listener?.onWritable();
    return false;
  }

  end(close: boolean): void {
    if (this.isGone || this.#finished) return;
    this.#response.end();
    this.#finish(close);
  }

  cut(): void {
    if (!this.isGone && !this.#finished) this.connection.cut();
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

  #leave(): void {
    if (this.isGone || this.#finished) return;
    this.isGone = true;
    const listener = this.listener;
    this.listener = undefined;
    this.#receiver = undefined;
    listener?.onGone();
  }
}
