// The streams of one connection that are under way, by their numbers. Streams come and go with each request: a Map would
// make its table anew again and again, which an array of places does not.

/** A power of two, and more than ever are under way (see the peer). */
const PLACES = 256;
/** Numbers go up to 2^31 - 1, and whoever enters may have to leave some out. */
const NUMBER_MOST = 2 ** 31 - 1 - 2 * PLACES;

export class StreamTable<T extends { id: number }> {
  readonly #places: (T | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  #size = 0;
  #next = 1;

  get size(): number {
    return this.#size;
  }

  /** There is a number for one more. */
  get hasRoom(): boolean {
    return this.#size < PLACES && this.#next < NUMBER_MOST;
  }

  /**
   * Gives the stream its number, higher than all before. Where an old stream still has the place of a number, that number
   * is left out: it then counts as closed (RFC 9113 section 5.1.1). There must be room.
   */
  add(stream: T): void {
    while (this.#places[placeOf(this.#next)]) this.#next += 2;
    stream.id = this.#next;
    this.#places[placeOf(stream.id)] = stream;
    this.#next += 2;
    this.#size++;
  }

  /** Whether a stream may have had this number: it is one of ours, and no later than the last one. */
  wasGiven(id: number): boolean {
    return id % 2 === 1 && id < this.#next;
  }

  get(id: number): T | undefined {
    const stream = this.#places[placeOf(id)];
    return stream?.id === id ? stream : undefined;
  }

  /** False when it is not in here. */
  delete(stream: T): boolean {
    const place = placeOf(stream.id);
    if (this.#places[place] !== stream) return false;
    this.#places[place] = undefined;
    this.#size--;
    return true;
  }

  /** As they are now, the oldest first. */
  all(): T[] {
    return this.#places.filter((one) => one !== undefined).toSorted((a, b) => a.id - b.id);
  }
}

const placeOf = (id: number) => (id >>> 1) & (PLACES - 1);
