// Heads of requests out of bytes, by the runtime's own parser (llhttp). It stops behind each head: whoever reads on knows
// where the body ends, and brings what follows it.

import { HTTPParser } from "node:_http_common";
import { OVERFLOW, type ParserRefusal, TIMEOUT } from "../http1/parser-refusal.ts";
import { firstLine, SHOWN_BYTES } from "../http1/refused-line.ts";

export type ParsedHead = {
  method: string;
  target: string;
  /** Flat [name, value …] in the spelling and order of the wire, Latin-1. */
  fields: readonly string[];
  isHttp10: boolean;
  /** By its version and `Connection`, the client wants to go on with the connection. */
  isKept: boolean;
  /** Both `Connection: Upgrade` and `Upgrade` are there. */
  asksForUpgrade: boolean;
  /** That of the body; undefined where none was told. */
  length: number | undefined;
  /** There is a Transfer-Encoding, right or wrong. */
  isCoded: boolean;
};

const ON_FIELDS = HTTPParser.kOnHeaders;
const ON_HEAD = HTTPParser.kOnHeadersComplete;
/** The answer to ON_HEAD by which the parser stops, and takes what it gets next for another head. */
const STOP = 2;

/** By llhttp's numbers. The last ones are RTSP's, which are refused in HTTP, but for QUERY. */
const METHODS = (
  "DELETE GET HEAD POST PUT CONNECT OPTIONS TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND REBIND UNBIND " +
  "ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PATCH PURGE MKCALENDAR LINK UNLINK SOURCE " +
  "PRI DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN GET_PARAMETER SET_PARAMETER REDIRECT RECORD FLUSH QUERY"
).split(" ");

const LF = 10;
const LETTER_H = 72;
/** From the H of `HTTP/1.1` to the end of its line. */
const VERSION_BYTES = 9;
/** Of a first line, beside method and target: one space before the target, and ` HTTP/1.1` with the end of the line. */
const LINE_REST = 12;

export class HeadParser {
  /** The head that has come, until the next one is read. */
  head: ParsedHead | undefined;
  readonly #native = new HTTPParser();
  readonly #headBytes: number;
  /** Of a head with so many fields that the parser tells of them in parts. */
  #fields: string[] | undefined;
  #target = "";
  #isVersionSpoken = false;
  /** Of a head that comes in pieces: its first bytes, whether its first line has ended, and as one of HTTP. */
  #start = "";
  #hasLine = false;
  #isHttp = false;
  #lineEnd = "";
  #lineBytes = 0;

  constructor(headBytes: number) {
    this.#headBytes = headBytes;
    const native = this.#native;
    native[ON_FIELDS] = this.#onFields;
    native[ON_HEAD] = this.#onHead;
    this.reset();
  }

  /** Forgets what it has read. */
  reset(): void {
    this.head = undefined;
    this.#fields = undefined;
    this.#target = "";
    this.#forgetLine();
    this.#native.initialize(HTTPParser.REQUEST, {}, this.#headBytes, 0);
  }

  /**
   * How many bytes were read: all of them, or those up to the end of `head`. Or why they cannot be read, after which it
   * must be reset.
   */
  read(bytes: Uint8Array): number | ParserRefusal {
    this.head = undefined;
    this.#noteLine(bytes);
    const read = this.#native.execute(bytes);
    if (typeof read !== "number") return this.#refusal(read.code, read.reason, bytes);
    const head = this.head as ParsedHead | undefined;
    if (!head) {
      // Whoever reads on would turn around here for ever.
      if (read < bytes.length) return this.#refusal("", "The parser stopped within a head", bytes);
      // Another protocol would wait for its answer, and HTTP/0.9 sends no more than this.
      if (this.#hasLine && !this.#isHttp) return this.#noSuchLine(bytes);
      if (this.#start.length < SHOWN_BYTES) this.#start += latin1(bytes, 0, SHOWN_BYTES);
      return read;
    }
    const isRight = this.#lineBytes === head.method.length + head.target.length + LINE_REST;
    if (!isRight || !this.#isHttp || !this.#isVersionSpoken) return this.#noSuchLine(bytes);
    this.#forgetLine();
    // Stopped behind a head, it reads not all that can follow.
    this.#native.initialize(HTTPParser.REQUEST, {}, this.#headBytes, 0);
    return read;
  }

  /** What has come of a head is all that came in time. */
  refuseLate(): ParserRefusal {
    return { code: TIMEOUT, reason: "Request timeout", bytes: this.#start, line: firstLine(this.#start) };
  }

  #noSuchLine(bytes: Uint8Array): ParserRefusal {
    return this.#refusal("HPE_INVALID_VERSION", "Invalid HTTP version", bytes);
  }

  #refusal(code: string, reason: string, bytes: Uint8Array): ParserRefusal {
    const shown = (this.#start + latin1(bytes, 0, SHOWN_BYTES)).slice(0, SHOWN_BYTES);
    // The first line may have ended behind what is shown.
    const isFieldTooLong = code === OVERFLOW && this.#hasLine && !shown.includes("\r\n");
    return { code, reason, bytes: isFieldTooLong ? `${shown}\r\n` : shown, line: firstLine(shown) };
  }

  // ---- the first line, of which the parser tells too little -----------------------------------------------

  /** The parser takes RTSP/1.1 and ICE/1.0 for good versions as well, and any number of spaces for one. */
  #noteLine(bytes: Uint8Array): void {
    if (this.#hasLine) return;
    const end = bytes.indexOf(LF);
    this.#lineBytes += end < 0 ? bytes.length : end + 1;
    if (end >= VERSION_BYTES) {
      this.#hasLine = true;
      this.#isHttp = bytes[end - VERSION_BYTES] === LETTER_H;
      return;
    }
    const last = end >= 0 ? latin1(bytes, 0, end) : latin1(bytes, bytes.length - VERSION_BYTES, bytes.length);
    this.#lineEnd = (this.#lineEnd + last).slice(-VERSION_BYTES);
    if (end < 0) return;
    this.#hasLine = true;
    this.#isHttp = this.#lineEnd.charCodeAt(this.#lineEnd.length - VERSION_BYTES) === LETTER_H;
  }

  #forgetLine(): void {
    this.#hasLine = this.#isHttp = false;
    this.#start = this.#lineEnd = "";
    this.#lineBytes = 0;
  }

  // ---- from the parser ------------------------------------------------------------------------------------

  readonly #onFields = (fields: string[], target: string): void => {
    this.#target += target;
    if (!this.#fields) this.#fields = fields;
    else this.#fields.push(...fields);
  };

  readonly #onHead = (
    major: number,
    minor: number,
    fields: string[] | undefined,
    method: number,
    target: string | undefined,
    _status: unknown,
    _reason: unknown,
    asksForUpgrade: boolean,
    isKept: boolean,
  ): number => {
    const head: ParsedHead = {
      method: METHODS[method] ?? "",
      target: target ?? this.#target,
      fields: this.#fields ?? fields ?? [],
      isHttp10: minor === 0,
      isKept,
      asksForUpgrade,
      length: undefined,
      isCoded: false,
    };
    this.#isVersionSpoken = major === 1 && minor <= 1;
    findFraming(head, head.fields);
    this.head = head;
    this.#fields = undefined;
    this.#target = "";
    return STOP;
  };
}

const latin1 = ({ buffer, byteOffset, length }: Uint8Array, from: number, to: number) =>
  Buffer.from(buffer, byteOffset, length).toString("latin1", Math.max(0, from), to);

function findFraming(head: ParsedHead, fields: readonly string[]): void {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length === 14) {
      if (name.toLowerCase() === "content-length") head.length = Number(fields[at + 1]);
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") head.isCoded = true;
  }
}
