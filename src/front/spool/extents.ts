// Which parts of a file are taken. The first that is large enough is given out, so that what is in use stays at the beginning. Pure.

type Extent = { at: number; length: number };

export class Extents {
  /** In their order; no two of them touch. */
  readonly #free: Extent[];
  #used = 0;

  constructor(size: number) {
    this.#free = size > 0 ? [{ at: 0, length: size }] : [];
  }

  get used(): number {
    return this.#used;
  }

  /** Where so many bytes, more than none, are from now on taken; undefined where there is no room for them in one piece. */
  take(length: number): number | undefined {
    const index = this.#free.findIndex((one) => one.length >= length);
    const found = this.#free[index];
    if (!found) return undefined;
    const { at } = found;
    this.#used += length;
    if (found.length === length) this.#free.splice(index, 1);
    else this.#free[index] = { at: at + length, length: found.length - length };
    return at;
  }

  /** What was taken is free again. */
  give(at: number, length: number): void {
    this.#used -= length;
    const next = this.#free.findIndex((one) => one.at > at);
    const index = next < 0 ? this.#free.length : next;
    this.#free.splice(index, 0, { at, length });
    this.#join(index);
    this.#join(index - 1);
  }

  /** With the one behind it, where they touch. */
  #join(index: number): void {
    const [one, next] = [this.#free[index], this.#free[index + 1]];
    if (!one || !next || one.at + one.length < next.at) return;
    this.#free.splice(index, 2, { at: one.at, length: one.length + next.length });
  }

  /** For tests: what is neither taken nor beyond the end. */
  get free(): readonly Extent[] {
    return this.#free;
  }
}
