// What kinds of value an option can have: how each is read from text and from JSON, printed, and described.
// Those of several values stand in list-kinds.ts. Pure, and ignorant of any single option. A kind answers undefined for what it does not
// accept: only whoever asks knows which option was meant and where the value came from, and says what is wrong.

export type JsonSchema = { readonly [key: string]: unknown };

export interface Kind<T> {
  readonly name:
    | "duration"
    | "size"
    | "count"
    | "span"
    | "choice"
    | "switch"
    | "share"
    | "text"
    | "path"
    | "list";
  /** Stands for the value in help and usage lines. */
  readonly placeholder: string;
  /** How many words of the command line make a value; 1 when it is not said. They are joined by "=". */
  readonly words?: 2;
  /** As a flag it takes one word, whatever that looks like, and takes it as it is. */
  readonly isVerbatim?: true;
  /** The text that stands for none at all, where that is something else than saying nothing; `--no-NAME` is short for it. */
  readonly none?: string;
  /** Completes the sentence "accepted: …". */
  readonly accepts: string;
  readonly schema: JsonSchema;
  /** What a configuration in TypeScript may hold, as a type; `Duration`, `Size` and `Span` are declared beside it. */
  readonly type: string;
  /** From a flag or an environment variable. */
  parse(text: string): T | undefined;
  /** From the configuration file. */
  fromJson(value: unknown): T | undefined;
  /** Text that `parse` reads back to the same value. */
  print(value: T): string;
  /** Which part of a value that is not accepted is to be corrected, in a sentence; for kinds of several parts. */
  faultOf?(value: unknown): string | undefined;
  /** Makes the relative paths in a value absolute, when there can be any. */
  anchor?(value: T, absolute: (path: string) => string): T;
}

export type Range = { min?: number; max?: number };

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Timers of the runtime hold no more than 2^31 ms. */
const LONGEST_MS = 576 * HOUR_MS;

const DURATION = /^(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS };

/** A length of time in milliseconds; a bare number means seconds. */
/** `stepMs`: what is between two of these is told as the nearer one. */
export function duration({
  min = 1,
  max = LONGEST_MS,
  stepMs = 1,
}: Range & { stepMs?: number } = {}): Kind<number> {
  const within = (ms: number) => {
    const steps = keepWithin(Math.round(ms / stepMs), min / stepMs, max / stepMs);
    return steps === undefined ? undefined : steps * stepMs;
  };
  const parse = (text: string) => {
    const [, figure, unit = "s"] = DURATION.exec(text) ?? [];
    return figure === undefined ? undefined : within(Number(figure) * (UNIT_MS[unit] ?? SECOND_MS));
  };
  return {
    name: "duration",
    placeholder: "TIME",
    accepts: `a time such as 1500ms, 30s, 5m or 1h, or bare seconds; ${max < Number.MAX_SAFE_INTEGER ? `from ${printDuration(min)} to ${printDuration(max)}` : `${printDuration(min)} or more`}`,
    schema: {
      anyOf: [
        { type: "number", minimum: min / SECOND_MS, maximum: max / SECOND_MS },
        { type: "string", pattern: DURATION.source },
      ],
    },
    type: "Duration",
    parse,
    fromJson: (value) => (typeof value === "number" ? within(value * SECOND_MS) : onText(value, parse)),
    print: printDuration,
  };
}

function printDuration(ms: number): string {
  if (ms >= HOUR_MS && ms % HOUR_MS === 0) return `${ms / HOUR_MS}h`;
  // 60s and 90s are what people write; minutes begin to read better at two.
  if (ms >= 2 * MINUTE_MS && ms % MINUTE_MS === 0) return `${ms / MINUTE_MS}m`;
  return ms % SECOND_MS === 0 ? `${ms / SECOND_MS}s` : `${ms}ms`;
}

const SIZE = /^(\d{1,16})([kKmMgGtT])?$/;
const UNIT_BYTES = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;
const SIZE_UNITS = [
  ["T", UNIT_BYTES.t],
  ["G", UNIT_BYTES.g],
  ["M", UNIT_BYTES.m],
  ["k", UNIT_BYTES.k],
] as const;

/** An amount of data in bytes; k, M, G and T are powers of 1024. */
export function size({ min = 1, max = 1024 * UNIT_BYTES.t }: Range = {}): Kind<number> {
  const parse = (text: string) => {
    const [, figure, letter] = SIZE.exec(text) ?? [];
    if (figure === undefined) return undefined;
    const unit = SIZE_UNITS.find(([name]) => name.toLowerCase() === letter?.toLowerCase());
    return keepWithin(Number(figure) * (unit?.[1] ?? 1), min, max);
  };
  return {
    name: "size",
    placeholder: "SIZE",
    accepts: `a size such as 512k, 64M or 2G, or bare bytes; from ${printSize(min)} to ${printSize(max)}`,
    schema: {
      anyOf: [
        { type: "integer", minimum: min, maximum: max },
        { type: "string", pattern: SIZE.source },
      ],
    },
    type: "Size",
    parse,
    fromJson: (value) => (typeof value === "number" ? keepWithin(value, min, max) : onText(value, parse)),
    print: printSize,
  };
}

function printSize(bytes: number): string {
  const unit = SIZE_UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[1]}${unit[0]}` : String(bytes);
}

/** A whole number. */
export function count({ min = 0, max = Number.MAX_SAFE_INTEGER }: Range = {}): Kind<number> {
  const form = min < 0 ? /^-?\d{1,16}$/ : /^\d{1,16}$/;
  return {
    name: "count",
    placeholder: "N",
    accepts: `a whole number from ${min} to ${max}`,
    schema: { type: "integer", minimum: min, maximum: max },
    type: "number",
    // Adding nothing makes minus zero the plain one.
    parse: (text) => (form.test(text) ? keepWithin(Number(text) + 0, min, max) : undefined),
    fromJson: (value) => (typeof value === "number" ? keepWithin(value, min, max) : undefined),
    print: String,
  };
}

/** A whole number, or one word that stands for something else. */
export function countOr<const W extends string>(word: W, range: Range): Kind<number | W> {
  const number = count(range);
  const wordIn = (value: unknown) => (value === word ? word : undefined);
  return {
    name: "count",
    placeholder: number.placeholder,
    accepts: `${word}, or ${number.accepts}`,
    schema: { anyOf: [{ const: word }, number.schema] },
    type: `number | "${word}"`,
    parse: (text) => wordIn(text) ?? number.parse(text),
    fromJson: (value) => wordIn(value) ?? number.fromJson(value),
    print: String,
  };
}

/** How many there may be of something: `4` is from 4 to 4, `2..8` from 2 to 8. */
export type Span = Readonly<{ min: number; max: number }>;

const SPAN = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/;

/** One whole number, or two of them as `MIN..MAX`; no number on its own is 0. */
export function span({ max }: { max: number }): Kind<Span> {
  const make = (from: number, to: number): Span | undefined =>
    from <= to && to >= 1 && to <= max && Number.isSafeInteger(from) && from >= 0
      ? Object.freeze({ min: from, max: to })
      : undefined;
  const parse = (text: string) => {
    const [, from, to = from] = SPAN.exec(text) ?? [];
    return from === undefined ? undefined : make(Number(from), Number(to));
  };
  return {
    name: "span",
    placeholder: "N",
    accepts: `a whole number from 1 to ${max}, or two as MIN..MAX, of which the first may be 0`,
    schema: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: max },
        { type: "string", pattern: SPAN.source },
      ],
    },
    type: "Span",
    parse,
    fromJson: (value) => (typeof value === "number" ? make(value, value) : onText(value, parse)),
    print: ({ min, max: most }) => (min === most ? String(min) : `${min}..${most}`),
  };
}

/** Permission bits in octal. JSON has no octal numbers, so that in a file they are text as well. */
export function octal({ placeholder, max }: { placeholder: string; max: number }): Kind<number> {
  const print = (value: number) => value.toString(8).padStart(3, "0");
  const parse = (text: string) =>
    /^0?[0-7]{1,4}$/.test(text) ? keepWithin(Number.parseInt(text, 8), 0, max) : undefined;
  return {
    name: "count",
    placeholder,
    accepts: `an octal number from 000 to ${print(max)}, in a file in quotes`,
    schema: { type: "string", pattern: "^0?[0-7]{1,4}$" },
    type: "string",
    parse,
    fromJson: (value) => onText(value, parse),
    print,
  };
}

/** One of a few words. */
export function choice<const W extends readonly [string, ...string[]]>(...words: W): Kind<W[number]> {
  const parse = (text: string) => words.find((word) => word === text);
  return {
    name: "choice",
    placeholder: "WORD",
    accepts: `one of ${words.join(", ")}`,
    schema: { enum: words },
    type: words.map((word) => `"${word}"`).join(" | "),
    parse,
    fromJson: (value) => onText(value, parse),
    print: (word) => word,
  };
}

const YES: readonly string[] = ["true", "yes", "on", "1"];
const NO: readonly string[] = ["false", "no", "off", "0"];

/** On or off. As a flag it takes no value; `--no-NAME` is off. */
export function onOff(): Kind<boolean> {
  return {
    name: "switch",
    placeholder: "",
    accepts: "true or false; as a flag or variable also yes/no, on/off, 1/0",
    schema: { type: "boolean" },
    type: "boolean",
    parse: (text) => (YES.includes(text) ? true : NO.includes(text) ? false : undefined),
    fromJson: (value) => (typeof value === "boolean" ? value : undefined),
    print: String,
  };
}

export type TextForm = {
  placeholder: string;
  accepts: string;
  read: (text: string) => string | undefined;
  /** Of a text that is not accepted: what is to be corrected, in a sentence. */
  faultIn?: (text: string) => string | undefined;
};

/** Free text of one form, for example a host or the name of an export. */
export function text({ placeholder, accepts, read, faultIn }: TextForm): Kind<string> {
  return {
    name: "text",
    placeholder,
    accepts,
    schema: { type: "string", minLength: 1 },
    type: "string",
    parse: read,
    fromJson: (value) => onText(value, read),
    print: (value) => value,
    ...(faultIn && {
      faultOf: (value: unknown) => (typeof value === "string" ? faultIn(value) : undefined),
    }),
  };
}

/** A file or directory. Who resolves it makes it absolute, from where the value was written. */
export function path(placeholder: string): Kind<string> {
  const parse = (value: string) => (value === "" || value.includes("\0") ? undefined : value);
  return {
    name: "path",
    placeholder,
    accepts:
      "a path; a relative one starts at the working directory, or at the configuration file that names it",
    schema: { type: "string", minLength: 1 },
    type: "string",
    parse,
    fromJson: (value) => onText(value, parse),
    print: (value) => value,
    anchor: (value, absolute) => absolute(value),
  };
}

function keepWithin(value: number, min: number, max: number): number | undefined {
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}

function onText<T>(value: unknown, parse: (text: string) => T | undefined): T | undefined {
  return typeof value === "string" ? parse(value) : undefined;
}
