// The client of one request of HTTP/1.1 or 1.0, whose bytes gw writes itself. Whether its connection ends with the answer is
// decided here, once, where the head is written: it must not end where its client was not told.

import { fieldLines } from "../../../http/fields.ts";
import { hasNoBody } from "../../../http/status.ts";
import type { BodyReceiver, Client, ClientPeer, ClientTunnel, TunnelListener } from "../client.ts";
import { interimHead, switchHead } from "../http1/answer-head.ts";
import { Http1Client } from "../http1/http1-client.ts";
import { asksForWebSocket, codingFault } from "../http1/request-rules.ts";
import type { ParsedHead } from "./head-parser.ts";
import type { SocketOutbox } from "./socket-outbox.ts";

/** What the connection must know of its present request, and is asked for it. */
export interface RawSide {
  readonly peer: ClientPeer;
  readonly isClosed: boolean;
  readonly outbox: SocketOutbox;
  /** Whether the front wants the connection to end with an answer whose head is written now. */
  endsNext(): boolean;
  /** More of the body may be given, or less. */
  readOn(): void;
  /** The answer is out; `closes` says that nothing may follow on the connection. */
  onAnswered(client: RawClient, closes: boolean): void;
  /** Takes the connection out of HTTP. */
  openTunnel(listener: TunnelListener): ClientTunnel;
  /** Ends the connection at once; `byReset` where an end alone would look like that of a whole answer. */
  cut(byReset: boolean): void;
}

const CLOSE = "Connection: close\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** How the body of an answer is told from what follows it. */
type Framing = "none" | "length" | "chunked" | "close";

export class RawClient extends Http1Client implements Client {
  isBodyComplete: boolean;
  readonly #connection: RawSide;
  readonly #head: ParsedHead;
  #receiver: BodyReceiver | undefined;
  #isPaused = false;
  /** The connection ends with this answer, and its head says so. */
  #closes = false;
  #framing: Framing = "none";
  /** Of an answer whose length was told: bytes that are still to be given. */
  #left = 0;
  #wantsRoom = false;

  constructor(head: ParsedHead, connection: RawSide) {
    const { method, target, isHttp10 } = head;
    super({ method, target, isHttp10, hasBody: head.isCoded || (head.length ?? 0) > 0 }, head.fields);
    this.isBodyComplete = !this.hasBody;
    this.#head = head;
    this.#connection = connection;
  }

  get peer(): ClientPeer {
    return this.#connection.peer;
  }

  get sentLength(): boolean {
    return this.#head.length !== undefined;
  }

  get malformed(): string | undefined {
    return this.#head.isCoded ? codingFault(this.fields, this.isHttp10) : undefined;
  }

  get wantsWebSocket(): boolean {
    return this.#head.asksForUpgrade && asksForWebSocket(this);
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  /** Somebody takes pieces now. */
  get takesBody(): boolean {
    return this.#receiver !== undefined && !this.#isPaused;
  }

  get hasPausedBody(): boolean {
    return this.#isPaused && !this.isBodyComplete;
  }

  receiveBody(receiver: BodyReceiver): void {
    if (this.#isLost || this.isFinished) return;
    this.#receiver = receiver;
    this.#connection.readOn();
  }

  pauseBody(): void {
    if (this.#isPaused || this.isBodyComplete || this.#isLost || this.isFinished) return;
    this.#isPaused = true;
    this.#connection.readOn();
  }

  resumeBody(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!this.#isLost) this.#connection.readOn();
  }

  sendContinue(): void {
    if (this.isAnswered || this.isHttp10 || this.#isLost) return;
    this.#connection.outbox.put(CONTINUE);
    this.#connection.outbox.flush();
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  answer(status: number, reason: string, fields: readonly string[], body: Uint8Array | string): void {
    if (this.#isLost || this.isAnswered) return;
    const bytes = typeof body === "string" && !isAscii(body) ? Buffer.from(body) : body;
    const head = this.#headOf(status, reason, fields, `Content-Length: ${bytes.length}\r\n`);
    const { outbox } = this.#connection;
    if (this.method === "HEAD" || hasNoBody(status)) outbox.put(head);
    else if (typeof bytes === "string") outbox.put(head + bytes);
    else {
      outbox.put(head);
      outbox.put(bytes);
    }
    this.#finish();
  }

  answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (this.#isLost || this.isAnswered) return;
    const framing = length === undefined ? "" : `Content-Length: ${length}\r\n`;
    this.#connection.outbox.put(this.#headOf(status, reason, fields, framing));
    this.#finish();
  }

  sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (this.#isLost || this.isAnswered) return;
    const [framing, line] = this.#framingOf(status, length);
    this.#framing = framing;
    this.#left = length ?? 0;
    this.#connection.outbox.put(this.#headOf(status, reason, fields, line));
  }

  #framingOf(status: number, length: number | undefined): [Framing, line: string] {
    const line = length === undefined ? "" : `Content-Length: ${length}\r\n`;
    if (this.method === "HEAD" || hasNoBody(status)) return ["none", line];
    if (length !== undefined) return ["length", line];
    return this.isHttp10 ? ["close", ""] : ["chunked", "Transfer-Encoding: chunked\r\n"];
  }

  #headOf(status: number, reason: string, fields: readonly string[], framing: string): string {
    this.isAnswered = true;
    this.#closes =
      this.isLast ||
      !this.#head.isKept ||
      this.isHttp10 ||
      !this.isBodyComplete ||
      this.#connection.endsNext();
    const end = this.#closes ? CLOSE : "";
    return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(fields)}${end}${framing}\r\n`;
  }

  write(piece: Uint8Array): boolean {
    if (this.#isLost || !this.isAnswered || this.isFinished) return true;
    const { outbox } = this.#connection;
    this.#putPiece(outbox, piece);
    if (outbox.unsent === 0) return true;
    this.#wantsRoom = true;
    this.noteUnsent();
    return false;
  }

  #putPiece(outbox: SocketOutbox, piece: Uint8Array): void {
    if (this.#framing === "none" || piece.length === 0) return;
    if (this.#framing !== "chunked") {
      this.#left -= piece.length;
      return outbox.put(piece);
    }
    outbox.put(`${piece.length.toString(16)}\r\n`);
    outbox.put(piece);
    outbox.put("\r\n");
  }

  sendInterim(status: number, reason: string, fields: readonly string[]): void {
    const { outbox } = this.#connection;
    if (this.#isLost || this.isAnswered || this.isHttp10 || outbox.unsent > 0) return;
    outbox.put(interimHead(status, reason, fields));
    outbox.flush();
  }

  end(trailers: readonly string[] = []): void {
    if (this.#isLost || !this.isAnswered || this.isFinished) return;
    // A client must not take what follows for the rest of an answer that is shorter, or longer, than it was told.
    if (this.#framing === "length" && this.#left !== 0) return this.cut();
    if (this.#framing === "chunked") this.#connection.outbox.put(`0\r\n${fieldLines(trailers)}\r\n`);
    this.#finish();
  }

  get #isLost(): boolean {
    return this.isGone || this.#connection.isClosed;
  }

  /** Bytes of the answer that are still here, because the client does not keep up. */
  get unsentBytes(): number {
    return this.isGone || this.isSettled ? 0 : this.#connection.outbox.unsent;
  }

  openTunnel(reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined {
    if (this.#isLost || this.isAnswered) return undefined;
    this.isAnswered = this.isFinished = this.isSettled = true;
    this.listener = this.#receiver = undefined;
    this.#connection.outbox.put(switchHead(reason, fields));
    return this.#connection.openTunnel(listener);
  }

  cut(): void {
    if (this.isGone || (this.isFinished && !this.isTaking)) return;
    this.#connection.cut(this.#framing === "close");
  }

  // ---- from the connection --------------------------------------------------------------------------------

  onPiece(piece: Uint8Array): void {
    this.#receiver?.onPiece(piece);
  }

  onBodyEnd(): void {
    if (this.isBodyComplete) return;
    this.isBodyComplete = true;
    this.#receiver?.onBodyEnd();
  }

  /** Nothing is left that the kernel has not taken. */
  onDrained(): void {
    if (this.isFinished) return this.settle();
    if (!this.#wantsRoom) return;
    this.#wantsRoom = false;
    this.listener?.onWritable();
  }

  onLeft(): void {
    this.#receiver = undefined;
  }

  #finish(): void {
    this.isFinished = true;
    this.listener = this.#receiver = undefined;
    this.#connection.outbox.flush();
    this.#connection.onAnswered(this, this.#closes);
  }
}

/** Only then is its length in bytes that of the text. */
const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text);
