// The streams of one connection of HTTP/2, each of which is a request like any other: how they begin and end, what comes on
// them, and how many there may be. What breaks a rule of a request ends that request alone.

import { GwError } from "../../../core/errors.ts";
import { Budget } from "../../../http/h2/budget.ts";
import { CODE, ConnectionProblem, WINDOW_MOST } from "../../../http/h2/frames.ts";
import { Peer } from "../../../http/h2/peer.ts";
import { Sender } from "../../../http/h2/sender.ts";
import type { ClientPeer } from "../client.ts";
import type { Refusal, RefusalAnswer } from "../door.ts";
import { AnswerBlocks, type AnswerHead } from "./answer-blocks.ts";
import { BodiesInflow } from "./bodies-inflow.ts";
import { ControlFrames } from "./control-frames.ts";
import { greet, STREAMS_MOST } from "./greeting.ts";
import { H2Client, type StreamHost } from "./h2-client.ts";
import type { Head, StreamTarget } from "./h2-frames.ts";
import {
  checkTrailers,
  type H2Request,
  lineOf,
  MalformedRequest,
  NO_REQUEST,
  readRequest,
} from "./read-request.ts";
import { type RequestBody, StreamProblem } from "./request-body.ts";
import { StreamRegister } from "./stream-register.ts";

/** What of the connection its streams need. */
export interface StreamsOwner {
  readonly peer: ClientPeer;
  readonly isClosed: boolean;
  /** No more requests are taken. */
  readonly isClosedToNew: boolean;
  admit(client: H2Client): void;
  refuse(refusal: Omit<Refusal, "address">): RefusalAnswer | undefined;
  /** Fields of the answer to a question to the server itself. */
  serverOptions(): string[];
  /** The head of an answer is sent next: the last one of the connection, perhaps. */
  onAnswer(): void;
  closeToNew(code: number, reason: string): void;
  onPingAnswer(bytes: Buffer, from: number): void;
  onFlushed(): void;
  onBug(thrown: unknown): void;
}

export class H2Streams implements StreamTarget, StreamHost {
  readonly sender: Sender<AnswerHead>;
  /** For what is not about streams. */
  readonly control: ControlFrames;
  readonly #owner: StreamsOwner;
  readonly #peer = new Peer();
  readonly #streams: StreamRegister;
  readonly #budget: Budget;
  readonly #inflow: BodiesInflow;

  constructor(owner: StreamsOwner, now: () => number, headBytes: number) {
    this.#owner = owner;
    this.sender = new Sender(this.#peer, new AnswerBlocks(), greet(headBytes), () => this.#onFlushed());
    this.#streams = new StreamRegister(this.sender);
    this.#budget = new Budget(now, () => this.sender.bodyBytes);
    this.control = new ControlFrames({
      peer: this.#peer,
      sender: this.sender,
      budget: this.#budget,
      streams: () => this.#streams.all(),
      onPingAnswer: (bytes, from) => owner.onPingAnswer(bytes, from),
      closeToNew: (code, reason) => owner.closeToNew(code, reason),
    });
    this.#inflow = new BodiesInflow((bytes) => this.control.openWindow(0, bytes));
  }

  /** The last one that was begun. */
  get last(): number {
    return this.#streams.last;
  }

  /** Of those that have yet to be answered, or whose answers are still to be given. */
  get live(): number {
    return this.#streams.live;
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  // ---- for streams ----------------------------------------------------------------------------------------

  get peer(): ClientPeer {
    return this.#owner.peer;
  }

  get isClosed(): boolean {
    return this.#owner.isClosed;
  }

  get sendWindowAtFirst(): number {
    return this.#peer.initialWindow;
  }

  onAnswer(): void {
    this.#owner.onAnswer();
  }

  onSent(client: H2Client): void {
    // The rest of the request is not wanted (RFC 9113 section 8.1).
    if (!client.body.hasEnded) this.control.sendReset(client.id, CODE.noError);
    this.#streams.onSent(client);
  }

  cut(client: H2Client): void {
    this.#reset(client, CODE.internal);
  }

  credit(bytes: number): void {
    this.#inflow.credit(bytes);
  }

  openWindow(id: number, bytes: number): void {
    if (!this.isClosed) this.control.openWindow(id, bytes);
  }

  onPending(body: RequestBody): void {
    this.#inflow.onPending(body);
  }

  onBug(thrown: unknown): void {
    this.#owner.onBug(thrown);
  }

  // ---- heads ----------------------------------------------------------------------------------------------

  onHead(head: Head): void {
    const { id, isLast, overflow } = head;
    const stream = this.#streams.get(id);
    if (stream) return this.#onTrailers(stream, head);
    if (id % 2 === 0) throw new ConnectionProblem(CODE.protocol, `a request on stream ${id}`);
    if (id <= this.#streams.last) return this.#streams.checkLate(id);
    if (this.#owner.isClosedToNew) return;
    this.#streams.last = id;
    this.#budget.noteUse();
    if (this.#streams.size >= STREAMS_MOST) return this.#refuseFull(head);
    if (overflow) return this.#refuseHead(head, overflow);
    try {
      const request = readRequest(head.fields, isLast);
      this.#begin(id, request, isLast);
    } catch (problem) {
      if (!(problem instanceof MalformedRequest)) throw problem;
      this.#tellMalformed(problem.message, lineOf(head.fields));
      this.#streams.noteUnborn(id, isLast);
      this.control.sendReset(id, CODE.protocol);
      this.#budget.noteFault();
    }
  }

  #begin(id: number, request: H2Request, isLast: boolean): void {
    const client = this.#enter(id, request, isLast);
    // A question to the server itself (RFC 9110 section 9.3.7).
    if (client.target === "*") return client.answerBodiless(204, "", this.#owner.serverOptions());
    this.#owner.admit(client);
  }

  #enter(id: number, request: H2Request, isLast: boolean): H2Client {
    const client = new H2Client(id, request, isLast, this);
    this.#streams.enter(client);
    return client;
  }

  #refuseFull({ id, fields, isLast }: Head): void {
    const error = new GwError("too_many_streams", { most: STREAMS_MOST });
    this.#owner.refuse({ error, reason: error.message, line: lineOf(fields), isAnswering: true });
    this.#streams.noteUnborn(id, isLast);
    this.control.sendReset(id, CODE.refused);
    this.#budget.noteFault();
  }

  /** Of a head that was not kept the table may not be either: the connection ends with it. */
  #refuseHead({ id, fields, isLast }: Head, overflow: string): void {
    const error = new GwError("request_head_too_large");
    const told = { error, reason: overflow, line: lineOf(fields) };
    const answer = this.#owner.refuse({ ...told, isAnswering: false });
    const client = this.#enter(id, NO_REQUEST, isLast);
    this.#owner.closeToNew(CODE.noError, overflow);
    if (!answer) return this.#reset(client, CODE.calm);
    client.answer(answer.status, answer.reason, answer.fields, answer.body);
  }

  #onTrailers(stream: H2Client, { fields, isLast, overflow }: Head): void {
    if (overflow) throw new ConnectionProblem(CODE.calm, overflow);
    if (stream.body.hasEnded)
      return this.#fail(stream, CODE.streamClosed, "a head behind the end of a request");
    if (stream.isSent || stream.isGone) return;
    try {
      if (!isLast) throw new MalformedRequest("a second head that does not end the request");
      checkTrailers(fields);
      stream.body.onEnd();
    } catch (problem) {
      this.#failFor(stream, problem);
    }
  }

  // ---- other frames ---------------------------------------------------------------------------------------

  onData(id: number, piece: Buffer, size: number, isLast: boolean): void {
    this.#inflow.take(size);
    const stream = this.#streams.get(id);
    if (!stream || stream.isSent || stream.isGone) {
      this.credit(size);
      if (!stream && !this.#isTooLate(id)) this.#streams.checkLate(id);
      return;
    }
    if (stream.body.hasEnded) {
      this.credit(size);
      return this.#fail(stream, CODE.streamClosed, "data behind the end of a request");
    }
    if (piece.length > 0) this.#budget.noteUse();
    try {
      stream.body.onData(piece, size, isLast);
    } catch (problem) {
      this.credit(piece.length);
      this.#failFor(stream, problem);
    }
  }

  /** The end of one read. */
  onRead(): void {
    this.#inflow.onRead();
  }

  onReset(id: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return this.#passOver(id);
    const isLive = !stream.isSent && !stream.isGone;
    stream.body.hasEnded = true;
    this.#streams.end(stream);
    if (isLive) this.#budget.noteFault();
  }

  onWindow(id: number, by: number): void {
    this.#budget.noteChatter();
    if (id === 0) return this.control.onWindow(by);
    const stream = this.#streams.get(id);
    if (!stream) return this.#passOver(id);
    stream.sendWindow += by;
    if (by === 0) return this.#fail(stream, CODE.protocol, "a window that is opened by nothing");
    if (stream.sendWindow > WINDOW_MOST)
      return this.#fail(stream, CODE.flowControl, "a window out of bounds");
    this.sender.unblockOne(stream);
  }

  #passOver(id: number): void {
    if (!this.#isTooLate(id)) this.#streams.checkBegun(id);
  }

  /** It has begun when no more requests were taken, which the client was told. */
  #isTooLate(id: number): boolean {
    return this.#owner.isClosedToNew && id > this.#streams.last && id % 2 === 1;
  }

  // ---- ends -----------------------------------------------------------------------------------------------

  #failFor(stream: H2Client, problem: unknown): void {
    if (problem instanceof StreamProblem) this.#fail(stream, problem.code, problem.message);
    else if (problem instanceof MalformedRequest) this.#fail(stream, CODE.protocol, problem.message);
    else throw problem;
  }

  #fail(stream: H2Client, code: number, reason: string): void {
    const error = new GwError("malformed_request", { reason }, reason);
    if (!stream.listener) this.#tellMalformed(reason);
    this.#reset(stream, code, error);
    this.#budget.noteFault();
  }

  #tellMalformed(reason: string, line = ""): void {
    const error = new GwError("malformed_request", { reason });
    this.#owner.refuse({ error, reason, line, isAnswering: true });
  }

  #reset(stream: H2Client, code: number, error?: GwError): void {
    this.control.sendReset(stream.id, code);
    this.#streams.end(stream, error);
  }

  #onFlushed(): void {
    for (let answered = this.#streams.settle(); answered > 0; answered--) this.#budget.noteAnswer();
    this.#owner.onFlushed();
  }

  /** Nothing of it goes on. */
  endAll(): void {
    for (const stream of this.#streams.all()) this.#streams.end(stream);
  }
}
