// All that one end of an HTTP/2 connection sends, in order: heads of messages, their bodies as far as the windows allow, and
// what the connection itself has to say. It leaves when the turn of the loop is over.

import { FLAG, FRAME, FRAME_HEAD, FRAME_MOST, putFrameHead, wordFrame } from "./frames.ts";
import { Outbox, type Sendable } from "./outbox.ts";
import type { Peer } from "./peer.ts";

/** What bodies may put into the outbox before it has to be sent. */
const OUTBOX_MOST = 262_144;

/** A message on its way out, as far as sending goes. */
export interface Outgoing {
  readonly id: number;
  /** Position of its first byte among all that the connection sends. */
  startsAt: number;
  sendWindow: number;
  /** Of its body: what is to be sent. */
  readonly unsent: Uint8Array[];
  /** The whole body was given. */
  readonly isWhole: boolean;
  /** The last frame of the message was put in. */
  isSendingDone: boolean;
  /** It was told to send no more, and all was sent now. */
  onDrain(): void;
}

/** An outgoing message that may have fields behind its body. */
export interface Trailed<Head> extends Outgoing {
  readonly trailers?: Head | undefined;
}

/** How the heads of this end's messages become header blocks. */
export interface HeadWriter<Head> {
  /** Bytes of its block, at the most. */
  sizeOf(head: Head): number;
  /** Fills in the block and returns where it ends. There is room for as many bytes as `sizeOf` said. */
  put(out: Buffer, from: number, head: Head): number;
}

export class Sender<Head> {
  readonly #peer: Peer;
  readonly #heads: HeadWriter<Head>;
  readonly #outbox = new Outbox();
  /** Of bodies: all that was sent. */
  bodyBytes = 0;
  #socket: Sendable | undefined;
  #isScheduled = false;
  /** Told to send no more until they are drained. */
  readonly #blocked = new Set<Trailed<Head>>();
  readonly #onFlushed: (() => void) | undefined;

  /** `preface`: what goes before everything else; `onFlushed`: told after each time that the kernel was given something. */
  constructor(peer: Peer, heads: HeadWriter<Head>, preface: Uint8Array, onFlushed?: () => void) {
    this.#peer = peer;
    this.#heads = heads;
    this.#outbox.add(preface);
    this.#onFlushed = onFlushed;
  }

  attach(socket: Sendable): void {
    this.#socket = socket;
    this.flush();
  }

  detach(): void {
    this.#socket = undefined;
  }

  /** The kernel has taken everything. */
  get isEmpty(): boolean {
    return this.#outbox.size === 0;
  }

  /** Where the next byte will be among all that the connection sends. */
  get position(): number {
    return this.#outbox.position;
  }

  /** Bytes that the other end's slowness has kept in here so far, and that it has taken meanwhile. */
  get drained(): number {
    return this.#outbox.drained;
  }

  /** The kernel takes no more for now. */
  get isBlocked(): boolean {
    return this.#outbox.isBlocked;
  }

  /** Whether the kernel has taken the byte at this position. */
  hasTaken(position: number): boolean {
    return position < this.#outbox.taken;
  }

  sendFrame(frame: Uint8Array): void {
    this.#outbox.add(frame);
    this.#schedule();
  }

  /** Sends a head of the stream's message; `isLast`: nothing follows it. */
  sendHead(stream: Outgoing, head: Head, isLast: boolean): void {
    stream.startsAt = this.#outbox.position;
    stream.isSendingDone = isLast;
    this.#putHead(stream.id, head, isLast ? FLAG.endStream : 0);
    this.#schedule();
  }

  #putHead(id: number, head: Head, flags: number): void {
    const at = this.#outbox.reserve(FRAME_HEAD + this.#heads.sizeOf(head));
    const { bytes } = this.#outbox;
    const from = at + FRAME_HEAD;
    const end = this.#heads.put(bytes, from, head);
    if (end - from > FRAME_MOST) return this.#putLong(id, bytes.slice(from, end), flags);
    putFrameHead(bytes, at, end - from, FRAME.headers, flags | FLAG.endHeaders, id);
    this.#outbox.fillTo(end);
  }

  /** A block that is too long for one frame (RFC 9113 section 4.3). */
  #putLong(id: number, block: Uint8Array, flags: number): void {
    for (let at = 0; at < block.length; at += FRAME_MOST) {
      const part = block.subarray(at, at + FRAME_MOST);
      const frame = new Uint8Array(FRAME_HEAD + part.length);
      const isEnd = at + FRAME_MOST >= block.length;
      const own = (at === 0 ? flags : 0) | (isEnd ? FLAG.endHeaders : 0);
      const type = at === 0 ? FRAME.headers : FRAME.continuation;
      frame.set(part, putFrameHead(frame, 0, part.length, type, own, id));
      this.#outbox.add(frame);
    }
  }

  /** Bytes of the stream's body that the windows allow now; may be below 0. */
  roomFor({ sendWindow }: Outgoing): number {
    return Math.min(sendWindow, this.#peer.window);
  }

  /** Sends of the stream's body what the windows allow; false when something is left, or the other end does not keep up. */
  pump(stream: Trailed<Head>): boolean {
    const { unsent } = stream;
    while (unsent.length > 0) {
      const room = Math.min(this.roomFor(stream), FRAME_MOST, OUTBOX_MOST - this.#outbox.size);
      if (room <= 0) break;
      this.#sendPiece(stream, room);
    }
    if (unsent.length === 0 && stream.isWhole && !stream.isSendingDone) {
      stream.isSendingDone = true;
      if (stream.trailers) this.#putHead(stream.id, stream.trailers, FLAG.endStream);
      else this.#outbox.add(wordFrame(FRAME.data, FLAG.endStream, stream.id));
      this.#schedule();
    }
    if (unsent.length === 0 && !this.#outbox.isBlocked) return true;
    this.#blocked.add(stream);
    return false;
  }

  #sendPiece(stream: Trailed<Head>, room: number): void {
    const piece = stream.unsent[0] as Uint8Array;
    const part = piece.length <= room ? piece : piece.subarray(0, room);
    if (part.length === piece.length) stream.unsent.shift();
    else stream.unsent[0] = piece.subarray(room);
    const isLast = stream.isWhole && stream.unsent.length === 0 && !stream.trailers;
    stream.isSendingDone = isLast;
    stream.sendWindow -= part.length;
    this.#peer.window -= part.length;
    this.bodyBytes += part.length;
    const at = this.#outbox.reserve(FRAME_HEAD + part.length);
    const { bytes } = this.#outbox;
    const flags = isLast ? FLAG.endStream : 0;
    const from = putFrameHead(bytes, at, part.length, FRAME.data, flags, stream.id);
    bytes.set(part, from);
    this.#outbox.fillTo(from + part.length);
    // Only where something is to leave: each flush looks at those that wait, and would never end for one without a window.
    this.#schedule();
  }

  /** Nothing more of this stream will be sent. */
  forget(stream: Trailed<Head>): void {
    if (this.#blocked.size > 0) this.#blocked.delete(stream);
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#socket) return;
    this.#isScheduled = true;
    setImmediate(this.flush);
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    if (this.#socket) this.#outbox.flush(this.#socket);
    this.#onFlushed?.();
    this.unblock();
  };

  /** Those whose bodies had to wait go on, as far as the windows allow. */
  unblock(): void {
    if (this.#blocked.size === 0) return;
    for (const stream of [...this.#blocked]) this.unblockOne(stream);
  }

  /** This one goes on, if it had to wait. */
  unblockOne(stream: Trailed<Head>): void {
    if (this.#outbox.isBlocked || !this.#blocked.delete(stream)) return;
    if (this.pump(stream)) stream.onDrain();
  }
}
