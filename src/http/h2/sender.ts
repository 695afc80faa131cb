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
  #socket: Sendable | undefined;
  #isScheduled = false;
  /** Told to send no more until they are drained. */
  readonly #blocked = new Set<Outgoing>();

  /** `preface`: what goes before everything else. */
  constructor(peer: Peer, heads: HeadWriter<Head>, preface: Uint8Array) {
    this.#peer = peer;
    this.#heads = heads;
    this.#outbox.add(preface);
  }

  attach(socket: Sendable): void {
    this.#socket = socket;
    this.flush();
  }

  detach(): void {
    this.#socket = undefined;
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
    const flags = FLAG.endHeaders | (isLast ? FLAG.endStream : 0);
    const at = this.#outbox.reserve(FRAME_HEAD + this.#heads.sizeOf(head));
    const { bytes } = this.#outbox;
    const end = this.#heads.put(bytes, at + FRAME_HEAD, head);
    putFrameHead(bytes, at, end - at - FRAME_HEAD, FRAME.headers, flags, stream.id);
    this.#outbox.fillTo(end);
    this.#schedule();
  }

  /** Sends of the stream's body what the windows allow; false when something is left, or the other end does not keep up. */
  pump(stream: Outgoing): boolean {
    const { unsent } = stream;
    while (unsent.length > 0) {
      const room = Math.min(
        stream.sendWindow,
        this.#peer.window,
        FRAME_MOST,
        OUTBOX_MOST - this.#outbox.size,
      );
      if (room <= 0) break;
      this.#sendPiece(stream, room);
    }
    if (unsent.length === 0 && stream.isWhole && !stream.isSendingDone) {
      stream.isSendingDone = true;
      this.#outbox.add(wordFrame(FRAME.data, FLAG.endStream, stream.id));
    }
    this.#schedule();
    if (unsent.length === 0 && !this.#outbox.isBlocked) return true;
    this.#blocked.add(stream);
    return false;
  }

  #sendPiece(stream: Outgoing, room: number): void {
    const piece = stream.unsent[0] as Uint8Array;
    const part = piece.length <= room ? piece : piece.subarray(0, room);
    if (part.length === piece.length) stream.unsent.shift();
    else stream.unsent[0] = piece.subarray(room);
    const isLast = stream.isWhole && stream.unsent.length === 0;
    stream.isSendingDone = isLast;
    stream.sendWindow -= part.length;
    this.#peer.window -= part.length;
    const at = this.#outbox.reserve(FRAME_HEAD + part.length);
    const { bytes } = this.#outbox;
    const flags = isLast ? FLAG.endStream : 0;
    const from = putFrameHead(bytes, at, part.length, FRAME.data, flags, stream.id);
    bytes.set(part, from);
    this.#outbox.fillTo(from + part.length);
  }

  /** Nothing more of this stream will be sent. */
  forget(stream: Outgoing): void {
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
    this.unblock();
  };

  /** Those whose bodies had to wait go on, as far as the windows allow. */
  unblock(): void {
    if (this.#blocked.size === 0 || this.#outbox.isBlocked) return;
    for (const stream of [...this.#blocked]) {
      this.#blocked.delete(stream);
      if (this.pump(stream)) stream.onDrain();
    }
  }
}
