// Ids of traces and spans: random hexadecimal digits, of which many are drawn at once.

const DRAWN_BYTES = 8_192;

export class TraceIds {
  readonly #draw: (bytes: Uint8Array) => void;
  readonly #bytes = new Uint8Array(DRAWN_BYTES);
  #digits = "";
  #at = 0;

  /** `draw` fills the bytes with random ones, which nobody need be unable to guess. */
  constructor(draw: (bytes: Uint8Array) => void) {
    this.#draw = draw;
  }

  trace(): string {
    return this.#take(32);
  }

  span(): string {
    return this.#take(16);
  }

  #take(length: number): string {
    if (this.#at + length > this.#digits.length) {
      this.#draw(this.#bytes);
      this.#digits = this.#bytes.toHex();
      this.#at = 0;
    }
    const id = this.#digits.slice(this.#at, this.#at + length);
    this.#at += length;
    // An id of zeros is none; it is as likely as any other one.
    return id === "0".repeat(length) ? this.#take(length) : id;
  }
}
