// Reads what a worker answers: bytes in, head and body out. It performs no I/O and trusts nothing. It speaks the
// answers of RFC 9112 strictly, because a byte misread here becomes the next client's response.

import { fateOf, fieldValue, isCleanValue, nominated } from "../http/fields.ts";

export type ResponseHead = {
  status: number;
  reason: string;
  /** Flat [name, value …]: end-to-end fields only, framing and reserved ones taken out. */
  fields: readonly string[];
  /** How the body ends. `none`: there is no body, whatever the fields said. */
  framing: "none" | "length" | "chunked" | "close";
  /** Content-Length as sent; -1 without one. */
  length: number;
  /** Whether the worker keeps the connection. */
  persistent: boolean;
  /** Whether the fields hold a Date. */
  dated: boolean;
};

export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** A piece of the body; it is the receiver's to keep. */
  onBody(piece: Uint8Array): void;
  onEnd(): void;
}

export type ParserLimits = {
  /** Longest header line, in bytes; the whole block may be four times that. */
  headerLineBytes: number;
};

/** The worker's answer broke a rule; the connection is of no further use. */
export class AnswerProblem extends Error {
  readonly kind: "malformed" | "header too large";
  constructor(kind: "malformed" | "header too large", reason: string) {
    super(reason);
    this.kind = kind;
  }
}

type State = "head" | "length" | "chunk size" | "chunk data" | "chunk end" | "trailers" | "close" | "done";

const CRLF = "\r\n";
const HEAD_END = Buffer.from("\r\n\r\n");
const CHUNK_LINE_MOST = 256;
const TRAILERS_MOST = 16_384;
const HEADS_REMEMBERED = 512;

export class ResponseParser {
  #state: State = "done";
  #sink: ResponseSink;
  readonly #limits: ParserLimits;
  /** Bytes of an unfinished head, chunk line or trailer section. */
  #held: Buffer | undefined;
  #remaining = 0;
  #method = "";
  /** Heads seen lately: a worker repeats itself, and reading a head is a pure function of its bytes. */
  readonly #heads: Map<string, ResponseHead>;

  constructor(sink: ResponseSink, limits: ParserLimits, heads: Map<string, ResponseHead> = new Map()) {
    this.#sink = sink;
    this.#limits = limits;
    this.#heads = heads;
  }

  /** Makes ready for the answer to a request with this method. */
  expect(method: string): void {
    this.#method = method;
    this.#state = "head";
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
    if (this.#state !== "close") return this.#state === "done";
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
        this.#sink.onBody(bytes);
        return undefined;
      case "done":
        return bytes;
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const blockMost = this.#limits.headerLineBytes * 4;
    const end = bytes.indexOf(HEAD_END);
    if (end > blockMost || (end < 0 && bytes.length > blockMost)) {
      throw new AnswerProblem("header too large", `more than ${blockMost} bytes of header`);
    }
    if (end < 0) {
      this.#held = bytes;
      return undefined;
    }
    const text = bytes.toString("latin1", 0, end);
    const rest = bytes.subarray(end + 4);
    const head = this.#headOf(text);
    if (head.status < 200) return rest;
    this.#begin(head);
    return rest;
  }

  #headOf(text: string): ResponseHead {
    // What the method changes (no body after HEAD) is applied in `begin`, so that heads may be shared.
    const known = this.#heads.get(text);
    if (known) return known;
    const head = parseHead(text, this.#limits.headerLineBytes);
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
    if (end > CHUNK_LINE_MOST || (end < 0 && bytes.length > CHUNK_LINE_MOST))
      throw malformed("a chunk line is too long");
    if (end < 0) return this.#hold(bytes);
    const line = bytes.toString("latin1", 0, end);
    const match = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?$/.exec(line);
    if (!match?.[1]) throw malformed("a chunk size is not hexadecimal");
    this.#remaining = Number.parseInt(match[1], 16);
    this.#state = this.#remaining === 0 ? "trailers" : "chunk data";
    return bytes.subarray(end + 2);
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 2) return this.#hold(bytes);
    if (bytes[0] !== 13 || bytes[1] !== 10) throw malformed("a chunk is longer than its size");
    this.#state = "chunk size";
    return bytes.subarray(2);
  }

  /** Trailer fields are read over: nobody downstream asked for them. */
  #readTrailers(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(CRLF);
    if (end < 0) {
      if (bytes.length > TRAILERS_MOST) throw malformed("the trailer section is too long");
      return this.#hold(bytes);
    }
    if (end === 0) this.#finish();
    return bytes.subarray(end + 2);
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

const malformed = (reason: string) => new AnswerProblem("malformed", reason);

/** Reads a head without its final empty line. Throws AnswerProblem. */
export function parseHead(text: string, headerLineBytes: number): ResponseHead {
  const lines = text.split(CRLF);
  const status = /^HTTP\/1\.([01]) (\d{3})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/.exec(lines[0] ?? "");
  if (!status) throw malformed("the status line is not HTTP/1.1");
  const code = Number(status[2]);
  if (code < 100 || code > 599) throw malformed(`the status ${code} does not exist`);
  if (code === 101) throw malformed("the worker switched protocols without being asked");
  const fields: string[] = [];
  const special: Special = { lengths: [], codings: [], dropped: [], close: status[1] === "0" };
  for (let i = 1; i < lines.length; i++) readField(lines[i] as string, headerLineBytes, fields, special);
  const framing = framingOf(code, special);
  return {
    status: code,
    reason: status[3] ?? "",
    fields: special.dropped.length === 0 ? fields : without(fields, special.dropped),
    ...framing,
    persistent: !special.close && framing.framing !== "close",
    dated: fieldValue(fields, "date") !== undefined,
  };
}

type Special = { lengths: string[]; codings: string[]; dropped: string[]; close: boolean };

function readField(line: string, most: number, fields: string[], special: Special): void {
  if (line.length > most)
    throw new AnswerProblem("header too large", `a header line of ${line.length} bytes`);
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const fate = fateOf(name);
  // Also folded lines end here: they begin with a space, which no token does.
  if (fate === "invalid") throw malformed("a header name is not a token");
  const value = line.slice(colon + 1).trim();
  if (!isCleanValue(value)) throw malformed(`the header ${name} holds a control character`);
  switch (fate) {
    case "framing":
      if (name.length === 14) special.lengths.push(value);
      else
        special.codings.push(
          ...value
            .toLowerCase()
            .split(",")
            .map((coding) => coding.trim()),
        );
      return;
    case "connection":
      if (/\bclose\b/i.test(value)) special.close = true;
      special.dropped.push(...nominated(value));
      return;
    case "pass":
    case "host":
    case "expect":
      fields.push(name, value);
  }
}

function framingOf(status: number, special: Special): Pick<ResponseHead, "framing" | "length"> {
  const length = contentLength(special.lengths);
  const coded = special.codings.filter((coding) => coding !== "");
  if (coded.length > 0 && length >= 0) throw malformed("Content-Length and Transfer-Encoding together");
  if (coded.length > 1 || (coded.length === 1 && coded[0] !== "chunked"))
    throw malformed(`unknown transfer coding ${coded.join(", ")}`);
  if (status < 200 || status === 204 || status === 304) return { framing: "none", length };
  if (coded.length === 1) return { framing: "chunked", length: -1 };
  return length >= 0 ? { framing: "length", length } : { framing: "close", length: -1 };
}

function contentLength(values: string[]): number {
  const [first] = values;
  if (first === undefined) return -1;
  if (!/^\d{1,15}$/.test(first) || values.some((value) => value !== first))
    throw malformed("Content-Length is not one number");
  return Number(first);
}

function without(fields: string[], names: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (!names.includes(name.toLowerCase())) kept.push(name, fields[i + 1] as string);
  }
  return kept;
}
