// The streams of one connection that have a place, by their numbers, which the client gives. Almost all of them stand where
// their number leads; one whose place is taken by an old stream stands in any other, and is looked for.

/** A power of two, and more than there may be streams at once. */
const PLACES = 256;

export class StreamPlaces<T extends { readonly id: number }> {
  readonly #places: (T | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  #size = 0;
  /** Of them, those that stand elsewhere. */
  #displaced = 0;

  get size(): number {
    return this.#size;
  }

  /** There must be room. */
  add(stream: T): void {
    let place = placeOf(stream.id);
    if (this.#places[place]) {
      place = this.#places.indexOf(undefined);
      this.#displaced++;
    }
    this.#places[place] = stream;
    this.#size++;
  }

  get(id: number): T | undefined {
    const stream = this.#places[placeOf(id)];
    if (stream?.id === id) return stream;
    return this.#displaced === 0 ? undefined : this.#places.find((one) => one?.id === id);
  }

  /** Nothing happens when it is not in here. */
  delete(stream: T): void {
    let place = placeOf(stream.id);
    if (this.#places[place] !== stream) {
      place = this.#displaced === 0 ? -1 : this.#places.indexOf(stream);
      if (place < 0) return;
      this.#displaced--;
    }
    this.#places[place] = undefined;
    this.#size--;
  }

  /** As they are now. */
  all(): T[] {
    return this.#places.filter((one) => one !== undefined);
  }
}

const placeOf = (id: number) => (id >>> 1) & (PLACES - 1);
