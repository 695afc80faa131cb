// The body of one request of HTTP/2 on its way in: counted against its length and its window, kept while nobody takes it, and
// its window opened again as it is taken, so that a client never sends more than somebody will hold.

import { GatheredBytes } from "../../../http/gathered-bytes.ts";
import { CODE, ConnectionProblem } from "../../../http/h2/frames.ts";
import type { BodyReceiver } from "../client.ts";

/** What a client may send of one body before some of it is taken. */
export const STREAM_WINDOW = 131_072;
/** And of one that is taken as it comes: a client that is far away would wait for its window otherwise. */
const STREAM_WINDOW_MOST = 524_288;
/** Smaller pieces are handed on together with others of the same read. */
const SMALL = 1024;

/** The stream is of no further use; the others go on. */
export class StreamProblem extends Error {
  readonly code: number;
  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export interface BodyOwner {
  /** So many bytes count no more in the connection's window. */
  credit(bytes: number): void;
  /** The client may send so many bytes more of the body of this stream. */
  openWindow(id: number, bytes: number): void;
  /** There is something to hand on when the present read is over. */
  onPending(body: RequestBody): void;
}

export class RequestBody {
  /** All of it has been handed on. */
  isComplete: boolean;
  /** The client has said that nothing more comes. */
  hasEnded: boolean;
  /** The present read has brought something that is to be handed on. */
  isPending = false;
  readonly #owner: BodyOwner;
  readonly #id: number;
  readonly #length: number | undefined;
  #receiver: BodyReceiver | undefined;
  #isPaused = false;
  #isDropped = false;
  #early: GatheredBytes | undefined;
  #window = STREAM_WINDOW;
  /** What the window is opened to. */
  #width = STREAM_WINDOW;
  /** Since the window was last opened, somebody had enough of it. */
  #wasPaused = false;
  /** Taken, and the window not opened again. */
  #uncredited = 0;
  #received = 0;

  /** `length`: as the client has told it; `hasEnded`: there is none. */
  constructor(owner: BodyOwner, id: number, length: number | undefined, hasEnded: boolean) {
    this.#owner = owner;
    this.#id = id;
    this.#length = length;
    this.hasEnded = hasEnded;
    this.isComplete = hasEnded || length === 0;
  }

  // ---- from the client ------------------------------------------------------------------------------------

  /** `size`: what the piece counts in the windows, its padding included. Throws StreamProblem and ConnectionProblem. */
  onData(piece: Uint8Array, size: number, isLast: boolean): void {
    this.#window -= size;
    if (this.#window < 0) throw new ConnectionProblem(CODE.flowControl, "more of a body than its window");
    this.#credit(size - piece.length);
    this.#received += piece.length;
    if (this.#length !== undefined && this.#received > this.#length)
      throw new StreamProblem(CODE.protocol, "a body longer than its length");
    if (isLast) this.#noteEnd();
    if (this.#isDropped) return this.#credit(piece.length);
    const isAlone = this.#early === undefined || this.#early.size === 0;
    if (this.#takes && isAlone && (isLast || piece.length >= SMALL)) return this.#give(piece);
    this.#early ??= new GatheredBytes();
    this.#early.push(piece);
    this.#owner.onPending(this);
  }

  /** It ends without any more bytes. Throws StreamProblem. */
  onEnd(): void {
    this.#noteEnd();
    this.handOn();
  }

  #noteEnd(): void {
    this.hasEnded = true;
    if (this.#length !== undefined && this.#received !== this.#length)
      throw new StreamProblem(CODE.protocol, "a body shorter than its length");
  }

  // ---- to the front ---------------------------------------------------------------------------------------

  receive(receiver: BodyReceiver): void {
    this.#receiver = receiver;
    this.handOn();
  }

  pause(): void {
    this.#isPaused = this.#wasPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.handOn();
  }

  /** Nobody wants it, nor what is still to come of it. */
  drop(): void {
    this.#receiver = undefined;
    this.#isDropped = true;
    this.#credit(this.#early?.size ?? 0);
    this.#early = undefined;
  }

  get #takes(): boolean {
    return this.#receiver !== undefined && !this.#isPaused;
  }

  /** What is here goes on, if somebody takes it. */
  handOn(): void {
    if (!this.#takes || this.isComplete) return;
    const piece = this.#early?.take();
    if (piece) this.#give(piece);
    else if (this.hasEnded) this.#complete();
  }

  #give(piece: Uint8Array): void {
    if (piece.length > 0) this.#receiver?.onPiece(piece);
    this.#credit(piece.length);
    // It may have been paused by this very piece, and keeps its end until somebody goes on with it.
    if (this.hasEnded && this.#takes && !this.#early?.size) this.#complete();
  }

  #complete(): void {
    if (this.isComplete) return;
    this.isComplete = true;
    this.#receiver?.onBodyEnd();
  }

  #credit(bytes: number): void {
    if (bytes === 0) return;
    this.#owner.credit(bytes);
    if (this.hasEnded || this.#isDropped) return;
    this.#uncredited += bytes;
    if (this.#uncredited < this.#width / 2) return;
    const wider = this.#wasPaused || this.#width === STREAM_WINDOW_MOST ? 0 : this.#width;
    const by = this.#uncredited + wider;
    this.#width += wider;
    this.#window += by;
    this.#owner.openWindow(this.#id, by);
    this.#uncredited = 0;
    this.#wasPaused = false;
  }
}
