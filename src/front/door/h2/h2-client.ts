// The client of one request of HTTP/2: a stream of a connection that has many. It takes an answer as far as its window and
// that of the connection allow, and keeps its place on the connection until the last byte of the answer has left.

import type { GwError } from "../../../core/errors.ts";
import { withoutField } from "../../../http/fields.ts";
import type { Sender, Trailed } from "../../../http/h2/sender.ts";
import { hasNoBody } from "../../../http/status.ts";
import type {
  BodyReceiver,
  Client,
  ClientListener,
  ClientPeer,
  ClientTunnel,
  TunnelListener,
} from "../client.ts";
import { TunnelEnd, type TunnelSide } from "../socket/tunnel-end.ts";
import type { AnswerHead } from "./answer-blocks.ts";
import { AnswerTaking } from "./answer-taking.ts";
import type { H2Request } from "./read-request.ts";
import { type BodyOwner, RequestBody } from "./request-body.ts";

/** What the connection does for its streams. */
export interface StreamHost extends BodyOwner {
  readonly peer: ClientPeer;
  readonly isClosed: boolean;
  readonly sender: Sender<AnswerHead>;
  readonly sendWindowAtFirst: number;
  /** The head of an answer is sent next. */
  onAnswer(): void;
  /** All that the stream will ever send has been put in. */
  onSent(client: H2Client): void;
  cut(client: H2Client): void;
  onBug(thrown: unknown): void;
}

/** Of an answer without a body; never added to. */
const NONE: Uint8Array[] = [];

export class H2Client implements Client, Trailed<AnswerHead>, TunnelSide {
  readonly protocol = "HTTP/2.0";
  readonly id: number;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly hasBody: boolean;
  readonly sentLength: boolean;
  readonly wantsWebSocket: boolean;
  /** What breaks a rule of the protocol never becomes a client. */
  readonly malformed = undefined;
  readonly mayOmitHost = false;
  readonly takesInterim = true;
  readonly takesTrailers = true;
  listener: ClientListener | undefined;
  isAnswered = false;
  isGone = false;
  startsAt = Number.POSITIVE_INFINITY;
  sendWindow: number;
  unsent: Uint8Array[] = NONE;
  isWhole = false;
  isSendingDone = false;
  trailers: AnswerHead | undefined;
  /** Position behind its last byte among all that the connection sends. */
  endsAt = Number.POSITIVE_INFINITY;
  /** All that it will ever send was put in. */
  isSent = false;
  readonly body: RequestBody;
  readonly #host: StreamHost;
  #isFinished = false;
  /** Nothing of the answer is here any more. */
  #isSettled = false;
  #isBodiless = false;
  /** Of an answer whose length was told: bytes that are still to be given; undefined without a length. */
  #left: number | undefined;
  #wantsRoom = false;
  /** Of an answer that is not taken at once. */
  #taking: AnswerTaking | undefined;
  #tunnel: TunnelEnd | undefined;

  /** `isLast`: nothing follows the head of the request. */
  constructor(id: number, request: H2Request, isLast: boolean, host: StreamHost) {
    const { method, target, fields, length, wantsWebSocket } = request;
    this.id = id;
    this.method = method;
    this.target = target;
    this.fields = fields;
    this.wantsWebSocket = wantsWebSocket;
    this.sentLength = length !== undefined;
    this.hasBody = !isLast && !wantsWebSocket && length !== 0;
    this.body = new RequestBody(host, id, wantsWebSocket ? undefined : length, isLast);
    this.sendWindow = host.sendWindowAtFirst;
    this.#host = host;
  }

  get peer(): ClientPeer {
    return this.#host.peer;
  }

  get isBodyComplete(): boolean {
    return !this.hasBody || this.body.isComplete;
  }

  get #isLost(): boolean {
    return this.isGone || this.#host.isClosed;
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  receiveBody(receiver: BodyReceiver): void {
    if (!this.#isLost && !this.#isFinished && this.hasBody) this.body.receive(receiver);
  }

  pauseBody(): void {
    if (!this.#isFinished) this.body.pause();
  }

  resumeBody(): void {
    if (!this.#isFinished) this.body.resume();
  }

  sendContinue(): void {
    if (!this.#isLost && !this.isAnswered) this.#sendInterim(100, []);
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  /** The rest of the stream is not taken behind its answer in any case, and other streams have nothing to do with it. */
  refuseMore(): void {}

  sendInterim(status: number, _reason: string, fields: readonly string[]): void {
    if (!this.#isLost && !this.isAnswered && !this.#host.sender.isBlocked) this.#sendInterim(status, fields);
  }

  #sendInterim(status: number, fields: readonly string[]): void {
    this.#host.sender.sendHead(this, { status, fields, length: undefined }, false);
  }

  answer(status: number, _reason: string, fields: readonly string[], body: Uint8Array | string): void {
    if (this.#isLost || this.isAnswered) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.#begin(status, fields, bytes.length, bytes.length === 0);
    this.write(bytes);
    this.end();
  }

  answerBodiless(status: number, _reason: string, fields: readonly string[], length?: number): void {
    if (this.#isLost || this.isAnswered) return;
    this.#isBodiless = true;
    this.#begin(status, fields, length, true);
    this.#finish();
  }

  sendHead(status: number, _reason: string, fields: readonly string[], length?: number): void {
    if (!this.#isLost && !this.isAnswered) this.#begin(status, fields, length, false);
  }

  #begin(status: number, fields: readonly string[], length: number | undefined, isEmpty: boolean): void {
    this.isAnswered = true;
    this.#isBodiless ||= this.method === "HEAD" || hasNoBody(status);
    this.#left = this.#isBodiless ? undefined : length;
    this.#host.onAnswer();
    const isLast = isEmpty || this.#isBodiless;
    if (isLast) this.isWhole = true;
    this.#host.sender.sendHead(this, { status, fields, length }, isLast);
  }

  get room(): number {
    return this.#host.sender.roomFor(this);
  }

  write(piece: Uint8Array): boolean {
    if (this.#isLost || !this.isAnswered || this.#isFinished) return true;
    if (this.#isBodiless || piece.length === 0) return true;
    if (this.#left !== undefined) this.#left -= piece.length;
    this.#wantsRoom = !this.put(piece);
    return !this.#wantsRoom;
  }

  /** False: it waits here, some of it. */
  put(piece: Uint8Array): boolean {
    if (this.#isLost) return true;
    if (this.unsent === NONE) this.unsent = [];
    this.unsent.push(piece);
    const isOut = this.#host.sender.pump(this);
    if (!isOut) this.#held.mark();
    return isOut;
  }

  end(trailers: readonly string[] = []): void {
    if (this.#isLost || !this.isAnswered || this.#isFinished) return;
    // A client must not take for whole what is shorter, or longer, than it was told.
    if (this.#left !== undefined && this.#left !== 0) return this.cut();
    const hasTrailers = trailers.length > 0 && this.#left === undefined && !this.#isBodiless;
    if (hasTrailers) this.trailers = { status: 0, fields: trailers, length: undefined };
    this.#finish();
  }

  #finish(): void {
    this.#isFinished = true;
    this.listener = undefined;
    this.body.drop();
    this.finishSending();
  }

  /** Nothing more is given. */
  finishSending(): void {
    this.isWhole = true;
    if (!this.isSendingDone) this.#host.sender.pump(this);
    this.#noteSent();
  }

  #noteSent(): void {
    if (this.isSent || !this.isSendingDone) return;
    this.isSent = true;
    this.#host.onSent(this);
  }

  openTunnel(_reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined {
    if (this.#isLost || this.isAnswered) return undefined;
    this.isAnswered = this.#isFinished = this.#isSettled = true;
    this.listener = undefined;
    // What answers a key that the client has not sent has no place.
    const own = withoutField(fields, "sec-websocket-accept");
    this.#host.sender.sendHead(this, { status: 200, fields: own, length: undefined }, false);
    const tunnel = new TunnelEnd(this, listener);
    this.#tunnel = tunnel;
    // What came with the request, once whoever asked has the tunnel.
    queueMicrotask(() => this.#guarded(() => this.body.receive(tunnel)));
    return tunnel;
  }

  onTunnelEnded(): void {
    if (this.#isLost) return;
    this.body.drop();
    this.finishSending();
  }

  cut(): void {
    if (this.isGone || (this.#isFinished && !this.isTaking)) return;
    this.#host.cut(this);
  }

  // ---- the end of the answer ------------------------------------------------------------------------------

  get isTaking(): boolean {
    return this.#isFinished && !this.#isSettled && (this.unsent.length > 0 || this.#host.sender.isBlocked);
  }

  hasTakenSome(): boolean {
    return this.#held.hasTakenSome();
  }

  whenSettled(act: () => void): void {
    if (this.isTaking) this.#held.whenSettled(act);
    else act();
  }

  get #held(): AnswerTaking {
    this.#taking ??= new AnswerTaking(this, this.#host.sender);
    return this.#taking;
  }

  // ---- from the connection --------------------------------------------------------------------------------

  /** All that was given has been put in, and the kernel takes more. */
  onDrain(): void {
    if (this.isWhole) return this.#noteSent();
    if (this.#tunnel) return this.#guarded(() => this.#tunnel?.onDrained());
    if (!this.#wantsRoom) return;
    this.#wantsRoom = false;
    this.#guarded(() => this.listener?.onWritable());
  }

  settle(): void {
    this.#isSettled = true;
    for (const act of this.#taking?.takeActs() ?? []) this.#guarded(act);
  }

  /** The client wants nothing more of it, or is gone; `error`: or has broken a rule, of which it is told by the protocol's own means. */
  leave(error?: GwError): void {
    if (this.isGone) return;
    this.isGone = true;
    this.unsent = NONE;
    this.body.drop();
    const { listener } = this;
    this.listener = undefined;
    if (this.#tunnel) this.#guarded(() => this.#tunnel?.onClosed());
    else if (this.#isFinished) this.settle();
    else this.#guarded(() => (error ? listener?.onBroken(error) : listener?.onGone()));
  }

  /** Whatever one stream does to us, the connections of others go on. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#host.onBug(thrown);
    }
  }
}
