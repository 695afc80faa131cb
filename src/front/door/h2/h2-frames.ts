// The frames of a client, each held against the rules for its kind (RFC 9113 section 6) before anybody acts on it.

import { type Block, Blocks } from "../../../http/h2/blocks.ts";
import { BlockProblem, FieldDecoder } from "../../../http/h2/field-decoder.ts";
import {
  CODE,
  ConnectionProblem,
  FLAG,
  FRAME,
  FrameReader,
  type FrameSink,
  word,
} from "../../../http/h2/frames.ts";
import { TABLE_BYTES } from "./greeting.ts";

/** A list of fields that was read over, because it is more than is taken; or one that was read. */
export type Head = { id: number; fields: readonly string[]; isLast: boolean; overflow: string | undefined };

/** What is told of frames that keep the rules of their kind. Each may throw ConnectionProblem. */
export interface StreamTarget {
  onHead(head: Head): void;
  /** `size`: what the piece counts in the windows, its padding included. */
  onData(id: number, piece: Buffer, size: number, isLast: boolean): void;
  onReset(id: number): void;
  /** By `by` bytes; `id` 0 is the connection. */
  onWindow(id: number, by: number): void;
}

export interface ControlTarget {
  onSettings(bytes: Buffer, from: number, to: number): void;
  onPing(bytes: Buffer, from: number, to: number): void;
  onPingAnswer(bytes: Buffer, from: number): void;
  /** A frame that asks for nothing. */
  onChatter(): void;
}

export class H2Frames implements FrameSink {
  readonly #target: StreamTarget;
  readonly #control: ControlTarget;
  readonly #reader = new FrameReader(this);
  readonly #blocks: Blocks;
  readonly #decoder: FieldDecoder;
  #isBegun = false;
  /** Frames that have come. */
  count = 0;

  /** `headBytes`: of the fields of one request, at the most. */
  constructor(target: StreamTarget, control: ControlTarget, headBytes: number) {
    this.#target = target;
    this.#control = control;
    this.#blocks = new Blocks(headBytes);
    this.#decoder = new FieldDecoder(TABLE_BYTES, { lineMost: headBytes, listMost: headBytes });
  }

  /** Something has begun that has yet to end: a frame, or a header block in several. */
  get isWithin(): boolean {
    return this.#blocks.isOpen || this.#reader.isWithin;
  }

  /** Throws ConnectionProblem, and what the target throws. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    this.count++;
    if (this.#blocks.isOpen !== (type === FRAME.continuation))
      throw new ConnectionProblem(
        CODE.protocol,
        "a header block is broken off, or goes on that has not begun",
      );
    if (!this.#isBegun && (type !== FRAME.settings || flags & FLAG.ack))
      throw new ConnectionProblem(CODE.protocol, "the first frame is not one of settings");
    this.#isBegun = true;
    switch (type) {
      case FRAME.data:
        return this.#onData(flags, ofStream(id), bytes, from, to);
      case FRAME.headers:
      case FRAME.continuation:
        return this.#onHeaders(this.#blocks.take(type, flags, ofStream(id), bytes, from, to));
      case FRAME.reset:
        expectLength(to - from, 4, "reset");
        return this.#target.onReset(ofStream(id));
      case FRAME.windowUpdate:
        expectLength(to - from, 4, "window");
        return this.#target.onWindow(id, word(bytes, from) & 0x7fff_ffff);
      case FRAME.priority:
        expectLength(to - from, 5, "priority");
        ofStream(id);
        return this.#control.onChatter();
      case FRAME.pushPromise:
        throw new ConnectionProblem(CODE.protocol, "the client pushes");
      default:
        return this.#onControl(type, flags, id, bytes, from, to);
    }
  }

  #onData(flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const pad = (flags & FLAG.padded) === 0 ? 0 : 1 + (bytes[from] ?? 0);
    if (pad > to - from) throw new ConnectionProblem(CODE.protocol, "more padding than frame");
    const piece = pad === 0 ? bytes.subarray(from, to) : bytes.subarray(from + 1, to - pad + 1);
    const isLast = (flags & FLAG.endStream) !== 0;
    if (piece.length === 0 && !isLast) this.#control.onChatter();
    this.#target.onData(id, piece, to - from, isLast);
  }

  #onHeaders(block: Block | undefined): void {
    if (!block) return;
    const { stream: id, isLast, tooLarge } = block;
    const fields = tooLarge ? [] : this.#read(block);
    this.#target.onHead({ id, fields, isLast, overflow: tooLarge ?? this.#decoder.overflow });
  }

  /** Each block is to be read, whatever becomes of it: the table goes on with all of them. */
  #read({ bytes, from, to }: Block): readonly string[] {
    try {
      return this.#decoder.read(bytes, from, to);
    } catch (problem) {
      if (problem instanceof BlockProblem) throw new ConnectionProblem(CODE.compression, problem.message);
      throw problem;
    }
  }

  #onControl(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    // Unknown frames are to be passed over (RFC 9113 section 5.5).
    if (type !== FRAME.settings && type !== FRAME.ping && type !== FRAME.goAway)
      return this.#control.onChatter();
    if (id !== 0) throw new ConnectionProblem(CODE.protocol, "a frame of the connection on a stream");
    // That it will not take pushes changes nothing.
    if (type === FRAME.goAway) {
      if (to - from < 8) throw new ConnectionProblem(CODE.frameSize, "a broken goodbye");
      return this.#control.onChatter();
    }
    const isAck = (flags & FLAG.ack) !== 0;
    if (type === FRAME.ping) {
      expectLength(to - from, 8, "ping");
      if (isAck) return this.#control.onPingAnswer(bytes, from);
    } else if (isAck) return expectLength(to - from, 0, "answer to settings");
    this.#control.onChatter();
    if (type === FRAME.ping) this.#control.onPing(bytes, from, to);
    else this.#control.onSettings(bytes, from, to);
  }
}

function expectLength(length: number, right: number, what: string): void {
  if (length !== right) throw new ConnectionProblem(CODE.frameSize, `a broken ${what}`);
}

function ofStream(id: number): number {
  if (id === 0) throw new ConnectionProblem(CODE.protocol, "a frame of a stream on the connection");
  return id;
}
