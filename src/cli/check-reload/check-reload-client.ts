// One client of gw check-reload: asks again and again over its own connections, one request at a time, and tells what
// became of each. It shares the machine with what it measures, and so does as little as it can.
import type { Socket } from "bun";
import type { Clock } from "../../core/clock.ts";
import { codeOf, reasonOf } from "../../core/errors.ts";
import { isOwnAnswer } from "../../http/proxy-status.ts";
import { AnswerProblem, type ResponseHead } from "../../upstream/response-head.ts";
import { ResponseParser, type ResponseSink } from "../../upstream/response-parser.ts";
import type { FailureKind } from "./check-reload-figures.ts";

/** `isSecure`: over TLS; the server is this machine's own, so that its certificate proves nothing. */
export type TcpTarget = { hostname: string; port: number; isSecure?: true };
export type LoadTarget = TcpTarget | { unix: string; isSecure?: never };

/** The way of one client's requests, one at a time. */
export interface LoadWay {
  /** Sends the request. */
  begin(): void;
  /** Nothing that it hears from now on counts. */
  leave(): void;
}

export type LoadAnswer = {
  status: number;
  /** gw has refused the request itself: no worker has seen it. */
  isByGw: boolean;
};

export type ClientSetup = {
  /** A way for this client, which begins at once. */
  open(client: LoadClient): LoadWay;
  /** Whether the connection is kept for the next request. */
  isKept: boolean;
  clock: Clock;
  onAnswer(answer: LoadAnswer, startedMs: number, nowMs: number): void;
  onFailure(kind: FailureKind, text: string, startedMs: number): void;
  /** Whether to ask once more. */
  goesOn(): boolean;
};

/** gw's own limit for a field is its option; an answer that is longer than this is not looked at. */
export const HEADER_LINE_BYTES = 64 * 1024;
/** Before a connection is tried again where none can be made: a dead server is not to be flooded. */
const RETRY_MS = 50;

const HANDLERS: Bun.SocketHandler<LoadConnection> = {
  open: (socket) => socket.data.opened(socket),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.write(),
  close: (socket, error) => socket.data.closed(error),
  error: (socket, error) => socket.data.failed(error),
};

/** What is written before the handshake is over would be lost. */
const TLS_HANDLERS: Bun.SocketHandler<LoadConnection> = {
  ...HANDLERS,
  open() {},
  handshake: (socket) => socket.data.opened(socket),
};

export class LoadClient {
  #way: LoadWay | undefined;
  #startedMs = 0;
  #isAsking = false;
  #isOver = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(readonly setup: ClientSetup) {}

  /** Resolves when it has stopped asking. */
  get done(): Promise<void> {
    return this.#over.promise;
  }

  ask(): void {
    if (this.#isOver) return;
    if (!this.setup.goesOn()) return this.stop();
    this.#startedMs = this.setup.clock.now();
    this.#isAsking = true;
    if (this.#way) this.#way.begin();
    else this.#open();
  }

  /** Ends a request that has been under way for longer than `mostMs`. */
  endIfOlder(mostMs: number, nowMs: number): void {
    if (this.#isAsking && nowMs - this.#startedMs > mostMs)
      this.failed("timeout", `no whole answer after ${Math.round(nowMs - this.#startedMs)} ms`);
  }

  /** At once: what is under way counts for nothing. */
  stop(): void {
    this.#isOver = true;
    this.#leave();
    this.#over.resolve();
  }

  /** The whole answer has come; `isPersistent`: the way can be gone again. */
  concluded(answer: LoadAnswer, isPersistent: boolean): void {
    if (answer.status >= 500) return this.failed("status", `status ${answer.status}`);
    const { isKept, onAnswer, clock } = this.setup;
    this.#isAsking = false;
    if (!isKept || !isPersistent) this.#leave();
    onAnswer(answer, this.#startedMs, clock.now());
    this.ask();
  }

  failed(kind: FailureKind, text: string): void {
    const { setup } = this;
    const isAsking = this.#isAsking;
    this.#isAsking = false;
    this.#leave();
    if (this.#isOver) return;
    setup.onFailure(kind, text, isAsking ? this.#startedMs : setup.clock.now());
    setup.clock.after(kind === "refused" || kind === "unconnected" ? RETRY_MS : 0, () => this.ask());
  }

  /** The server closed before it had a byte of the request: that is its right, and the request goes another way. */
  closedUnasked(): void {
    this.#way = undefined;
    if (this.#isAsking && !this.#isOver) this.#open();
  }

  #open(): void {
    this.#way = this.setup.open(this);
  }

  #leave(): void {
    this.#way?.leave();
    this.#way = undefined;
  }
}

/** What of the head of an answer is counted. */
export const loadAnswerOf = (status: number, fields: readonly string[]): LoadAnswer => ({
  status,
  isByGw: status >= 400 && isOwnAnswer(fields),
});

/** What all connections of HTTP/1.1 have in common. */
export type LoadRequest = {
  /** The whole request, made once. */
  bytes: Uint8Array;
  /** Heads seen lately, of all clients. */
  heads: Map<string, ResponseHead>;
};

/** Opens a connection for a client, which asks as soon as it is there. */
export function connectLoad(client: LoadClient, target: LoadTarget, request: LoadRequest): LoadWay {
  const { isSecure, ...where } = target;
  const connection = new LoadConnection(client, request);
  const how = isSecure ? { tls: { rejectUnauthorized: false }, socket: TLS_HANDLERS } : { socket: HANDLERS };
  const options = { data: connection, ...how };
  const connecting =
    "unix" in where ? Bun.connect({ ...options, ...where }) : Bun.connect({ ...options, ...where });
  void connecting.catch((error) => connection.unconnected(error));
  return connection;
}

/** One connection of a client, and one answer at a time on it. */
class LoadConnection implements LoadWay, ResponseSink {
  readonly #client: LoadClient;
  readonly #request: Uint8Array;
  #socket: Socket<LoadConnection> | undefined;
  readonly #parser: ResponseParser;
  #isLeft = false;
  /** Bytes of the request that are not on their way. */
  #unsent = 0;
  #answer: LoadAnswer = { status: 0, isByGw: false };
  #isPersistent = false;
  #isAnswered = true;
  #hasHeard = false;

  constructor(client: LoadClient, { bytes, heads }: LoadRequest) {
    this.#client = client;
    this.#request = bytes;
    this.#parser = new ResponseParser(this, { headerLineBytes: HEADER_LINE_BYTES }, heads);
  }

  opened(socket: Socket<LoadConnection>): void {
    if (this.#isLeft) return void socket.end();
    this.#socket = socket;
    this.begin();
  }

  begin(): void {
    this.#parser.expect("GET");
    this.#isAnswered = this.#hasHeard = false;
    this.#unsent = this.#request.length;
    this.write();
  }

  write(): void {
    const request = this.#request;
    if (this.#unsent === 0 || this.#isLeft) return;
    const rest = this.#unsent === request.length ? request : request.subarray(request.length - this.#unsent);
    this.#unsent -= Math.max(this.#socket?.write(rest) ?? 0, 0);
  }

  received(bytes: Buffer): void {
    if (this.#isLeft) return;
    this.#hasHeard = true;
    try {
      const isWhole = this.#parser.push(bytes);
      if (!isWhole) return this.#client.failed("malformed", "bytes came that belong to no answer");
    } catch (error) {
      if (!(error instanceof AnswerProblem)) throw error;
      return this.#client.failed("malformed", error.message);
    }
    if (this.#isAnswered) this.#finish();
  }

  onHead(head: ResponseHead): void {
    const { status, fields } = head;
    this.#answer = loadAnswerOf(status, fields);
    this.#isPersistent = head.persistent;
  }

  onBody(): void {}

  onEnd(): void {
    this.#isAnswered = true;
  }

  failed(error: unknown): void {
    if (!this.#isLeft) this.#lost(error);
  }

  closed(error: unknown): void {
    if (!this.#isLeft) this.#lost(error);
  }

  unconnected(error: unknown): void {
    if (this.#isLeft) return;
    const isRefused = codeOf(error) === "ECONNREFUSED";
    this.#client.failed(
      isRefused ? "refused" : "unconnected",
      isRefused ? "nobody listens" : reasonOf(error),
    );
  }

  leave(): void {
    this.#isLeft = true;
    if (this.#isAnswered) this.#socket?.end();
    else this.#socket?.terminate();
  }

  #finish(): void {
    const answer = this.#answer;
    if (this.#unsent > 0)
      return this.#client.failed("malformed", "the answer came before the request was sent");
    this.#client.concluded(answer, this.#isPersistent);
  }

  #lost(error: unknown): void {
    const isWhole = this.#hasHeard && !this.#isAnswered && this.#parser.close();
    if (isWhole) return this.#finish();
    this.#isLeft = true;
    // Not one byte of the request could be on its way.
    if (this.#unsent === this.#request.length && !this.#hasHeard) return this.#client.closedUnasked();
    if (this.#isAnswered) return this.#client.closedUnasked();
    const how = codeOf(error) === "ECONNRESET" ? "reset" : this.#hasHeard ? "cut" : "closed";
    this.#client.failed(how, this.#hasHeard ? "in the middle of the answer" : "before a byte of the answer");
  }
}
