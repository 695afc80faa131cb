// One exchange over an HTTP/2 connection: what is to be sent of its request, and what has come of its answer.

import type { Block } from "../../http/h2/blocks.ts";
import { FRAME, wordFrame } from "../../http/h2/frames.ts";
import type { Outgoing, Sender } from "../../http/h2/sender.ts";
import type { Carrier, Exchange } from "../exchange.ts";
import { LARGE_BYTES } from "../large-answers.ts";
import type { RequestHead } from "../request-head.ts";
import { AnswerProblem, malformed, type ResponseHead } from "../response-head.ts";
import type { AnswerHeads } from "./answer-heads.ts";

/** What a worker may send of one answer before more is asked for. */
export const RECEIVE_WINDOW = 131_072;

/** Of a request without a body; never added to. */
const NONE: Uint8Array[] = [];

export interface StreamOwner {
  readonly sender: Sender<RequestHead>;
  readonly sendWindowAtFirst: number;
  /** Gives the stream its number, which goes up with each head that is sent. */
  enter(stream: Stream): void;
  /** The answer to a request with this target turned out to be large. */
  onLarge(target: string): void;
  cancel(stream: Stream): void;
}

export class Stream implements Carrier, Outgoing {
  id = 0;
  exchange: Exchange | undefined;
  startsAt = Number.POSITIVE_INFINITY;
  sendWindow: number;
  unsent: Uint8Array[] = NONE;
  isWhole = false;
  isSendingDone = false;
  answered = false;
  /** The present read was about it, and did not end it. */
  isTouched = false;
  head: ResponseHead | undefined;
  readonly #owner: StreamOwner;
  #receiveWindow = RECEIVE_WINDOW;
  /** Received and not asked for again. */
  #uncredited = 0;
  #received = 0;
  #target = "";
  #paused = false;

  constructor(owner: StreamOwner) {
    this.#owner = owner;
    this.sendWindow = owner.sendWindowAtFirst;
  }

  get hasSent(): boolean {
    return this.#owner.sender.hasTaken(this.startsAt);
  }

  begin(exchange: Exchange, head: RequestHead, first: Uint8Array | undefined, isWhole: boolean): boolean {
    this.exchange = exchange;
    this.isWhole = isWhole;
    this.#target = head.target;
    const hasBody = first !== undefined && first.length > 0;
    this.#owner.enter(this);
    this.#owner.sender.sendHead(this, head, isWhole && !hasBody);
    return hasBody ? this.write(first) : true;
  }

  write(piece: Uint8Array): boolean {
    if (this.unsent === NONE) this.unsent = [];
    if (piece.length > 0) this.unsent.push(piece);
    return this.#owner.sender.pump(this);
  }

  finish(): void {
    if (this.isWhole) return;
    this.isWhole = true;
    this.#owner.sender.pump(this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#credit(0);
  }

  onDrain(): void {
    this.exchange?.onDrain();
  }

  destroy(): void {
    if (!this.exchange) return;
    this.exchange = undefined;
    this.#owner.cancel(this);
  }

  /** A whole block of fields: a head, which below 200 is not the answer yet, or trailers. Throws AnswerProblem. */
  onBlock(block: Block, heads: AnswerHeads): void {
    if (block.tooLarge) throw new AnswerProblem("header too large", block.tooLarge);
    if (this.head) return this.#onTrailers(block, heads);
    const isHead = this.exchange?.method === "HEAD";
    // What HEAD is answered with tells of the body that GET would get: that nothing follows does not.
    const head = heads.of(isHead && block.isLast ? { ...block, isLast: false } : block);
    if (head.status === 101) throw malformed("the worker switched protocols within HTTP/2");
    if (head.status >= 200) {
      this.head = isHead && head.framing !== "none" ? { ...head, framing: "none" } : head;
      this.exchange?.onHead(this.head);
      // The front has said 100 itself.
    } else if (head.status !== 100) this.exchange?.onInterim?.(head);
  }

  #onTrailers(block: Block, heads: AnswerHeads): void {
    if (!block.isLast) throw malformed("a second head that does not end the answer");
    const fields = heads.trailersOf(block);
    if (fields.length > 0) this.exchange?.onTrailers?.(fields);
  }

  /** `size`: what the piece counts in the window, its padding included. False: the worker sends more than it may. */
  onData(piece: Uint8Array, size: number): boolean {
    this.#receiveWindow -= size;
    if (this.#receiveWindow < 0) return false;
    const { head } = this;
    if (!head) throw malformed("the body comes before the head");
    if (this.#received <= LARGE_BYTES && this.#received + piece.length > LARGE_BYTES)
      this.#owner.onLarge(this.#target);
    this.#received += piece.length;
    if (piece.length > 0 && head.framing === "none") throw malformed("a body where none can be");
    if (head.framing === "length" && this.#received > head.length)
      throw malformed("the body is longer than its length");
    if (piece.length > 0) this.exchange?.onBody(piece);
    this.#credit(size);
    return true;
  }

  /** Nothing more comes. Throws AnswerProblem when something is missing. */
  onEnd(): void {
    const { head } = this;
    if (!head) throw malformed("the stream ends without a head");
    if (head.framing === "length" && this.#received < head.length)
      throw malformed("the body is shorter than its length");
    this.exchange?.onEnd();
  }

  #credit(size: number): void {
    this.#uncredited += size;
    if (this.#paused || this.#uncredited < RECEIVE_WINDOW / 2) return;
    this.#receiveWindow += this.#uncredited;
    this.#owner.sender.sendFrame(wordFrame(FRAME.windowUpdate, 0, this.id, this.#uncredited));
    this.#uncredited = 0;
  }
}
