// Lines out of a stream of bytes, for whoever speaks in lines of JSON. Pure.

/** Cuts bytes into lines, and never keeps more than its limit. */
export class LineReader {
  readonly #limit: number;
  isTooLong = false;
  #rest = "";
  readonly #decoder = new TextDecoder();

  /** `limit` in characters. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that are complete now, without their ends. */
  push(bytes: Uint8Array): string[] {
    if (this.isTooLong) return [];
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    const long = lines.findIndex((line) => line.length > this.#limit);
    this.isTooLong = long >= 0 || this.#rest.length > this.#limit;
    if (this.isTooLong) this.#rest = "";
    return long < 0 ? lines : lines.slice(0, long);
  }
}
