// One visit over one connection to one worker, both ways: the request's body in, the answer out, each no faster than
// its receiver takes it. It reports how it ended and decides nothing about another try.

import { Alarm, type Deadlines, type Due } from "../core/deadlines.ts";
import type { Cause } from "../core/errors.ts";
import type { Connection, Exchange, Failure } from "../upstream/connection.ts";
import type { ResponseHead } from "../upstream/response-head.ts";
import type { ClientListener } from "./client.ts";
import type { RelayEnd } from "./endings.ts";
import type { IntakeListener } from "./intake.ts";
import { onwardHead } from "./onward.ts";
import { Tunnel } from "./tunnel.ts";
import type { Visit } from "./visit.ts";

export type RelayOptions = {
  token: string;
  scheme: string;
  /** The socket timeout: for each read and write, towards the worker and the client. */
  silence: Deadlines;
  /** The request timeout; undefined without one. */
  answers: Deadlines | undefined;
  /** The connection to the client shall end with this answer. */
  isClosing: () => boolean;
  /** Value of a Date field for an answer without one. */
  date: () => string;
  onEnd: (relay: Relay, end: RelayEnd) => void;
};

export class Relay implements Exchange, ClientListener, IntakeListener, Due {
  readonly visit: Visit;
  readonly method: string;
  readonly maySwitch: boolean;
  /** Where it stands among the relays of its worker; theirs to set. */
  place = 0;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #options: RelayOptions;
  #connection: Connection | undefined;
  #head: ResponseHead | undefined;
  #first: Uint8Array | undefined;
  #chunked = false;
  /** The request's body, where all of it was here at the start. */
  #whole: Uint8Array | undefined;
  #requestDone = false;
  #workerBlocked = false;
  #clientBlocked = false;
  /** The connection to the client ends with this answer, and its head says so. */
  #closes = false;
  #complete = false;
  #over = false;
  /** Rings when the worker has not begun to answer in time. */
  readonly #answerDue: Alarm | undefined;

  constructor(visit: Visit, options: RelayOptions) {
    this.visit = visit;
    this.method = visit.client.method;
    this.maySwitch = visit.client.wantsWebSocket;
    this.#options = options;
    this.#answerDue = options.answers && new Alarm(() => this.#stop({ kind: "overdue" }));
    // From now on, also while a connection is being opened, the client's leaving ends the relay.
    visit.client.listener = this;
  }

  /** Ended, perhaps before it was started. */
  get isOver(): boolean {
    return this.#over;
  }

  start(connection: Connection): void {
    const { visit } = this;
    const { intake } = visit;
    this.#connection = connection;
    connection.begin(this);
    const body = intake ? intake.framing : visit.client.sentLength ? 0 : undefined;
    const head = onwardHead(visit, this.#options, body);
    this.#chunked = body === "chunked";
    const held = intake?.takeHeld();
    if (intake?.isComplete) this.#whole = held;
    this.#workerBlocked = held
      ? !connection.write(Buffer.concat([Buffer.from(head, "latin1"), this.#frame(held)]))
      : !connection.writeText(head);
    if (!intake || intake.isComplete) this.#finishRequest();
    else {
      intake.onTooLarge = () => this.#stop({ kind: "body too large" });
      intake.deliver(this);
    }
    if (!this.#over) this.#options.silence.touch(this);
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  onBodyPiece(piece: Uint8Array): boolean {
    this.#options.silence.touch(this);
    this.#workerBlocked = this.#connection?.write(this.#frame(piece)) === false;
    return !this.#workerBlocked;
  }

  onBodyEnd(): void {
    if (this.#chunked) this.#connection?.write(LAST_CHUNK);
    this.#finishRequest();
    this.#options.silence.touch(this);
  }

  onDrain(): void {
    this.#workerBlocked = false;
    this.#options.silence.touch(this);
    this.visit.intake?.proceed();
  }

  #frame(piece: Uint8Array): Uint8Array {
    if (!this.#chunked) return piece;
    return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]);
  }

  #finishRequest(): void {
    this.#requestDone = true;
    this.#connection?.finishRequest();
    // An app may answer while it still receives: then there is nothing left to wait for.
    if (this.#answerDue && !this.#head && !this.#over) this.#options.answers?.touch(this.#answerDue);
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  onHead(head: ResponseHead): void {
    if (head.status === 101) return this.#switch(head);
    this.#head = head;
    if (this.#answerDue) this.#options.answers?.remove(this.#answerDue);
  }

  /** The bytes behind the head already go to the tunnel. */
  #switch(head: ResponseHead): void {
    const connection = this.#connection;
    if (!connection) return;
    const tunnel = new Tunnel(connection);
    connection.handOver(tunnel);
    this.#connection = undefined;
    tunnel.open(this.visit.client, head);
    this.#stop({ kind: "switched", tunnel });
  }

  onBody(piece: Uint8Array): void {
    // Pieces that came with the head wait for the end of this read: most answers are whole by then.
    if (!this.visit.client.isAnswered && !this.#first) {
      this.#first = piece;
      return;
    }
    this.#sendHead();
    this.#pass(piece);
  }

  onEnd(): void {
    this.#complete = true;
  }

  onRead(): void {
    if (this.#over) return;
    const { client } = this.visit;
    if (!this.#head) return this.#options.silence.touch(this);
    if (this.#complete) {
      if (client.isAnswered) client.end(this.#closes);
      else this.#answerWhole(this.#head);
      return this.#stop({ kind: "answered" });
    }
    this.#sendHead();
    if (!this.#clientBlocked) this.#options.silence.touch(this);
  }

  onFailure(failure: Failure): void {
    this.#connection = undefined;
    this.#stop({ kind: "failed", failure });
  }

  #answerWhole(head: ResponseHead): void {
    const { client } = this.visit;
    const fields = this.#fieldsOf(head);
    const close = this.#closes;
    if (head.framing !== "none")
      return client.answer(head.status, head.reason, fields, this.#first ?? EMPTY, close);
    // No body by rule (HEAD, 204, 304): a length still says what GET would have got.
    if (head.length >= 0)
      return client.answer(
        head.status,
        head.reason,
        [...fields, "Content-Length", String(head.length)],
        undefined,
        close,
      );
    client.answerBodiless(head.status, head.reason, fields, close);
  }

  #sendHead(): void {
    const { client } = this.visit;
    const head = this.#head;
    if (!head || client.isAnswered) return;
    const fields = this.#fieldsOf(head);
    client.sendHead(
      head.status,
      head.reason,
      head.framing === "length" ? [...fields, "Content-Length", String(head.length)] : fields,
    );
    const first = this.#first;
    this.#first = undefined;
    if (first) this.#pass(first);
  }

  #pass(piece: Uint8Array): void {
    if (this.visit.client.write(piece) || this.#clientBlocked) return;
    this.#clientBlocked = true;
    this.#connection?.pause();
    // Now the client's silence counts, not the worker's.
    this.#options.silence.touch(this);
  }

  onWritable(): void {
    this.#clientBlocked = false;
    this.#options.silence.touch(this);
    this.#connection?.resume();
  }

  #fieldsOf(head: ResponseHead): readonly string[] {
    // Decided once: a connection whose client was not told that it ends must not end.
    this.#closes = this.#isClosing();
    if (head.dated && !this.#closes) return head.fields;
    const fields = [...head.fields];
    if (!head.dated) fields.push("Date", this.#options.date());
    if (this.#closes) fields.push("Connection", "close");
    return fields;
  }

  #isClosing(): boolean {
    const { client } = this.visit;
    return this.#options.isClosing() || client.wantsClose || client.isHttp10 || !client.isBodyComplete;
  }

  // ---- how it ends ----------------------------------------------------------------------------------------

  onGone(): void {
    this.#stop({ kind: "client gone" });
  }

  condemn(cause: Cause): void {
    this.#stop({ kind: "condemned", cause });
  }

  onDue(): void {
    if (this.#clientBlocked) this.#waitOn();
    else if (this.#requestDone || this.#workerBlocked) this.#stop({ kind: "worker silent" });
    else this.#stop({ kind: "client stalled", while: "sending" });
  }

  #waitOn(): void {
    if (this.visit.client.hasTakenSome()) this.#options.silence.touch(this);
    else this.#stop({ kind: "client stalled", while: "reading" });
  }

  #stop(end: RelayEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.silence.remove(this);
    if (this.#answerDue) this.#options.answers?.remove(this.#answerDue);
    this.visit.client.listener = undefined;
    // A request that failed may go to another worker, with its body.
    if (end.kind !== "failed") this.visit.intake?.stop();
    else if (this.#whole && end.failure.kind === "lost" && !end.failure.sent)
      this.visit.intake?.restore(this.#whole);
    if (end.kind !== "answered") this.#connection?.destroy();
    this.#connection = undefined;
    this.#options.onEnd(this, end);
  }
}

const EMPTY = new Uint8Array(0);
const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
