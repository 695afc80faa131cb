// One HTTP/2 connection to one worker, begun by prior knowledge (RFC 9113 section 3.3), with many exchanges on it. What all of
// them send in one turn of the loop leaves in one write. Nothing that comes is trusted: what breaks a rule of the connection
// ends the connection, what breaks one of an answer ends that answer.

import type { Socket } from "bun";
import { Blocks } from "../../http/h2/blocks.ts";
import {
  CODE,
  ConnectionProblem,
  FLAG,
  FRAME,
  FrameReader,
  type FrameSink,
  WINDOW_MOST,
  word,
  wordFrame,
} from "../../http/h2/frames.ts";
import { Peer } from "../../http/h2/peer.ts";
import { Sender } from "../../http/h2/sender.ts";
import { type ExchangeFailure, tellRead } from "../exchange.ts";
import type { RequestHead } from "../request-head.ts";
import { failureOf } from "../response-head.ts";
import type { AnswerHeads } from "./answer-heads.ts";
import { ConnectionFrames } from "./connection-frames.ts";
import { preface } from "./preface.ts";
import { REQUEST_HEADS } from "./request-block.ts";
import { RECEIVE_WINDOW, Stream, type StreamOwner } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

export interface SessionOwner {
  readonly heads: AnswerHeads;
  /** The answer to a request with this target turned out to be large. */
  onLarge(target: string): void;
  /** No exchange is on it any more. */
  onEmpty(session: Session): void;
  onGone(session: Session): void;
  /** A mistake of ours, which no exchange is told of. */
  onBug(thrown: unknown): void;
}

const UNSENT: ExchangeFailure = { kind: "lost", sent: false, answered: false };
/** The window of the connection is opened again when so much of it was used. */
const CONNECTION_CREDIT = 2 ** 30;
export class Session implements StreamOwner, FrameSink {
  readonly sender: Sender<RequestHead>;
  readonly #owner: SessionOwner;
  readonly #streams = new StreamTable<Stream>();
  readonly #reader = new FrameReader(this);
  readonly #blocks: Blocks;
  readonly #ofConnection: ConnectionFrames;
  readonly #peer = new Peer();
  #socket: Socket<Session> | undefined;
  /** Those that the present read was about, and that have not ended. */
  #touched: Stream[] = [];
  /** Received on the connection, and its window not opened again. */
  #uncredited = 0;

  constructor(owner: SessionOwner) {
    this.#owner = owner;
    const { headerLineBytes } = owner.heads;
    this.#blocks = new Blocks(headerLineBytes * 4);
    this.sender = new Sender(this.#peer, REQUEST_HEADS, preface(RECEIVE_WINDOW, headerLineBytes * 4));
    const streams = () => this.#streams.all();
    this.#ofConnection = new ConnectionFrames({ peer: this.#peer, sender: this.sender, streams });
  }

  attach(socket: Socket<Session>): void {
    this.#socket = socket;
    this.sender.attach(socket);
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  get hasRoom(): boolean {
    return !this.#peer.isLeaving && this.#streams.size < this.#peer.maxStreams && this.#streams.hasRoom;
  }

  /** Whether the other side takes a list of fields of this size. */
  takes(listSize: number): boolean {
    return listSize <= this.#peer.maxHeaderList;
  }

  newStream(): Stream {
    return new Stream(this);
  }

  close(): void {
    this.#socket?.terminate();
  }

  get sendWindowAtFirst(): number {
    return this.#peer.initialWindow;
  }

  enter(stream: Stream): void {
    this.#streams.add(stream);
  }

  onLarge(target: string): void {
    this.#owner.onLarge(target);
  }

  cancel(stream: Stream): void {
    this.#forget(stream);
    this.sender.sendFrame(wordFrame(FRAME.reset, 0, stream.id, CODE.cancel));
  }

  onWritable(): void {
    this.sender.flush();
  }

  onData(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (problem) {
      if (!(problem instanceof ConnectionProblem)) throw problem;
      return this.#break(problem);
    }
    this.#tellRead();
  }

  /** The end of one read, for those that it was about. */
  #tellRead(): void {
    const touched = this.#touched;
    if (touched.length === 0) return;
    this.#touched = [];
    for (const stream of touched) {
      const { exchange } = stream;
      stream.isTouched = false;
      if (exchange && !tellRead(exchange) && stream.exchange === exchange) stream.destroy();
    }
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (this.#blocks.isOpen !== (type === FRAME.continuation))
      throw new ConnectionProblem(CODE.protocol, "a header block is broken off");
    switch (type) {
      case FRAME.data:
        return this.#onDataFrame(flags, id, bytes, from, to);
      case FRAME.headers:
      case FRAME.continuation:
        return this.#onHeaders(type, flags, id, bytes, from, to);
      case FRAME.reset:
        return this.#onReset(id, to - from);
      case FRAME.pushPromise:
        throw new ConnectionProblem(CODE.protocol, "the worker pushes");
      case FRAME.windowUpdate:
        return this.#onWindow(id, bytes, from, to);
      default:
        return this.#ofConnection.onFrame(type, flags, id, bytes, from, to);
    }
  }

  #onDataFrame(flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    this.#uncredited += to - from;
    if (this.#uncredited >= CONNECTION_CREDIT) {
      this.sender.sendFrame(wordFrame(FRAME.windowUpdate, 0, 0, this.#uncredited));
      this.#uncredited = 0;
    }
    const stream = this.#streamOf(id);
    if (!stream) return;
    const pad = (flags & FLAG.padded) === 0 ? 0 : 1 + (bytes[from] ?? 0);
    if (pad > to - from) throw new ConnectionProblem(CODE.protocol, "more padding than frame");
    const piece = pad === 0 ? bytes.subarray(from, to) : bytes.subarray(from + 1, to - pad + 1);
    try {
      if (!stream.onData(piece, to - from))
        throw new ConnectionProblem(CODE.flowControl, "more data than the window allows");
      this.#tookFrame(stream, (flags & FLAG.endStream) !== 0);
    } catch (problem) {
      this.#failFor(stream, problem);
    }
  }

  #onHeaders(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const block = this.#blocks.take(type, flags, id, bytes, from, to);
    if (!block) return;
    const stream = this.#streamOf(block.stream);
    if (!stream) return;
    stream.answered = true;
    this.#peer.noteAnswer();
    try {
      stream.onBlock(block, this.#owner.heads);
      this.#tookFrame(stream, block.isLast);
    } catch (problem) {
      this.#failFor(stream, problem);
    }
  }

  /** What breaks a rule of an answer ends that answer alone, and so does a mistake of ours about it. */
  #failFor(stream: Stream, thrown: unknown): void {
    if (thrown instanceof ConnectionProblem) throw thrown;
    this.#fail(stream, failureOf(thrown));
  }

  /** Throws AnswerProblem when it was the last one and something is missing. */
  #tookFrame(stream: Stream, isLast: boolean): void {
    if (!isLast) return this.#touch(stream);
    stream.onEnd();
    this.#end(stream);
  }

  #touch(stream: Stream): void {
    if (stream.isTouched) return;
    stream.isTouched = true;
    this.#touched.push(stream);
  }

  #end(stream: Stream): void {
    const { exchange } = stream;
    stream.exchange = undefined;
    // An answer before the end of the request: the rest of it is not wanted.
    if (!stream.isSendingDone) this.sender.sendFrame(wordFrame(FRAME.reset, 0, stream.id, CODE.noError));
    this.#forget(stream);
    if (exchange) tellRead(exchange);
  }

  #onReset(id: number, length: number): void {
    if (length !== 4) throw new ConnectionProblem(CODE.frameSize, "a broken reset");
    const stream = this.#streamOf(id);
    if (stream) this.#fail(stream, { kind: "lost", sent: true, answered: stream.answered }, false);
  }

  #onWindow(id: number, bytes: Buffer, from: number, to: number): void {
    if (to - from !== 4) throw new ConnectionProblem(CODE.frameSize, "a broken window");
    const by = word(bytes, from) & 0x7fff_ffff;
    if (id === 0) this.#peer.widen(by);
    else this.#widen(this.#streamOf(id), by);
    this.sender.unblock();
  }

  #widen(stream: Stream | undefined, by: number): void {
    if (!stream) return;
    stream.sendWindow += by;
    if (by === 0 || stream.sendWindow > WINDOW_MOST)
      this.#fail(stream, { kind: "malformed", reason: "a window out of bounds" });
  }

  /** Undefined for one that has ended. Throws ConnectionProblem for one that was never begun. */
  #streamOf(id: number): Stream | undefined {
    if (!this.#streams.wasGiven(id)) throw new ConnectionProblem(CODE.protocol, `a frame of stream ${id}`);
    const stream = this.#streams.get(id);
    // What comes before a byte of the request was sent is no answer to it.
    if (stream && !stream.hasSent)
      throw new ConnectionProblem(CODE.protocol, "an answer to what was not sent");
    return stream;
  }

  #forget(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    this.sender.forget(stream);
    if (this.#streams.size === 0) this.#owner.onEmpty(this);
  }

  #fail(stream: Stream, failure: ExchangeFailure, isTold = true): void {
    const { exchange } = stream;
    stream.exchange = undefined;
    if (isTold) this.sender.sendFrame(wordFrame(FRAME.reset, 0, stream.id, CODE.cancel));
    this.#forget(stream);
    exchange?.onFailure(failure);
  }

  #break({ code, message }: ConnectionProblem): void {
    const streams = this.#streams.all();
    this.sender.sendFrame(wordFrame(FRAME.goAway, 0, 0, 0, code));
    // Requests that have not left must not leave with the last word.
    if (streams.every(({ hasSent }) => hasSent)) this.sender.flush();
    this.#failAll(streams, { kind: "malformed", reason: message });
    this.#socket?.terminate();
  }

  #failAll(streams: readonly Stream[], failure: ExchangeFailure): void {
    for (const stream of streams) this.#fail(stream, stream.hasSent ? failure : UNSENT, false);
  }

  /** A mistake of ours, after which nobody knows what the rest of the bytes say. */
  onBug(thrown: unknown): void {
    const streams = this.#streams.all();
    this.#socket?.terminate();
    this.#owner.onBug(thrown);
    this.#failAll(streams, { kind: "bug", thrown });
  }

  onClosed(): void {
    this.#socket = undefined;
    this.sender.detach();
    this.#peer.isLeaving = true;
    for (const stream of this.#streams.all()) {
      const { hasSent: sent, answered } = stream;
      this.#fail(stream, { kind: "lost", sent, answered }, false);
    }
    this.#owner.onGone(this);
  }
}
