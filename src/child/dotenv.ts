// The text of a file of variables, read as Bun reads it; test/child/dotenv.test.ts holds this against Bun itself.
// Pure. A line that is none is passed over without a word, as it is there.
//
//     NAME=value          up to a line's end or a `#`, without the space around it
//     NAME: value         the same; the colon needs a space after it
//     export NAME='…'     quotes of three kinds, over several lines; what follows them on the line is passed over
//     NAME="a\nb"         \n and \r only between double quotes
//     NAME=$OTHER         also ${OTHER} and ${OTHER:-default}, in quotes of any kind; \$ is a dollar

const SPACE = /[\t\v\f \n\r]*/y;
const NAME = /[\w.-]+(?!$)/y;
const SEPARATOR = /=|:[\t\v\f \n\r]/y;
const QUOTED = /(["'`])((?:\\.|(?!\1)[^\\])*)\1[^\n\r]*[\n\r]?/sy;
const UNQUOTED = /[^#\n\r]*/y;
const REST_OF_LINE = /[^\n\r]*[\n\r]?/y;
const OUTER_SPACE = /^[\t\v\f \n\r]+|[\t\v\f \n\r]+$/g;

/** Every `NAME=value` in order; a name may come twice. */
export function parseDotenv(text: string): [name: string, value: string][] {
  const reader = new DotenvReader(text.replace(/^\uFEFF/, ""));
  const pairs: [string, string][] = [];
  while (!reader.isAtEnd) {
    const name = readName(reader);
    if (name === undefined) reader.take(REST_OF_LINE);
    else pairs.push([name, readValue(reader)]);
  }
  return pairs;
}

/** A place in the text that moves forward. */
class DotenvReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** What stands here, if it is that; the place is behind it then. */
  take(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (!found) return undefined;
    this.#at = form.lastIndex;
    return found;
  }

  get place(): number {
    return this.#at;
  }

  goBackTo(place: number): void {
    this.#at = place;
  }
}

/** Where there is none, the place is still in the line that it began in. */
function readName(reader: DotenvReader): string | undefined {
  reader.take(SPACE);
  const start = reader.place;
  const name = reader.take(NAME)?.[0];
  const space = reader.take(SPACE)?.[0];
  // A variable may itself be called `export`.
  const exported = name === "export" && space ? readExported(reader) : undefined;
  if (exported !== undefined || name === undefined) return exported;
  if (reader.take(SEPARATOR)) return name;
  reader.goBackTo(start);
  return undefined;
}

function readExported(reader: DotenvReader): string | undefined {
  const start = reader.place;
  const name = reader.take(NAME)?.[0];
  reader.take(SPACE);
  if (name !== undefined && reader.take(SEPARATOR)) return name;
  reader.goBackTo(start);
  return undefined;
}

function readValue(reader: DotenvReader): string {
  const start = reader.place;
  reader.take(SPACE);
  const [, quote, quoted] = reader.take(QUOTED) ?? [];
  if (quoted !== undefined) return quote === '"' ? replaceEscapes(quoted) : quoted.replace(/\r\n?/g, "\n");
  if (reader.isAtEnd) return "";
  // Nothing may stand there, and the next line be another variable.
  reader.goBackTo(start);
  return (reader.take(UNQUOTED)?.[0] ?? "").replace(OUTER_SPACE, "");
}

/** Between double quotes; other backslashes stay. */
function replaceEscapes(text: string): string {
  return text.replace(/\\(.)|\r\n?/gs, (found, escaped?: string) => {
    if (escaped === "n" || escaped === undefined) return "\n";
    return escaped === "r" ? "\r" : found;
  });
}

// ---- references ---------------------------------------------------------------------------------------------------

export type Variables = ReadonlyMap<string, string>;

/**
 * Lays files over an environment, the strongest first: what is there already stays, and within a file the last one
 * holds. A reference sees the environment, the stronger files, and its own.
 */
export function layEnvFiles(texts: readonly string[], environment: Variables): Map<string, string> {
  const all = new Map(environment);
  for (const text of texts) {
    const before = new Set(all.keys());
    for (const [name, value] of parseDotenv(text)) if (!before.has(name)) all.set(name, value);
    for (const [name, value] of all)
      if (!before.has(name) && value.length > 1) all.set(name, expand(value, all));
  }
  return all;
}

/** Defaults inside of defaults are followed so deep. */
const DEEPEST = 200;
const REFERENCE = /^(\w*)(?::-(.*))?$/s;

function expand(value: string, variables: Variables, depth = 0): string {
  let out = "";
  for (let at = 0; at < value.length; ) {
    const rest = value.slice(at);
    const [plain = "", name] = /^\\\$|^\$(\w+)|^\$\{|^[^$\\]+|^./s.exec(rest) ?? [];
    at += plain.length;
    if (plain === "\\$") out += "$";
    else if (name !== undefined) out += variables.get(name) ?? "";
    else if (plain === "${") {
      const end = endOfBraces(value, at);
      if (end === undefined) return out + rest;
      out += replaceBraces(value.slice(at, end), variables, depth);
      at = end + 1;
    } else out += plain;
  }
  return out;
}

/** `inner` is what stands between the braces. */
function replaceBraces(inner: string, variables: Variables, depth: number): string {
  const [found, name = "", byDefault] = REFERENCE.exec(inner) ?? [];
  if (found === undefined) return `\${${inner}}`;
  const value = variables.get(name);
  if (value !== undefined || byDefault === undefined) return value ?? "";
  return depth < DEEPEST ? expand(byDefault, variables, depth + 1) : byDefault;
}

/** Where the brace is that closes what has been opened before `from`. */
function endOfBraces(value: string, from: number): number | undefined {
  let open = 1;
  for (const { 0: found, index } of value.slice(from).matchAll(/\\.|\$\{|\}/gs)) {
    if (found === "${") open++;
    else if (found === "}" && --open === 0) return from + index;
  }
  return undefined;
}
