// Cuts an answer that a test wrote as HTTP/1.1 into what HTTP/2 makes of it: heads, pieces of a body, trailers. It only knows
// answers that are right; what is wrong has no likeness over there.

export type AnswerPart =
  | { kind: "head"; status: number; fields: [string, string][]; isLast: boolean }
  | { kind: "data"; bytes: Uint8Array; isLast: boolean }
  | { kind: "trailers"; fields: [string, string][] };

type State = "head" | "counted" | "size" | "chunk" | "chunk end" | "trailers" | "until the end" | "done";

/** Fields of one connection, which HTTP/2 does not have. */
const OF_CONNECTIONS = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te)$/;

export class AnswerCutter {
  readonly #method: string;
  #state: State = "head";
  #held = Buffer.alloc(0);
  #left = 0;

  /** `method`: of the request. */
  constructor(method: string) {
    this.#method = method;
  }

  /** Nothing of the answer itself was written, or all of it. */
  get isBetween(): boolean {
    return this.#state === "done" || this.#state === "head";
  }

  /** The body ends where the connection does. */
  get endsByClosing(): boolean {
    return this.#state === "until the end";
  }

  push(bytes: Uint8Array): AnswerPart[] {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    const parts: AnswerPart[] = [];
    for (let part = this.#next(); part !== undefined; part = this.#next()) parts.push(...part);
    return parts;
  }

  /** Undefined when more must be written first. */
  #next(): AnswerPart[] | undefined {
    switch (this.#state) {
      case "head":
        return this.#head();
      case "size":
        return this.#size();
      case "trailers":
        return this.#trailers();
      case "chunk end":
        if (this.#take(2) === undefined) return undefined;
        this.#state = "size";
        return [];
      default:
        return this.#body();
    }
  }

  #head(): AnswerPart[] | undefined {
    const text = this.#takeUntil("\r\n\r\n");
    if (text === undefined) return undefined;
    const [first = "", ...lines] = text.split("\r\n");
    const status = Number(first.split(" ")[1]);
    const all = lines.map(fieldOf);
    const fields = all.filter(([name]) => !OF_CONNECTIONS.test(name));
    if (status < 200) return [{ kind: "head", status, fields, isLast: false }];
    this.#state = this.#stateAfter(status, all);
    return [{ kind: "head", status, fields, isLast: this.#state === "done" }];
  }

  #stateAfter(status: number, fields: readonly [string, string][]): State {
    const fieldNamed = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
    if (this.#method === "HEAD" || status === 204 || status === 304) return "done";
    if (fieldNamed("transfer-encoding") !== undefined) return "size";
    const length = fieldNamed("content-length");
    if (length === undefined) return "until the end";
    this.#left = Number(length);
    return this.#left === 0 ? "done" : "counted";
  }

  #size(): AnswerPart[] | undefined {
    const line = this.#takeUntil("\r\n");
    if (line === undefined) return undefined;
    this.#left = Number.parseInt(line, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
    return [];
  }

  #trailers(): AnswerPart[] | undefined {
    // An empty line ends them, and there may be none before it.
    const text = this.#held.indexOf("\r\n") === 0 ? this.#takeUntil("\r\n") : this.#takeUntil("\r\n\r\n");
    if (text === undefined) return undefined;
    this.#state = "done";
    if (text === "") return [{ kind: "data", bytes: new Uint8Array(), isLast: true }];
    return [{ kind: "trailers", fields: text.split("\r\n").map(fieldOf) }];
  }

  #body(): AnswerPart[] | undefined {
    if (this.#held.length === 0 || this.#state === "done") return undefined;
    const isCounted = this.#state !== "until the end";
    const bytes = this.#held.subarray(0, isCounted ? this.#left : undefined);
    this.#held = this.#held.subarray(bytes.length);
    if (isCounted) this.#left -= bytes.length;
    const isOver = isCounted && this.#left === 0;
    const isLast = isOver && this.#state === "counted";
    if (isOver) this.#state = isLast ? "done" : "chunk end";
    return [{ kind: "data", bytes, isLast }];
  }

  #take(count: number): Buffer | undefined {
    if (this.#held.length < count) return undefined;
    const piece = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return piece;
  }

  #takeUntil(mark: string): string | undefined {
    const end = this.#held.indexOf(mark);
    if (end < 0) return undefined;
    return this.#take(end + mark.length)
      ?.subarray(0, end)
      .toString("latin1");
  }
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
