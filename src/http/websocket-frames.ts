// Frames of WebSockets (RFC 6455, section 5.2), as far as somebody must know them who only passes them on: where one ends, so that
// a frame of one's own can follow, and whether one says goodbye.

const CLOSE = 0x8;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const SHORT = 126;
const LONG = 127;
const MASK_BYTES = 4;
/** Two, eight of the longest length, four of a mask. */
const LONGEST_HEAD = 14;

/** From a server: `1001`, it is going away; no reason in words. */
export const GOING_AWAY = Uint8Array.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);

/** Follows what one side sends, from its first byte on, and does not look into messages. */
export class FrameFollower {
  readonly #head = new Uint8Array(LONGEST_HEAD);
  /** Bytes of the head of the present frame. */
  #known = 0;
  /** Bytes of its content that are still to come. */
  #left = 0;
  #hasClosed = false;

  /** All frames that have begun are whole. */
  get isBetween(): boolean {
    return this.#known === 0 && this.#left === 0;
  }

  /** The side has said goodbye: it sends nothing more. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
      } else this.#takeHead(bytes[at++] as number);
    }
  }

  #takeHead(byte: number): void {
    this.#head[this.#known++] = byte;
    if (this.#known < 2 || this.#known < this.#headBytes) return;
    if (((this.#head[0] as number) & OPCODE) === CLOSE) this.#hasClosed = true;
    this.#left = this.#contentBytes;
    this.#known = 0;
  }

  get #headBytes(): number {
    const second = this.#head[1] as number;
    const length = second & LENGTH;
    const more = length === LONG ? 8 : length === SHORT ? 2 : 0;
    return 2 + more + ((second & MASKED) === 0 ? 0 : MASK_BYTES);
  }

  get #contentBytes(): number {
    const length = (this.#head[1] as number) & LENGTH;
    const view = new DataView(this.#head.buffer);
    if (length === SHORT) return view.getUint16(2);
    return length === LONG ? view.getUint32(2) * 2 ** 32 + view.getUint32(6) : length;
  }
}
