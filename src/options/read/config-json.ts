// Text of gw.config.json to its members, each with its line: an operator who is told "line 7" looks once, and
// JSON.parse tells neither lines nor keys that appear twice. Pure.

/**
 * `shown` describes a value that JSON has no form for, from a configuration written in code. `members`: those of a value
 * that is an object itself, with their lines, and with keys that appear twice.
 */
export type Member = { key: string; value: unknown; line?: number; shown?: string; members?: Member[] };
export type ConfigText = { members: Member[] } | { fault: string; line: number };

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|$)/y;

/** Deeper than any option; stops a hostile file before the stack does. */
const DEEPEST = 64;

class Fault extends Error {}

class JsonReader {
  readonly #text: string;
  readonly #regex = new RegExp(TOKEN);
  #token = "";
  #start = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The token now looked at; empty at the end of the text. */
  peek(): string {
    return this.#token;
  }

  line(): number {
    return this.#text.slice(0, this.#start).split("\n").length;
  }

  next(): void {
    const from = this.#regex.lastIndex;
    const match = this.#regex.exec(this.#text);
    if (match) {
      this.#token = match[1] ?? match[2] ?? match[3] ?? match[4] ?? "";
      this.#start = this.#regex.lastIndex - this.#token.length;
      return;
    }
    this.#start = from + (/^[ \t\r\n]*/.exec(this.#text.slice(from))?.[0].length ?? 0);
    const rest = this.#text.slice(this.#start).split(/[\s,}\]]/, 1)[0] ?? "";
    throw new Fault(
      `${JSON.stringify(rest.slice(0, 30) || this.#text[this.#start])} is not JSON${/^\/[/*]/.test(rest) ? ", which has no comments" : ""}`,
    );
  }

  expect(token: string, where: string): void {
    if (this.#token !== token)
      throw new Fault(`expected "${token}" ${where}, found ${this.#token || "the end of the file"}`);
    this.next();
  }
}

/** The members of the one object that the text must be, and theirs. */
export function readConfigJson(text: string): ConfigText {
  const reader = new JsonReader(text.replace(/^\uFEFF/, ""));
  try {
    reader.next();
    const members = readMembers(reader, 0);
    if (reader.peek() !== "") throw new Fault(`expected the end of the file, found ${reader.peek()}`);
    return { members };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { fault: thrown.message, line: reader.line() };
  }
}

function readMembers(reader: JsonReader, depth: number): Member[] {
  const members: Member[] = [];
  reader.expect("{", depth === 0 ? "at the beginning" : "");
  while (reader.peek() !== "}") {
    const line = reader.line();
    if (!reader.peek().startsWith('"'))
      throw new Fault(`expected a key in double quotes, found ${reader.peek() || "the end of the file"}`);
    const key = String(JSON.parse(reader.peek()));
    reader.next();
    reader.expect(":", `after "${key}"`);
    if (reader.peek() === "{") {
      checkDepth(depth + 1);
      const inner = readMembers(reader, depth + 1);
      members.push({ key, value: toObject(inner), line, members: inner });
    } else members.push({ key, value: readValue(reader, depth + 1), line });
    if (reader.peek() !== ",") break;
    reader.next();
    if (reader.peek() === "}") throw new Fault('there is a comma before the closing "}"');
  }
  reader.expect("}", "or a comma after a value");
  return members;
}

function checkDepth(depth: number): void {
  if (depth > DEEPEST) throw new Fault(`values are nested deeper than ${DEEPEST} levels`);
}

const toObject = (members: readonly Member[]) =>
  Object.fromEntries(members.map(({ key, value }) => [key, value]));

function readValue(reader: JsonReader, depth: number): unknown {
  checkDepth(depth);
  if (reader.peek() === "{") return toObject(readMembers(reader, depth));
  if (reader.peek() === "[") return readList(reader, depth);
  if (reader.peek() === "" || /^[\]},:]$/.test(reader.peek()))
    throw new Fault(`expected a value, found ${reader.peek() || "the end of the file"}`);
  const value: unknown = JSON.parse(reader.peek());
  reader.next();
  return value;
}

function readList(reader: JsonReader, depth: number): unknown[] {
  const values: unknown[] = [];
  reader.expect("[", "");
  while (reader.peek() !== "]") {
    values.push(readValue(reader, depth + 1));
    if (reader.peek() !== ",") break;
    reader.next();
    if (reader.peek() === "]") throw new Fault('there is a comma before the closing "]"');
  }
  reader.expect("]", "or a comma after a value");
  return values;
}
