// What is under way somewhere, as a list that things enter and leave in any order. A Set would cost several microseconds
// for each request here, because it makes its table anew again and again.

/** A thing may be in one of these at most; `place` is where it stands there, and theirs to set. */
export class Running<T extends { place: number }> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(one: T): void {
    one.place = this.#all.length;
    this.#all.push(one);
  }

  /** False when it is not in here; then nothing else is taken out in its place. */
  delete(one: T): boolean {
    if (this.#all[one.place] !== one) return false;
    const last = this.#all.pop() as T;
    if (last === one) return true;
    this.#all[one.place] = last;
    last.place = one.place;
    return true;
  }

  /** As they are now: ending one while walking disturbs nothing. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#all].values();
  }
}
