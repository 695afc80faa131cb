// Reads a run of responses out of the bytes that a client received, strictly: each framing is checked, and what follows
// the last whole response is told.

export type SeenAnswer = {
  status: number;
  reason: string;
  /** `name: value` as on the wire, the status line left out. */
  lines: string[];
  body: string;
  /** `name: value` behind the last chunk. */
  trailers: string[];
  framing: "none" | "length" | "chunked" | "close";
  /** False: the body ends before its framing says so. */
  isWhole: boolean;
};

export type AnswersOptions = {
  /** Method of each request, in order; GET where there is none. */
  methods?: readonly string[];
  /** The connection has ended: a body without framing ends there. */
  isClosed?: boolean;
};

export type SeenAnswers = { answers: SeenAnswer[]; rest: string };

/** Values of the field, in order. `name` in lower case. */
export function valuesOf(answer: { lines: string[] }, name: string): string[] {
  return answer.lines
    .filter((line) => line.slice(0, line.indexOf(":")).toLowerCase() === name)
    .map((line) => line.slice(line.indexOf(":") + 1).trim());
}

/** The responses in `text`; interim ones count as responses. Throws on bytes that are none. */
export function readAnswers(
  text: string,
  { methods = [], isClosed = false }: AnswersOptions = {},
): SeenAnswers {
  const answers: SeenAnswer[] = [];
  let rest = text;
  let finals = 0;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    const head = readHead(rest.slice(0, end));
    const [answer, left] = readBody(head, rest.slice(end + 4), methods[finals] ?? "GET", isClosed);
    if (!answer.isWhole && !isClosed) break;
    answers.push(answer);
    if (answer.status >= 200) finals++;
    rest = left;
  }
  return { answers, rest };
}

/** Exactly one final response, and nothing after it. */
export function readAnswer(text: string, method = "GET", isClosed = true): SeenAnswer {
  const { answers, rest } = readAnswers(text, { methods: [method], isClosed });
  const finals = answers.filter(({ status }) => status >= 200);
  const [answer] = finals;
  if (!answer || finals.length > 1 || rest !== "")
    throw new Error(`not exactly one response: ${JSON.stringify(text.slice(0, 2000))}`);
  return answer;
}

type Head = Pick<SeenAnswer, "status" | "reason" | "lines">;

function readHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const match = /^HTTP\/1\.1 (\d{3}) ([^\r\n]*)$/.exec(first);
  if (!match) throw new Error(`not a status line: ${JSON.stringify(first)}`);
  checkFields(lines);
  return { status: Number(match[1]), reason: match[2] ?? "", lines };
}

function checkFields(lines: string[]): void {
  for (const line of lines)
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*$/.test(line)) throw new Error(`not a field: ${line}`);
}

function readBody(head: Head, rest: string, method: string, isClosed: boolean): [SeenAnswer, string] {
  const lengths = valuesOf(head, "content-length");
  const codings = valuesOf(head, "transfer-encoding");
  if (lengths.length + codings.length > 1) throw new Error(`two framings: ${head.lines.join(" | ")}`);
  if (method === "HEAD" || head.status < 200 || head.status === 204 || head.status === 304)
    return [{ ...head, body: "", trailers: [], framing: "none", isWhole: true }, rest];
  if (codings.length === 1) {
    const { body, trailers, left } = readChunks(rest);
    return [{ ...head, body, trailers, framing: "chunked", isWhole: left !== undefined }, left ?? ""];
  }
  if (lengths.length === 0)
    return [{ ...head, body: rest, trailers: [], framing: "close", isWhole: isClosed }, ""];
  const length = Number(lengths[0]);
  const body = rest.slice(0, length);
  return [
    { ...head, body, trailers: [], framing: "length", isWhole: body.length === length },
    rest.slice(length),
  ];
}

/** `left` is undefined when the last chunk, or the end of the fields behind it, is missing. */
function readChunks(text: string): { body: string; trailers: string[]; left: string | undefined } {
  let body = "";
  let at = 0;
  for (;;) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return { body, trailers: [], left: undefined };
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) {
      const last = text.indexOf("\r\n\r\n", end);
      if (last < 0) return { body, trailers: [], left: undefined };
      const trailers = text
        .slice(end + 2, Math.max(last, end + 2))
        .split("\r\n")
        .filter(Boolean);
      checkFields(trailers);
      return { body, trailers, left: text.slice(last + 4) };
    }
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
    if (at > text.length) return { body, trailers: [], left: undefined };
  }
}
