// What a decoder of header blocks remembers of the blocks before (RFC 7541 sections 2.3.2 and 4): fields, the newest with the
// lowest number, as far as their size allows.

/** What a field counts beside its letters (RFC 7541 section 4.1). */
export const FIELD_OVERHEAD = 32;

/** Most connections repeat a dozen fields. */
const PLACES_AT_FIRST = 16;

export class FieldTable {
  /** A power of two of places each, once there is anything. */
  #names: string[] = [];
  #values: string[] = [];
  #newest = 0;
  #count = 0;
  #size = 0;
  #most: number;

  /** `most`: its size, and the largest that it may be set to. */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  /** Of the field with this number, counted from 0 for the newest. */
  nameOf(index: number): string {
    return this.#names[(this.#newest - index) & (this.#names.length - 1)] as string;
  }

  valueOf(index: number): string {
    return this.#values[(this.#newest - index) & (this.#names.length - 1)] as string;
  }

  resize(most: number): void {
    this.#most = most;
    this.#makeRoom(0);
  }

  /** A field larger than the table empties it, which is no mistake. */
  add(name: string, value: string): void {
    const size = name.length + value.length + FIELD_OVERHEAD;
    this.#makeRoom(size);
    if (size > this.#most) return;
    if (this.#count === this.#names.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#names.length - 1);
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#count++;
    this.#size += size;
  }

  /** The fields keep their numbers. */
  #grow(): void {
    const count = this.#count;
    const places = Math.max(count * 2, PLACES_AT_FIRST);
    const [names, values] = [emptyPlaces(places), emptyPlaces(places)];
    for (let index = 0; index < count; index++) {
      names[count - 1 - index] = this.nameOf(index);
      values[count - 1 - index] = this.valueOf(index);
    }
    this.#names = names;
    this.#values = values;
    this.#newest = count - 1;
  }

  #makeRoom(size: number): void {
    while (this.#count > 0 && this.#size + size > this.#most) {
      const oldest = (this.#newest - this.#count + 1) & (this.#names.length - 1);
      this.#size -=
        (this.#names[oldest] as string).length + (this.#values[oldest] as string).length + FIELD_OVERHEAD;
      this.#names[oldest] = this.#values[oldest] = "";
      this.#count--;
    }
  }
}

const emptyPlaces = (count: number): string[] => Array.from({ length: count }, () => "");
