// What a command takes beside the options, row by row: its switches, its flags with a value, and words without a flag. The same
// rows read the command line, by the one reader of options/read/words.ts, and tell of it in help, usage lines and docs. Pure.
import type { Kind } from "../../options/declare/kinds/kinds.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { type FlagRow, type LineForm, notTaken, readLine, usageProblem } from "../../options/read/words.ts";

export type WordRow = {
  name: string;
  /** One letter. */
  short?: string;
  /** Absent: a switch, which takes no value. */
  kind?: Kind<number> | Kind<string>;
  /** What stands for it in usage lines. Given without a flag, in the order of the rows. */
  positional?: string;
  isRequired?: boolean;
  /** Without a final full stop. */
  meaning: string;
};

export type LineValue = boolean | number | string;
export type LineValues = ReadonlyMap<string, LineValue>;
export type WordsRead = { values: LineValues; asksForHelp: boolean; problems: Problem[] };

export function readWords(command: string, rows: readonly WordRow[], argv: readonly string[]): WordsRead {
  const form: LineForm = {
    flags: rows.filter(({ positional }) => positional === undefined).map(flagRow),
    command: `gw ${command}`,
    advice: `gw help ${command} shows what it takes`,
  };
  const { given, rest = [], asksForHelp, problems } = readLine(argv, form);
  const loose = [...given.flatMap(({ name, text }) => (name === undefined ? [text] : [])), ...rest];
  const texts = new Map(
    given.flatMap(({ name, text }) => (name === undefined ? [] : [[name, text] as const])),
  );
  const places = rows.filter(({ positional }) => positional !== undefined);
  if (places.length > 0) placeLoose({ command, places, loose, texts, problems });
  else problems.push(...loose.map((word) => notTaken(form, word)));
  const values = new Map<string, LineValue>();
  for (const row of rows) {
    const text = texts.get(row.name);
    if (text !== undefined) values.set(row.name, readValue(row, text, problems));
  }
  return { values, asksForHelp, problems };
}

function flagRow({ name, short, kind }: WordRow): FlagRow {
  return {
    name,
    spellings: [`--${name}`, ...(short ? [`-${short}`] : [])],
    takes: kind ? "one" : "nothing",
    placeholder: kind?.placeholder,
    accepts: kind?.accepts,
  };
}

type Loose = {
  command: string;
  places: readonly WordRow[];
  loose: readonly string[];
  texts: Map<string, string>;
  problems: Problem[];
};

/** Those that have to be there come first; what is left over goes to the others, from the left. */
function placeLoose({ command, places, loose, texts, problems }: Loose): void {
  const advice = `It is typed so: gw ${command} ${placesText(places)}`;
  const needed = places.filter(({ isRequired }) => isRequired).length;
  const rest = loose.length < places.length ? loose.flatMap(splitPair) : [...loose];
  let spare = rest.length - needed;
  for (const { name, positional, isRequired } of places) {
    if (!isRequired && spare-- <= 0) continue;
    const text = rest.shift();
    if (text === undefined) problems.push(usageProblem(`gw ${command} needs ${positional}`, { advice }));
    else texts.set(name, text);
  }
  for (const word of rest)
    problems.push(usageProblem(`"${word}" is one word too many for gw ${command}`, { advice }));
}

/** `api=2` in the place of `api 2`, as it is written elsewhere. */
const splitPair = (word: string) => /^([^=]+)=([^=]+)$/.exec(word)?.slice(1) ?? [word];

/** From the text to its value; what is wrong with it becomes a problem. */
function readValue({ name, kind, positional }: WordRow, text: string, problems: Problem[]): LineValue {
  if (!kind) return true;
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const what = `${positional ?? `--${name}`} cannot be "${text}"`;
  problems.push(usageProblem(what, { accepted: kind.accepts }));
  return text;
}

// ---- what is told of them ---------------------------------------------------------------------------------------

/** What it is called in a list: `GROUP`, `--follow, -f`, `--for TIME`. */
export function termOf({ name, short, kind, positional }: WordRow): string {
  if (positional !== undefined) return positional;
  const value = kind ? ` ${kind.placeholder}` : "";
  return `--${name}${short ? `, -${short}` : ""}${value}`;
}

/** `gw scale [GROUP] N [--json]`. */
export function usageOf(command: string, rows: readonly WordRow[]): string {
  const flags = rows.filter(({ positional }) => positional === undefined);
  const shown = flags.map(({ name, kind }) => `[--${name}${kind ? ` ${kind.placeholder}` : ""}]`);
  return [`gw ${command}`, placesText(rows), ...shown].filter(Boolean).join(" ");
}

/** `[GROUP] N`: what a command takes without a flag. */
function placesText(rows: readonly WordRow[]): string {
  return rows
    .flatMap(({ positional, isRequired }) =>
      positional === undefined ? [] : [isRequired ? positional : `[${positional}]`],
    )
    .join(" ");
}
