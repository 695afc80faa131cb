// The language of --access-log-format: Apache's LogFormat, as far as it makes sense here, and what gw knows besides, as notes.
// Read once; front/telling/access-line makes a function of it. Pure.
// https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats

/** Directives without an argument, by their letter. */
export const PLAIN_DIRECTIVES = {
  "%": "a per cent sign",
  a: "address of the client; behind trusted proxies what they say of it",
  A: "address that it has reached",
  B: "bytes of the answer's body",
  b: "the same, - for none",
  D: "time taken, in microseconds",
  H: "protocol",
  I: "bytes of the request's body",
  L: "request id, as in gw's log and in the answer of an error",
  O: "bytes of the answer's body, as %B",
  P: "number of the worker that had it last, - for none",
  T: "time taken, in seconds",
  U: "path, without the query",
  V: "host that the client asks for",
  X: "X: ended before the answer was whole; +: it was whole",
  h: "as %a",
  l: "always -",
  m: "method",
  p: "port that the client has reached",
  q: "query with its question mark; it may hold secrets",
  r: "request line, without the query: %m %U %H",
  s: "status; 499 where the client left before it got one, 000 where it was cut without one",
  t: "time of the request, as [10/Oct/2000:13:55:36 +0200]",
  u: "name of the user, - for none",
  v: "as %V",
} as const;

/** What stands in braces before n: what gw knows of a request besides. Times are in milliseconds. */
export const NOTES = {
  queue: "time in the queue",
  receive: "time until all was there that a worker is chosen after: the head, a small body, what hooks say",
  connect: "time to connect to the worker",
  app: "time of the app, until the head of its answer",
  body: "time from there until the last byte was taken",
  total: "all of it",
  worker: "number of the worker that had it last",
  attempts: "how many workers were tried",
  group: "group of workers",
  cause: "why gw itself answered or cut it: the word of docs/errors.md",
  id: "request id, as %L",
  scheme: "http or https",
  tls_version: "version of TLS, such as TLSv1.3; - without TLS at gw",
  tls_cipher: "cipher of TLS; - without TLS at gw",
  trace_id:
    "trace id (W3C Trace Context): gw's, or where it keeps no traces that of the client's traceparent",
} as const;

/** What may stand in braces before t. */
export const TIME_FORMS = {
  sec: "seconds since 1970",
  msec: "milliseconds since 1970",
  usec: "microseconds since 1970",
  iso: "as 2000-10-10T11:55:36.123Z",
} as const;

/** What may stand in braces before T. */
export const TIME_UNITS = { s: 1000, ms: 1, us: 0.001 } as const;

export type Plain = keyof typeof PLAIN_DIRECTIVES;
export type Note = keyof typeof NOTES;

/** A piece of a line. */
export type FormatPiece =
  | { text: string }
  | { plain: Plain }
  | { note: Note }
  /** A field of the request, or of the answer; its name in lower case. */
  | { field: string; of: "request" | "answer" }
  | { time: keyof typeof TIME_FORMS }
  | { taken: number };

export const NAMED_FORMATS = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
} as const;

/** "json" is no line of directives. */
export const FORMAT_NAMES = [...Object.keys(NAMED_FORMATS), "json"];

const DIRECTIVE = /%[<>]?(?:\{([^}]*)\})?([A-Za-z%])/y;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const LONGEST = 2_000;

/** The pieces of a format, or what is wrong with it, as the end of a sentence. */
export function parseAccessFormat(format: string): FormatPiece[] | string {
  const text = Object.hasOwn(NAMED_FORMATS, format) ? NAMED_FORMATS[format as "common"] : format;
  if (text.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return "holds a control character";
  const pieces: FormatPiece[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf("%", at);
    if (next !== at) pieces.push({ text: text.slice(at, next < 0 ? undefined : next) });
    if (next < 0) break;
    DIRECTIVE.lastIndex = next;
    const [whole, argument, letter] = DIRECTIVE.exec(text) ?? [];
    const piece = whole === undefined ? undefined : pieceOf(argument, letter as string);
    if (!whole || !piece) return `has "${whole ?? text.slice(next, next + 2)}", which is no directive of gw`;
    pieces.push(piece);
    at = next + whole.length;
  }
  return pieces.some((piece) => !("text" in piece)) ? pieces : "has no directive at all";
}

function pieceOf(argument: string | undefined, letter: string): FormatPiece | undefined {
  if (argument === undefined) return isPlain(letter) ? plainPiece(letter) : undefined;
  switch (letter) {
    case "i":
      return fieldPiece(argument, "request");
    case "o":
      return fieldPiece(argument, "answer");
    case "n":
      return Object.hasOwn(NOTES, argument) ? { note: argument as Note } : undefined;
    case "t":
      return Object.hasOwn(TIME_FORMS, argument) ? { time: argument as "sec" } : undefined;
    case "T":
      return Object.hasOwn(TIME_UNITS, argument) ? { taken: TIME_UNITS[argument as "s"] } : undefined;
    default:
      return undefined;
  }
}

const isPlain = (letter: string): letter is Plain => Object.hasOwn(PLAIN_DIRECTIVES, letter);

const plainPiece = (letter: Plain): FormatPiece => (letter === "%" ? { text: "%" } : { plain: letter });

function fieldPiece(name: string, of: "request" | "answer"): FormatPiece | undefined {
  return FIELD_NAME.test(name) ? { field: name.toLowerCase(), of } : undefined;
}
