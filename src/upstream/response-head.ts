// Reads the head of a worker's answer: text in, what the front needs to know out. Pure, and strict as RFC 9110 and
// 9112 are: what breaks a rule is an AnswerProblem, never a guess.

import { CHALLENGES_HEADER, separateChallenges } from "../http/challenges.ts";
import { type Fate, fateOf, fieldValue, isCleanValue, nominated, withoutFields } from "../http/fields.ts";
import { FILE_HEADER, PROMISED_HEADER } from "../http/handed-file.ts";
import { type AppException, decodeException, EXCEPTION_HEADER } from "../http/traces/told-exception.ts";

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
  /** What the worker says of a file that it hands over; see http/handed-file.ts. */
  file?: string;
  /** What its client is to be told of the length, where that is more than will come. */
  promised?: number;
  /** What the worker says of an error that nobody has caught. */
  exception?: AppException;
};

/** The worker's answer broke a rule; the connection is of no further use. */
export class AnswerProblem extends Error {
  readonly kind: "malformed" | "header too large";
  constructor(kind: "malformed" | "header too large", reason: string) {
    super(reason);
    this.kind = kind;
  }
}

/** What is wrong with an answer, as the end of an exchange: of whatever was thrown while it was read. */
export const failureOf = (thrown: unknown) =>
  thrown instanceof AnswerProblem
    ? { kind: thrown.kind, reason: thrown.message }
    : { kind: "bug" as const, thrown };

export const malformed = (reason: string) => new AnswerProblem("malformed", reason);

const CRLF = "\r\n";

/** Reads a head without its final empty line. Throws AnswerProblem. */
export function parseHead(text: string, headerLineBytes: number): ResponseHead {
  const lines = text.split(CRLF);
  const status = /^HTTP\/1\.([01]) (\d{3})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/.exec(lines[0] ?? "");
  if (!status) throw malformed("the status line is not HTTP/1.1");
  const draft = new HeadDraft(status[1] === "0");
  for (let i = 1; i < lines.length; i++) readLine(lines[i] as string, headerLineBytes, draft);
  return draft.finish(Number(status[2]), status[3] ?? "");
}

function readLine(line: string, most: number, draft: Pick<HeadDraft, "take">): void {
  if (line.length > most)
    throw new AnswerProblem("header too large", `a header line of ${line.length} bytes`);
  const colon = line.indexOf(":");
  // Also folded lines end here: they begin with a space, which no token does.
  draft.take(line.slice(0, Math.max(colon, 0)), trimSpace(line.slice(colon + 1)));
}

/** Reads the lines behind the last chunk. Fields that mean something only before the body are left out. */
export function parseTrailers(lines: readonly string[], headerLineBytes: number): string[] {
  const fields: string[] = [];
  const take = (name: string, value: string) => {
    if (passesBehindBody(name, value)) fields.push(name, value);
  };
  for (const line of lines) readLine(line, headerLineBytes, { take });
  return fields;
}

/** Whether a trailer goes on to the client. Throws AnswerProblem. */
export const passesBehindBody = (name: string, value: string): boolean =>
  checkedFate(name, value) === "pass" && !BEFORE_THE_BODY.has(name.toLowerCase());

/** Framing, routing, control, authentication and the form of the content (RFC 9110 section 6.5.1). */
const BEFORE_THE_BODY: ReadonlySet<string> = new Set([
  "age",
  "authorization",
  "cache-control",
  "content-encoding",
  "content-range",
  "content-type",
  "date",
  "expires",
  "location",
  "max-forwards",
  "pragma",
  "range",
  "retry-after",
  "set-cookie",
  "vary",
  "warning",
  "www-authenticate",
]);

function checkedFate(name: string, value: string): Fate {
  const fate = fateOf(name);
  if (fate === "invalid") throw malformed("a header name is not a token");
  if (!isCleanValue(value)) throw malformed(`the header ${name} holds a control character`);
  return fate;
}

/** A head as its fields come in, whatever carries them. */
export class HeadDraft {
  readonly #fields: string[] = [];
  readonly #lengths: string[] = [];
  readonly #codings: string[] = [];
  readonly #dropped = new Set<string>();
  /** Fields that say which ones come behind the body; only chunks have room for those. */
  readonly #trailers: string[] = [];
  #close: boolean;
  /** What the worker says of joined lines. */
  #challenges = "";
  #file: string | undefined;
  #promised: number | undefined;
  #exception: AppException | undefined;

  constructor(isClosing: boolean) {
    this.#close = isClosing;
  }

  /** The value without space around it; `spelled`: how clients get the name. Throws AnswerProblem. */
  take(name: string, value: string, spelled = name): void {
    switch (checkedFate(name, value)) {
      case "framing":
        if (name.length === 14) this.#lengths.push(value);
        else this.#codings.push(...codingsOf(value));
        return;
      case "connection":
        if (/\bclose\b/i.test(value)) this.#close = true;
        for (const name of nominated(value)) this.#dropped.add(name);
        return;
      case "reserved":
        this.#takeReserved(name.toLowerCase(), value);
        return;
      case "hop":
        if (name.toLowerCase() === "trailer") this.#trailers.push(spelled, value);
        return;
      case "pass":
      case "host":
      case "expect":
      case "prefix":
      case "trace":
        this.#fields.push(spelled, value);
    }
  }

  #takeReserved(name: string, value: string): void {
    if (name === CHALLENGES_HEADER) this.#challenges = value;
    else if (name === FILE_HEADER) this.#file = value;
    else if (name === PROMISED_HEADER && /^\d{1,15}$/.test(value)) this.#promised = Number(value);
    else if (name === EXCEPTION_HEADER) this.#exception = decodeException(value);
  }

  /** `isFramed`: a body without a length is ended by other means than the end of the connection. */
  finish(status: number, reason: string, isFramed = this.#codings.length > 0): ResponseHead {
    if (status < 100 || status > 599) throw malformed(`the status ${status} does not exist`);
    if (this.#trailers.length > 0 && isFramed && this.#lengths.length === 0)
      this.#fields.push(...this.#trailers);
    const endToEnd = this.#dropped.size === 0 ? this.#fields : withoutFields(this.#fields, this.#dropped);
    const fields = this.#challenges === "" ? endToEnd : separateChallenges(endToEnd, this.#challenges);
    const framing = framingOf(status, this.#lengths, this.#codings);
    return {
      status,
      // The native response would send what is beyond ASCII as UTF-8: better the usual phrase than other bytes.
      reason: /^[\t -~]*$/.test(reason) ? reason : "",
      fields,
      ...framing,
      persistent: !this.#close && framing.framing !== "close",
      dated: fieldValue(fields, "date") !== undefined,
      ...(this.#file !== undefined && { file: this.#file }),
      ...this.#promiseBeyond(framing),
      ...(this.#exception && { exception: this.#exception }),
    };
  }

  #promiseBeyond({ framing, length }: Pick<ResponseHead, "framing" | "length">) {
    const promised = this.#promised ?? 0;
    return framing === "length" && promised > length ? { promised } : undefined;
  }
}

const codingsOf = (value: string) =>
  value
    .toLowerCase()
    .split(",")
    .map((coding) => trimSpace(coding));

function framingOf(
  status: number,
  lengths: readonly string[],
  codings: readonly string[],
): Pick<ResponseHead, "framing" | "length"> {
  const length = contentLength(lengths);
  const coded = codings.filter((coding) => coding !== "");
  if (coded.length > 0 && length >= 0) throw malformed("Content-Length and Transfer-Encoding together");
  if (codings.length > 0 && (coded.length !== 1 || coded[0] !== "chunked"))
    throw malformed(`the transfer coding is not chunked: ${coded.join(", ")}`);
  // Only a 304 says with its length what another answer would have held (RFC 9110 section 8.6).
  if (status < 200 || status === 204) return { framing: "none", length: -1 };
  if (status === 304) return { framing: "none", length };
  if (coded.length === 1) return { framing: "chunked", length: -1 };
  return length >= 0 ? { framing: "length", length } : { framing: "close", length: -1 };
}

/** Without the spaces and tabs around it; other white space is part of a value, or an error. */
export function trimSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const isSpace = (code: number) => code === 32 || code === 9;

function contentLength(values: readonly string[]): number {
  const [first] = values;
  if (first === undefined) return -1;
  if (!/^\d{1,15}$/.test(first) || values.some((value) => value !== first))
    throw malformed("Content-Length is not one number");
  return Number(first);
}
