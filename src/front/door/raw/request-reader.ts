// Where on a connection one is: in a head, in the body behind it, or between requests. It reads one step at a time, so that whoever
// has the connection can stop after each.

import type { ParserRefusal } from "../http1/parser-refusal.ts";
import { ChunkReader, type ChunkSink } from "./chunk-reader.ts";
import type { HeadParser, ParsedHead } from "./head-parser.ts";

/** Parsers are lent for as long as a head takes. */
export interface ParserLender {
  takeParser(): HeadParser;
  giveParser(parser: HeadParser): void;
}

/** The request whose body is read. */
export interface BodySink extends ChunkSink {
  /** Its body is chunked in a way that nobody knows how to read. */
  readonly malformed: string | undefined;
  onBodyEnd(): void;
}

/** Of a body: nobody knows where it ends. */
const ENDLESS = Number.POSITIVE_INFINITY;

export class RequestReader {
  /** Why nothing more can be read. */
  fault: ParserRefusal | undefined;
  readonly #lender: ParserLender;
  /** It has some of a head, and not all of it. */
  #parser: HeadParser | undefined;
  /** Of the body of the present request, by its length; or whoever finds its end. */
  #bodyLeft = 0;
  #chunks: ChunkReader | undefined;

  constructor(lender: ParserLender) {
    this.#lender = lender;
  }

  /** Some of a head has come. */
  get isInHead(): boolean {
    return this.#parser !== undefined;
  }

  /** Some of a body has yet to come. */
  get isInBody(): boolean {
    return this.#bodyLeft > 0 || (this.#chunks !== undefined && !this.#chunks.isDone);
  }

  get isEndless(): boolean {
    return this.#bodyLeft === ENDLESS;
  }

  /** Reads a head, or some of one, from `at` on, and where one is whole gives it to `onHead`. Where the rest begins. */
  readHead(bytes: Buffer, from: number, onHead: (head: ParsedHead) => void): number {
    let at = from;
    if (!this.#parser) {
      // Empty lines before a request are nothing (RFC 9112 section 2.2), and not the beginning of one.
      while (bytes[at] === 13 || bytes[at] === 10) at++;
      if (at === bytes.length) return at;
    }
    const parser = this.#parser ?? this.#lender.takeParser();
    const read = parser.read(at === 0 ? bytes : bytes.subarray(at));
    const { head } = parser;
    if (typeof read !== "number") {
      this.#parser = parser;
      this.fault = read;
      return bytes.length;
    }
    this.#parser = head ? undefined : parser;
    if (!head) return at + read;
    this.#lender.giveParser(parser);
    onHead(head);
    return at + read;
  }

  /** What follows is the body of this one. */
  beginBody(head: ParsedHead, request: BodySink): void {
    this.#chunks = undefined;
    this.#bodyLeft = 0;
    if (!head.isCoded) this.#bodyLeft = head.length ?? 0;
    else if (request.malformed) this.#bodyLeft = ENDLESS;
    else this.#chunks = new ChunkReader(request);
  }

  /** Whatever follows is read over. */
  readNoMore(): void {
    this.fault = undefined;
    this.#bodyLeft = ENDLESS;
    this.drop();
  }

  /** Reads on to the next piece, or the end of the body. Where the rest begins. */
  readBody(request: BodySink, bytes: Buffer, at: number): number {
    const chunks = this.#chunks;
    if (chunks) return this.#readChunks(chunks, request, bytes, at);
    const to = Math.min(bytes.length, at + this.#bodyLeft);
    this.#bodyLeft -= to - at;
    request.onPiece(bytes.subarray(at, to));
    if (this.#bodyLeft === 0) request.onBodyEnd();
    return to;
  }

  #readChunks(chunks: ChunkReader, request: BodySink, bytes: Buffer, at: number): number {
    const to = chunks.read(bytes, at);
    // Of a body nothing is shown.
    if (chunks.fault) this.fault = { code: "", reason: chunks.fault, bytes: "", line: "" };
    else if (chunks.isDone) request.onBodyEnd();
    return to;
  }

  /** What has come of a head is all that came in time. */
  refuseLate(): ParserRefusal | undefined {
    return this.#parser?.refuseLate();
  }

  /** Lets go of a parser that may have stopped within a head, or at what it could not read. */
  drop(): void {
    if (!this.#parser) return;
    this.#parser.reset();
    this.#lender.giveParser(this.#parser);
    this.#parser = undefined;
  }
}
