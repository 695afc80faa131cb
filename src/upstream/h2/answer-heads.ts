// The heads of one worker's answers, by the bytes that say them: a worker repeats itself, and a head is much work to read.

import type { Block } from "../../http/h2/blocks.ts";
import type { ResponseHead } from "../response-head.ts";
import { readAnswerHead, readTrailers } from "./answer-head.ts";

/** Both bound what a worker can make the front remember: a head may be very long, and never come again. */
const HEADS_MOST = 512;
const HEAD_BYTES_MOST = 2048;

export class AnswerHeads {
  readonly headerLineBytes: number;
  /** How a body is framed depends on whether something follows the head. */
  readonly #followed = new Map<string, ResponseHead>();
  readonly #last = new Map<string, ResponseHead>();

  constructor(headerLineBytes: number) {
    this.headerLineBytes = headerLineBytes;
  }

  /** What a whole block says. Throws AnswerProblem. */
  of({ bytes, from, to, isLast }: Block): ResponseHead {
    const known = isLast ? this.#last : this.#followed;
    const text = bytes.toString("latin1", from, to);
    const seen = known.get(text);
    if (seen) return seen;
    const head = readAnswerHead(bytes.subarray(from, to), this.headerLineBytes, isLast);
    if (text.length > HEAD_BYTES_MOST) return head;
    if (known.size >= HEADS_MOST) known.clear();
    known.set(text, head);
    return head;
  }

  /** What a whole block behind a body says to the client. Throws AnswerProblem. */
  trailersOf({ bytes, from, to }: Block): string[] {
    return readTrailers(bytes.subarray(from, to), this.headerLineBytes);
  }
}
