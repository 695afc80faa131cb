// Reads requests as a strict worker would, to check the framing that the front makes: anything but one Content-Length,
// or one chunked coding without extensions and trailers, is an error.

export type SeenHead = { lines: string[] };

export type RequestSink = {
  onHead: (head: SeenHead) => void;
  onBody: (piece: Buffer) => void;
  onEnd: () => void;
};

type State = "head" | "counted" | "size" | "chunk" | "chunk end" | "last";

export class RequestReader {
  readonly #sink: RequestSink;
  #state: State = "head";
  #held = Buffer.alloc(0);
  #left = 0;

  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    while (this.#step());
  }

  /** False when more bytes must come first. */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "counted":
      case "chunk":
        return this.#readCounted();
      case "size":
        return this.#readSize();
      case "chunk end":
      case "last":
        return this.#readEnd();
    }
  }

  #readHead(): boolean {
    const line = this.#takeUntil("\r\n\r\n");
    if (line === undefined) return false;
    const lines = line.split("\r\n");
    this.#sink.onHead({ lines });
    const values = (name: string) =>
      lines.filter((l) => l.toLowerCase().startsWith(`${name}:`)).map((l) => l.slice(name.length + 1).trim());
    const lengths = values("content-length");
    const codings = values("transfer-encoding");
    if (lengths.length + codings.length > 1) throw new Error(`two framings: ${lines.join(" | ")}`);
    if (codings.length === 1 && codings[0] !== "chunked") throw new Error(`coding ${codings[0]}`);
    if (codings.length === 1) this.#state = "size";
    else this.#count(Number(lengths[0] ?? 0), "counted");
    return true;
  }

  #count(length: number, state: "counted" | "chunk"): void {
    if (!Number.isInteger(length)) throw new Error("a length is no number");
    this.#left = length;
    this.#state = state;
    if (state === "counted" && length === 0) this.#finish();
  }

  #readCounted(): boolean {
    if (this.#held.length === 0) return false;
    const piece = this.#take(Math.min(this.#held.length, this.#left));
    this.#left -= piece.length;
    this.#sink.onBody(piece);
    if (this.#left > 0) return false;
    if (this.#state === "counted") this.#finish();
    else this.#state = "chunk end";
    return true;
  }

  #readSize(): boolean {
    const line = this.#takeUntil("\r\n");
    if (line === undefined) return false;
    if (!/^[0-9a-f]+$/.test(line)) throw new Error(`chunk size "${line}"`);
    const size = Number.parseInt(line, 16);
    if (size === 0) this.#state = "last";
    else this.#count(size, "chunk");
    return true;
  }

  #readEnd(): boolean {
    if (this.#held.length < 2) return false;
    const end = this.#take(2).toString("latin1");
    if (end !== "\r\n") throw new Error(`a chunk ends in ${JSON.stringify(end)}`);
    if (this.#state === "last") this.#finish();
    else this.#state = "size";
    return true;
  }

  #finish(): void {
    this.#state = "head";
    this.#sink.onEnd();
  }

  #take(count: number): Buffer {
    const piece = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return piece;
  }

  #takeUntil(mark: string): string | undefined {
    const end = this.#held.indexOf(mark);
    if (end < 0) return undefined;
    const line = this.#take(end).toString("latin1");
    this.#take(mark.length);
    return line;
  }
}
