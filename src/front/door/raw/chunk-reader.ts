// A chunked body out of bytes (RFC 9112 section 7.1), to the letter: what another reader might take differently is refused.
// Extensions and trailer fields end here.

/** Where the body goes. */
export interface ChunkSink {
  onPiece(piece: Uint8Array): void;
}

const LINE_MOST = 256;
const TRAILERS_MOST = 16_384;
const CR = 13;
const LF = 10;
const CRLF = "\r\n";
const SIZE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?$/;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[^\x00-\x08\x0a-\x1f\x7f]*$/;
/** A body that has told its end already, once more. */
const FRAMING = /^(?:content-length|transfer-encoding)$/i;

type State = "size" | "data" | "data end" | "trailers" | "done";

export class ChunkReader {
  /** What is wrong with the body: nothing more of it can be read. */
  fault: string | undefined;
  readonly #sink: ChunkSink;
  #state: State = "size";
  /** Bytes of the chunk that are still to come, or that the trailer section may still have. */
  #left = 0;
  /** Of a line that has not ended. */
  #held = "";

  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Reads on to the next piece, or the end of the body. Where the rest begins. */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.fault && this.#state !== "done") {
      if (this.#state === "data") return this.#readData(bytes, at);
      at = this.#state === "data end" ? this.#readDataEnd(bytes, at) : this.#readLine(bytes, at);
    }
    return at;
  }

  #readData(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#left);
    this.#left -= to - from;
    if (this.#left === 0) this.#state = "data end";
    this.#sink.onPiece(bytes.subarray(from, to));
    return to;
  }

  #readDataEnd(bytes: Buffer, at: number): number {
    const isFirst = this.#held === "";
    if (bytes[at] !== (isFirst ? CR : LF)) this.fault = "a chunk is longer than its size";
    else if (isFirst) this.#held = "\r";
    else this.#next("size");
    return at + 1;
  }

  #readLine(bytes: Buffer, from: number): number {
    const most = this.#state === "size" ? LINE_MOST : this.#left;
    const lf = bytes.indexOf(LF, from);
    const to = lf < 0 ? bytes.length : lf + 1;
    if (this.#held.length + to - from > most + CRLF.length) {
      this.fault = this.#state === "size" ? "a chunk line is too long" : "the trailer section is too long";
      return to;
    }
    const line = this.#held + bytes.toString("latin1", from, to);
    if (lf < 0) this.#held = line;
    else if (!line.endsWith(CRLF)) this.fault = "a line of the chunked body ends in LF alone";
    else this.#onLine(line.slice(0, -CRLF.length));
    return to;
  }

  #onLine(line: string): void {
    this.#held = "";
    if (this.#state === "size") this.#onSize(line);
    else this.#onTrailer(line);
  }

  #onSize(line: string): void {
    const size = SIZE.exec(line)?.[1];
    if (size === undefined) {
      this.fault = "a chunk size is not hexadecimal";
      return;
    }
    this.#left = Number.parseInt(size, 16);
    if (this.#left > 0) return this.#next("data");
    this.#left = TRAILERS_MOST;
    this.#next("trailers");
  }

  #onTrailer(line: string): void {
    if (line === "") return this.#next("done");
    this.#left -= line.length;
    const name = FIELD.exec(line)?.[1];
    if (name === undefined) this.fault = "a line of the trailer section is no field";
    else if (FRAMING.test(name)) this.fault = "the length of a body in its trailer section";
  }

  #next(state: State): void {
    this.#held = "";
    this.#state = state;
  }
}
