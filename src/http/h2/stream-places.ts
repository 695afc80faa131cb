// The streams of one connection that have a place, by their numbers, which the client gives. Almost all of them stand where
// their number leads; one whose place is taken by an old stream stands in any other, and is looked for.

/** Powers of two: what most connections need, and more than there may be streams at once. */
const FEW = 8;
const MOST = 256;

export class StreamPlaces<T extends { readonly id: number }> {
  #places: (T | undefined)[] = emptyPlaces(FEW);
  #size = 0;
  /** Of them, those that stand elsewhere. */
  #displaced = 0;

  get size(): number {
    return this.#size;
  }

  /** There must be room. */
  add(stream: T): void {
    while (this.#places[this.#placeOf(stream.id)] && this.#places.length < MOST) this.#grow();
    this.#put(stream);
    this.#size++;
  }

  #put(stream: T): void {
    let place = this.#placeOf(stream.id);
    if (this.#places[place]) {
      place = this.#places.indexOf(undefined);
      this.#displaced++;
    }
    this.#places[place] = stream;
  }

  #grow(): void {
    const all = this.all();
    this.#places = emptyPlaces(this.#places.length * 2);
    this.#displaced = 0;
    for (const stream of all) this.#put(stream);
  }

  get(id: number): T | undefined {
    const stream = this.#places[this.#placeOf(id)];
    if (stream?.id === id) return stream;
    return this.#displaced === 0 ? undefined : this.#places.find((one) => one?.id === id);
  }

  /** Nothing happens when it is not in here. */
  delete(stream: T): void {
    let place = this.#placeOf(stream.id);
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

  #placeOf(id: number): number {
    return (id >>> 1) & (this.#places.length - 1);
  }
}

const emptyPlaces = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
