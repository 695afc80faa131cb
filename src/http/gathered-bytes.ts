// Bytes that wait for somebody to take them. What comes in small pieces is copied together: kept as views, a few thousand
// pieces of one byte would hold as many objects, and every read that they came with.

/** A piece of so many bytes is kept as it is. */
const LARGE = 4096;
const ROOM = 1024;

export class GatheredBytes {
  /** Bytes that are here. */
  size = 0;
  #pieces: Uint8Array[] = [];
  /** The last of them, which has room for more. */
  #tail: Buffer | undefined;
  #used = 0;

  /** The piece must stay as it is. */
  push(piece: Uint8Array): void {
    this.size += piece.length;
    // Most often one is all there is.
    if (piece.length >= LARGE || this.size === piece.length) {
      this.#closeTail();
      this.#pieces.push(piece);
      return;
    }
    const room = this.#tail?.length ?? 0;
    if (!this.#tail || this.#used + piece.length > room) this.#grow(piece.length);
    this.#tail?.set(piece, this.#used);
    this.#used += piece.length;
  }

  /** All of them as one piece; undefined when there are none. */
  take(): Uint8Array | undefined {
    this.#closeTail();
    const pieces = this.#pieces;
    if (pieces.length === 0) return undefined;
    this.#pieces = [];
    this.size = 0;
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  clear(): void {
    this.size = this.#used = 0;
    this.#pieces = [];
    this.#tail = undefined;
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#used * 2, this.#used + by, ROOM));
    this.#tail?.copy(larger, 0, 0, this.#used);
    this.#tail = larger;
  }

  #closeTail(): void {
    if (this.#tail && this.#used > 0) this.#pieces.push(this.#tail.subarray(0, this.#used));
    this.#tail = undefined;
    this.#used = 0;
  }
}
