// Reads what a worker answers: bytes in, head and body out. It performs no I/O and trusts nothing. It speaks the
// answers of RFC 9112 strictly, because a byte misread here becomes the next client's response.

import { AnswerProblem, malformed, parseHead, parseTrailers, type ResponseHead } from "./response-head.ts";

export interface ResponseSink {
  /** An answer before the answer: 102, 103 and their like. */
  onInterim?(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /** A piece of the body; it is the receiver's to keep. */
  onBody(piece: Uint8Array): void;
  /** Fields behind a chunked body, flat [name, value …], those that may stand there; before its end. */
  onTrailers?(fields: readonly string[]): void;
  onEnd(): void;
}

export type ParserLimits = {
  /** Longest header line, in bytes; the whole block may be four times that. */
  headerLineBytes: number;
};

type ParserState =
  | "tunnel"
  | "head"
  | "length"
  | "chunk size"
  | "chunk data"
  | "chunk end"
  | "trailers"
  | "close"
  | "done";

const CRLF = "\r\n";
const HEAD_END = Buffer.from("\r\n\r\n");
const CHUNK_LINE_MOST = 256;
const TRAILERS_MOST = 16_384;
/** Both bound what a worker can make the front remember: a head may be very long, and never come again. */
const HEADS_REMEMBERED = 512;
const HEAD_REMEMBERED_MOST = 2048;

export class ResponseParser {
  #state: ParserState = "done";
  #sink: ResponseSink;
  readonly #limits: ParserLimits;
  /** Bytes of an unfinished head, chunk line or trailer section. */
  #held: Buffer | undefined;
  #remaining = 0;
  #method = "";
  #maySwitch = false;
  #trailers: string[] = [];
  /** Heads seen lately: a worker repeats itself, and reading a head is a pure function of its bytes. */
  readonly #heads: Map<string, ResponseHead>;

  constructor(sink: ResponseSink, limits: ParserLimits, heads: Map<string, ResponseHead> = new Map()) {
    this.#sink = sink;
    this.#limits = limits;
    this.#heads = heads;
  }

  /** Makes ready for the answer to a request with this method; `maySwitch`: it asked to leave HTTP. */
  expect(method: string, maySwitch = false): void {
    this.#method = method;
    this.#maySwitch = maySwitch;
    this.#state = "head";
    this.#trailers = [];
    this.#held = undefined;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Takes the next bytes. Throws AnswerProblem. Returns false when bytes were left after the end of the answer. */
  push(chunk: Buffer): boolean {
    let rest: Buffer | undefined = chunk;
    if (this.#held) {
      rest = Buffer.concat([this.#held, chunk]);
      this.#held = undefined;
    }
    while (rest !== undefined && rest.length > 0) {
      if (this.#state === "done") return false;
      rest = this.#step(rest);
    }
    return true;
  }

  /** The worker closed its end. True when that is a legal end of the answer. */
  close(): boolean {
    if (this.#state !== "close" && this.#state !== "tunnel") return this.#state === "done";
    this.#finish();
    return true;
  }

  /** Uses up some of `bytes` and returns the rest; undefined when more must come first. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case "head":
        return this.#readHead(bytes);
      case "length":
      case "chunk data":
        return this.#readCounted(bytes);
      case "chunk size":
        return this.#readChunkSize(bytes);
      case "chunk end":
        return this.#readChunkEnd(bytes);
      case "trailers":
        return this.#readTrailers(bytes);
      case "close":
      case "tunnel":
        this.#sink.onBody(bytes);
        return undefined;
      case "done":
        return bytes;
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const blockMost = this.#limits.headerLineBytes * 4;
    const end = bytes.indexOf(HEAD_END);
    if (end > blockMost || (end < 0 && bytes.length >= blockMost + HEAD_END.length)) {
      throw new AnswerProblem("header too large", `more than ${blockMost} bytes of header`);
    }
    if (end < 0) {
      this.#held = bytes;
      return undefined;
    }
    const text = bytes.toString("latin1", 0, end);
    const rest = bytes.subarray(end + 4);
    const head = this.#headOf(text);
    if (head.status === 101) this.#switch(head);
    else if (head.status >= 200) this.#begin(head);
    else this.#sink.onInterim?.(head);
    return rest;
  }

  #switch(head: ResponseHead): void {
    if (!this.#maySwitch) throw malformed("the worker switched protocols without being asked");
    this.#state = "tunnel";
    this.#sink.onHead(head);
  }

  #headOf(text: string): ResponseHead {
    // What the method changes (no body after HEAD) is applied in `begin`, so that heads may be shared.
    const known = this.#heads.get(text);
    if (known) return known;
    const head = parseHead(text, this.#limits.headerLineBytes);
    if (text.length > HEAD_REMEMBERED_MOST) return head;
    if (this.#heads.size >= HEADS_REMEMBERED) this.#heads.clear();
    this.#heads.set(text, head);
    return head;
  }

  #begin(head: ResponseHead): void {
    const bodiless = this.#method === "HEAD" || head.framing === "none";
    this.#sink.onHead(head.framing !== "none" && bodiless ? { ...head, framing: "none" } : head);
    if (bodiless || (head.framing === "length" && head.length === 0)) return this.#finish();
    this.#remaining = head.length;
    this.#state = head.framing === "length" ? "length" : head.framing === "chunked" ? "chunk size" : "close";
  }

  #readCounted(bytes: Buffer): Buffer {
    const take = Math.min(bytes.length, this.#remaining);
    this.#remaining -= take;
    this.#sink.onBody(take === bytes.length ? bytes : bytes.subarray(0, take));
    if (this.#remaining === 0) {
      if (this.#state === "length") this.#finish();
      else this.#state = "chunk end";
    }
    return bytes.subarray(take);
  }

  #readChunkSize(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(CRLF);
    if (end > CHUNK_LINE_MOST || (end < 0 && bytes.length >= CHUNK_LINE_MOST + CRLF.length))
      throw malformed("a chunk line is too long");
    if (end < 0) return this.#hold(bytes);
    const line = bytes.toString("latin1", 0, end);
    const match = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?$/.exec(line);
    if (!match?.[1]) throw malformed("a chunk size is not hexadecimal");
    this.#remaining = Number.parseInt(match[1], 16);
    this.#state = "chunk data";
    if (this.#remaining === 0) {
      this.#state = "trailers";
      this.#remaining = TRAILERS_MOST;
    }
    return bytes.subarray(end + 2);
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 2) return this.#hold(bytes);
    if (bytes[0] !== 13 || bytes[1] !== 10) throw malformed("a chunk is longer than its size");
    this.#state = "chunk size";
    return bytes.subarray(2);
  }

  #readTrailers(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(CRLF);
    if (end > this.#remaining || (end < 0 && bytes.length >= this.#remaining + CRLF.length))
      throw malformed("the trailer section is too long");
    if (end < 0) return this.#hold(bytes);
    this.#remaining -= end;
    if (end === 0) this.#endTrailers();
    else this.#trailers.push(bytes.toString("latin1", 0, end));
    return bytes.subarray(end + 2);
  }

  #endTrailers(): void {
    const lines = this.#trailers;
    if (lines.length > 0) {
      this.#trailers = [];
      const fields = parseTrailers(lines, this.#limits.headerLineBytes);
      if (fields.length > 0) this.#sink.onTrailers?.(fields);
    }
    this.#finish();
  }

  #hold(bytes: Buffer): undefined {
    this.#held = bytes;
    return undefined;
  }

  #finish(): void {
    this.#state = "done";
    this.#sink.onEnd();
  }
}
