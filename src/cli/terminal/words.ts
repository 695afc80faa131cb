// The command line of a command that has its own words: read strictly by rows, with every problem found at once. Pure.
import type { Kind } from "../../options/declare/kinds.ts";
import { nearest } from "../../options/declare/names.ts";
import type { Problem } from "../../options/declare/problems.ts";

export type WordRow = {
  name: string;
  /** One letter. */
  short?: string;
  /** Absent: a switch, which takes no value. */
  kind?: Kind<number> | Kind<string>;
  /** What stands for it in usage lines. Given without a flag, in the order of the rows. */
  positional?: string;
  isRequired?: boolean;
};

export type Value = boolean | number | string;
export type WordsRead = { values: ReadonlyMap<string, Value>; problems: Problem[] };

type Reading = {
  command: string;
  words: string[];
  /** As they are spelled. */
  flags: ReadonlyMap<string, WordRow>;
  places: readonly WordRow[];
  loose: string[];
  given: Map<string, string>;
  problems: Problem[];
};

export function readWords(command: string, rows: readonly WordRow[], argv: readonly string[]): WordsRead {
  const reading: Reading = {
    command,
    words: [...argv],
    flags: spellingsOf(rows),
    places: rows.filter(({ positional }) => positional !== undefined),
    loose: [],
    given: new Map(),
    problems: [],
  };
  for (let word = reading.words.shift(); word !== undefined; word = reading.words.shift())
    takeWord(reading, word);
  placeLoose(reading);
  const values = new Map<string, Value>();
  for (const row of rows) {
    const text = reading.given.get(row.name);
    if (text !== undefined) values.set(row.name, readValue(row, text, reading.problems));
  }
  return { values, problems: reading.problems };
}

export function usageProblem(what: string): Problem {
  return { cause: "usage", what, from: "the command line" };
}

/** `[GROUP] N`: what a command takes without a flag. */
export function placesText(rows: readonly WordRow[]): string {
  return rows
    .flatMap(({ positional, isRequired }) =>
      positional === undefined ? [] : [isRequired ? positional : `[${positional}]`],
    )
    .join(" ");
}

function spellingsOf(rows: readonly WordRow[]): Map<string, WordRow> {
  const flagged = rows.filter(({ positional }) => positional === undefined);
  return new Map([
    ...flagged.map((row) => [`--${row.name}`, row] as const),
    ...flagged.flatMap((row) => (row.short ? [[`-${row.short}`, row] as const] : [])),
  ]);
}

function takeWord(reading: Reading, word: string): void {
  const { flags, problems, words, given, places, loose } = reading;
  if (!word.startsWith("-") && places.length > 0) return void loose.push(word);
  const equals = word.startsWith("-") ? word.indexOf("=") : -1;
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const flag = flags.get(spelled);
  if (!flag) return void problems.push(unknown(reading, spelled));
  if (given.has(flag.name)) return void problems.push(usageProblem(`"${spelled}" was given twice`));
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  if (!flag.kind) {
    if (attached !== undefined)
      problems.push(usageProblem(`"${spelled}" takes no value, but "${attached}" was given`));
    return void given.set(flag.name, "true");
  }
  const text = attached ?? (words[0]?.startsWith("-") ? undefined : words.shift());
  if (text === undefined) problems.push(usageProblem(`"${spelled}" has no value`));
  else given.set(flag.name, text);
}

function unknown({ command, flags }: Reading, spelled: string): Problem {
  const near = nearest(spelled, flags.keys());
  const advice = near ? `The nearest is ${near}` : `gw help ${command} shows what it takes`;
  return { ...usageProblem(`gw ${command} does not take "${spelled}"`), advice };
}

/** Those that have to be there come first; what is left over goes to the others, from the left. */
function placeLoose({ command, places, loose, given, problems }: Reading): void {
  const advice = `It is typed so: gw ${command} ${placesText(places)}`;
  const needed = places.filter(({ isRequired }) => isRequired).length;
  const rest = loose.length < places.length ? loose.flatMap(splitPair) : [...loose];
  let spare = rest.length - needed;
  for (const { name, positional, isRequired } of places) {
    if (!isRequired && spare-- <= 0) continue;
    const text = rest.shift();
    if (text === undefined) problems.push({ ...usageProblem(`gw ${command} needs ${positional}`), advice });
    else given.set(name, text);
  }
  for (const word of rest)
    problems.push({ ...usageProblem(`"${word}" is one word too many for gw ${command}`), advice });
}

/** `api=2` in the place of `api 2`, as it is written elsewhere. */
const splitPair = (word: string) => /^([^=]+)=([^=]+)$/.exec(word)?.slice(1) ?? [word];

/** From the text to its value; what is wrong with it becomes a problem. */
function readValue({ name, kind, positional }: WordRow, text: string, problems: Problem[]): Value {
  if (!kind) return true;
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const what = `${positional ?? `--${name}`} cannot be "${text}"`;
  problems.push({ ...usageProblem(what), accepted: kind.accepts });
  return text;
}
