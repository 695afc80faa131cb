// The last so many of something: what is older is forgotten.

export class Ring<T> {
  readonly #most: number;
  #all: T[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(one: T): void {
    this.#all.push(one);
    // Cut off together, not one by one.
    if (this.#all.length > 2 * this.#most) this.#all = this.#all.slice(-this.#most);
  }

  /** The oldest first. */
  get all(): readonly T[] {
    return this.#all.slice(-this.#most);
  }

  get last(): T | undefined {
    return this.#all.at(-1);
  }
}
