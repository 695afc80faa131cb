// Header blocks as they come: in one frame, or broken into several that nothing may come between (RFC 9113 section 4.3).

import { CODE, ConnectionProblem, FLAG, FRAME } from "./frames.ts";

export type Block = {
  stream: number;
  /** It stands in these bytes, from here to there. */
  bytes: Buffer;
  from: number;
  to: number;
  /** The stream ends with it. */
  isLast: boolean;
  /** Why it was thrown away while it came; undefined when it is whole. */
  tooLarge: string | undefined;
};

const EMPTY = Buffer.alloc(0);
/** A block that goes on for ever is no longer read over. */
const CONTINUATIONS_MOST = 64;

export class Blocks {
  readonly #most: number;
  #open: Block | undefined;
  #continuations = 0;

  /** `most`: bytes of the longest block that is kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** A block has begun and not ended: only its continuation may come. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The block that ends with this frame; undefined while it goes on. Throws ConnectionProblem. */
  take(
    type: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): Block | undefined {
    const block =
      type === FRAME.headers
        ? this.#begin(flags, stream, bytes, from, to)
        : this.#go(stream, bytes, from, to);
    if (block.to - block.from > this.#most) {
      block.bytes = EMPTY;
      block.from = block.to = 0;
      block.tooLarge = `more than ${this.#most} bytes of header`;
    }
    this.#open = flags & FLAG.endHeaders ? undefined : block;
    return this.#open ? undefined : block;
  }

  #begin(flags: number, stream: number, bytes: Buffer, from: number, to: number): Block {
    this.#continuations = 0;
    const padding = flags & FLAG.padded ? (bytes[from] ?? 0) : 0;
    const begin = from + (flags & FLAG.padded ? 1 : 0) + (flags & FLAG.priority ? 5 : 0);
    const end = to - padding;
    if (begin > end) throw new ConnectionProblem(CODE.protocol, "more padding than frame");
    const isLast = (flags & FLAG.endStream) !== 0;
    return { stream, bytes, from: begin, to: end, isLast, tooLarge: undefined };
  }

  #go(stream: number, bytes: Buffer, from: number, to: number): Block {
    const block = this.#open;
    if (!block || block.stream !== stream)
      throw new ConnectionProblem(CODE.protocol, "a continuation of nothing");
    if (++this.#continuations > CONTINUATIONS_MOST)
      throw new ConnectionProblem(CODE.calm, "a header block without end");
    if (block.tooLarge) return block;
    block.bytes = Buffer.concat([block.bytes.subarray(block.from, block.to), bytes.subarray(from, to)]);
    block.from = 0;
    block.to = block.bytes.length;
    return block;
  }
}
