// The client of one request of HTTP/1.1 or 1.0, on the runtime's native response. Whether its connection ends with the answer
// is decided here, once, where the head is written: it must not end where its client was not told.

import { fieldLines } from "../../../http/fields.ts";
import type { BodyReceiver, Client, ClientPeer, ClientTunnel, TunnelListener } from "../client.ts";
import { interimHead, switchHead } from "../http1/answer-head.ts";
import { Http1Client } from "../http1/http1-client.ts";
import { asksForWebSocket, codingFault, lengthFault } from "../http1/request-rules.ts";
import { type ClientRequest, UPGRADE } from "./client-request.ts";
import {
  HAS_LENGTH,
  HAS_TRANSFER_ENCODING,
  lengthField,
  type NativeResponse,
  WANTS_CLOSE,
} from "./native.ts";

/** What the connection must know of its present request, and is asked for it. */
export interface ConnectionSide extends ClientPeer {
  /** Closed, whether that was told yet or not. */
  readonly isClosed: boolean;
  /** Whether the front wants the connection to end with an answer whose head is written now. */
  endsNext(): boolean;
  /** The response is out; `close` says that nothing may follow on the connection. */
  onAnswered(client: H1Client, close: boolean): void;
  /** Takes the connection out of HTTP and sends `head`, which must be a complete 101 answer. */
  openTunnel(client: H1Client, head: string, listener: TunnelListener): ClientTunnel;
  /** Lines that follow the last chunk of the response that ends next. */
  setTrailers(lines: string): void;
  /** See `Client.sendFile`. */
  sendFile(descriptor: number, position: number, count: number): number | undefined;
  /** Ends the connection at once. */
  cut(): void;
  /** Runs it on the stack of the runtime: a mistake of ours costs this client its connection, and the others nothing. */
  guarded(act: () => void): void;
}

export class H1Client extends Http1Client implements Client {
  readonly response: NativeResponse;
  /** The runtime refers to a piece of which the kernel has not taken all, and copies or forgets all others. */
  readonly leavesMemory = true;
  /** What came in one read with the head of an upgrade request. */
  readonly early: Uint8Array | undefined;
  readonly #connection: ConnectionSide;
  readonly #bits: number;
  #receiver: BodyReceiver | undefined;
  /** Pieces that came before anyone received: the body of a request that waits behind another one. */
  #early: Uint8Array[] = [];
  #bodyEnded: boolean;
  #paused = false;
  /** The connection ends with this answer, and its head says so. */
  #closes = false;

  constructor(request: ClientRequest, response: NativeResponse, connection: ConnectionSide) {
    super(request, response.takeRawHeaders() ?? []);
    this.early = request.early;
    this.#connection = connection;
    this.response = response;
    this.#bits = request.bits;
    this.#bodyEnded = !request.hasBody;
    if (request.hasBody) response.ondata = (piece, isLast, aborted) => this.#onData(piece, isLast, aborted);
  }

  get peer(): ClientPeer {
    return this.#connection;
  }

  get wantsClose(): boolean {
    return (this.#bits & WANTS_CLOSE) !== 0;
  }

  get sentLength(): boolean {
    return (this.#bits & HAS_LENGTH) !== 0;
  }

  get malformed(): string | undefined {
    if ((this.#bits & HAS_TRANSFER_ENCODING) !== 0) return codingFault(this.fields, this.isHttp10);
    return this.sentLength ? lengthFault(this.fields) : undefined;
  }

  get wantsWebSocket(): boolean {
    return (this.#bits & UPGRADE) === UPGRADE && asksForWebSocket(this);
  }

  get isBodyComplete(): boolean {
    return this.#bodyEnded;
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  receiveBody(receiver: BodyReceiver): void {
    const early = this.#early;
    this.#early = [];
    this.#receiver = receiver;
    for (const piece of early) receiver.onPiece(piece);
    if (early.length > 0) this.resumeBody();
  }

  pauseBody(): void {
    if (this.#paused || this.#isLost || this.#bodyEnded) return;
    this.#paused = this.response.pause();
  }

  resumeBody(): void {
    if (!this.#paused || this.#isLost) return;
    this.#paused = false;
    const held = this.response.resume();
    // A piece of nothing, written as a chunk, would end the body in the middle.
    if (held instanceof Uint8Array && held.length > 0) this.#receiver?.onPiece(held);
  }

  /**
   * Reads nothing that comes behind the head: the runtime would take it for another request. It waits in the kernel for the
   * answer, which tells what it is. On the stack of the dispatch only.
   */
  holdBehind(): void {
    this.#paused = this.response.pause();
  }

  sendContinue(): void {
    if (!this.isAnswered && !this.isHttp10 && !this.#isLost) this.response.writeContinue();
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  /** `body`: undefined where the fields hold its framing, or say that there is none. */
  answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string | undefined,
  ): void {
    if (this.#isLost || this.isAnswered) return;
    this.isAnswered = true;
    this.response.writeHeadAndEnd(status, reason, this.#withEnd(fields), body);
    this.#finish();
  }

  answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.answer(status, reason, [...fields, ...lengthField(length)], undefined);
  }

  sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (this.#isLost || this.isAnswered) return;
    this.isAnswered = true;
    const framed = length === undefined ? fields : [...fields, ...lengthField(length)];
    this.response.writeHead(status, reason, this.#withEnd(framed));
    this.response.flushHeaders();
  }

  /** The fields of the head that is written now. */
  #withEnd(fields: readonly string[]): readonly string[] {
    this.#closes =
      this.isLast || this.wantsClose || this.isHttp10 || !this.#bodyEnded || this.#connection.endsNext();
    return this.#closes ? [...fields, "Connection", "close"] : fields;
  }

  write(piece: Uint8Array): boolean {
    if (this.#isLost || this.isFinished) return true;
    if (this.response.write(piece) >= 0) return true;
    this.#tellWritable();
    return false;
  }

  sendFile(descriptor: number, position: number, count: number): number | "later" | undefined {
    if (this.#isLost || this.isFinished) return count;
    if (this.unsentBytes === 0) return this.#connection.sendFile(descriptor, position, count);
    this.#tellWritable();
    return "later";
  }

  #tellWritable(): void {
    this.response.onwritable = () => this.#connection.guarded(() => this.listener?.onWritable());
    this.noteUnsent();
  }

  sendInterim(status: number, reason: string, fields: readonly string[]): void {
    if (this.#isLost || this.isAnswered || this.isHttp10 || this.unsentBytes > 0) return;
    this.response.writeInformational(interimHead(status, reason, fields), "latin1");
  }

  end(trailers?: readonly string[]): void {
    if (this.#isLost || this.isFinished) return;
    if (trailers && trailers.length > 0 && !this.isHttp10) this.#connection.setTrailers(fieldLines(trailers));
    this.response.end();
    this.#finish();
  }

  /** The runtime closes a socket before it tells of it; meanwhile its response throws. */
  get #isLost(): boolean {
    return this.isGone || this.#connection.isClosed;
  }

  /** Bytes of the response that are still here, because the client does not keep up. */
  get unsentBytes(): number {
    return this.isGone || this.isSettled ? 0 : this.response.bufferedAmount;
  }

  override whenSettled(act: () => void): void {
    if (this.unsentBytes > 0) this.response.onwritable = () => this.#connection.guarded(() => this.settle());
    super.whenSettled(act);
  }

  openTunnel(reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined {
    if (this.#isLost || this.isAnswered) return undefined;
    this.isAnswered = true;
    this.isFinished = true;
    this.isSettled = true;
    this.listener = undefined;
    const tunnel = this.#connection.openTunnel(this, switchHead(reason, fields), listener);
    if (this.#paused) this.response.resume();
    this.#paused = false;
    return tunnel;
  }

  cut(): void {
    if (!this.isGone && (!this.isFinished || this.isTaking)) this.#connection.cut();
  }

  // ---- from the runtime -----------------------------------------------------------------------------------

  #finish(): void {
    this.isFinished = true;
    this.listener = undefined;
    this.#receiver = undefined;
    if (this.#paused) {
      this.#paused = false;
      this.response.resume();
    }
    this.#connection.onAnswered(this, this.#closes);
  }

  #onData(piece: Uint8Array | undefined, isLast: boolean, aborted: number): void {
    if (aborted !== 0 || this.isGone) return;
    this.#connection.guarded(() => this.#take(piece, isLast));
  }

  #take(piece: Uint8Array | undefined, isLast: boolean): void {
    const receiver = this.#receiver;
    if (piece && piece.length > 0) {
      if (receiver) receiver.onPiece(piece);
      else if (!this.isFinished) this.#keepEarly(piece);
    }
    if (!isLast || this.#bodyEnded) return;
    this.#bodyEnded = true;
    receiver?.onBodyEnd();
  }

  #keepEarly(piece: Uint8Array): void {
    this.#early.push(piece);
    this.pauseBody();
  }

  onLeft(): void {
    this.#receiver = undefined;
  }
}
