// The one reader of command lines, whatever the command: every word is a flag that a row names, its value, or a word without a
// flag; what follows `--` is never a flag. It finds all problems at once, and what it does not know is told with what is
// nearest. Values stay text: the kinds judge them later. Pure.

import { nearest } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";

export type FlagRow = {
  /** What is meant, whichever spelling is used. */
  name: string;
  /** With their dashes; the first one is shown. */
  spellings: readonly string[];
  /**
   * What follows it. `nothing`: it is a switch, and a value behind `=` is an error; `perhaps one`: it is a switch that may have
   * one. `two` words are joined by `=`, and may be typed so.
   */
  takes: "nothing" | "perhaps one" | "one" | "two";
  /** Its value is the next word, whatever that looks like. */
  isVerbatim?: boolean | undefined;
  /** May be given more than once. */
  addsUp?: boolean | undefined;
  /** What `--no-NAME` stands for; undefined where there is no such spelling. */
  none?: string | undefined;
  /** Stands for the value in usage lines. */
  placeholder?: string | undefined;
  /** Completes "accepted: …". */
  accepts?: string | undefined;
};

export type LineForm = {
  flags: readonly FlagRow[];
  /** `gw status`: whose line it is. Undefined where that goes without saying. */
  command?: string | undefined;
  /** Where all is listed that it takes. */
  advice: string;
  /** The row that the first word without a flag is for. */
  place?: string | undefined;
  /** Flags of another program for the same purpose, by their spelling: how many words follow each there, and what to do here. */
  foreign?: ReadonlyMap<string, { takes: number; advice: string }>;
};

/** A flag that was given, or a word without one, whose `name` is that of the place or undefined; in the order of the line. */
export type GivenWord = {
  name: string | undefined;
  text: string;
  /** As it was typed, without its value; `the command line` for a word without a flag. */
  spelled: string;
  /** By what people know it again: the value, and the spelling where there is none. */
  shown: string;
};

export type LineRead = {
  given: GivenWord[];
  /** What follows `--`; undefined where that does not stand. */
  rest: string[] | undefined;
  /** `--help` stands where it is no value: nothing else is wanted then, and no problem counts. */
  asksForHelp: boolean;
  problems: Problem[];
};

type LineReading = LineRead & {
  words: readonly string[];
  at: number;
  form: LineForm;
  known: Map<string, FlagRow>;
};

const END_OF_FLAGS = "--";
/** Where a word without a flag is said to come from. */
const HERE = "the command line";
const HELP: FlagRow = { name: "help", spellings: ["--help", "-h"], takes: "nothing", addsUp: true };

export function readLine(words: readonly string[], form: LineForm): LineRead {
  const rows = [...form.flags, HELP];
  const known = new Map(rows.flatMap((row) => row.spellings.map((one) => [one, row] as const)));
  const reading: LineReading = {
    given: [],
    rest: undefined,
    asksForHelp: false,
    problems: [],
    words,
    at: 0,
    form,
    known,
  };
  while (reading.at < words.length && reading.rest === undefined) {
    const word = words[reading.at++] ?? "";
    if (word === END_OF_FLAGS) reading.rest = words.slice(reading.at);
    else if (isLoose(word)) takeLoose(reading, word);
    else takeFlag(reading, word);
  }
  for (const row of form.flags) refuseRepeats(reading, row);
  const { given, rest, asksForHelp, problems } = reading;
  return { given, rest, asksForHelp, problems };
}

/** `-` by itself names a file in many programs, and is none of our flags. */
const isLoose = (word: string) => word === "-" || !word.startsWith("-");

export function usageProblem(what: string, more: Partial<Problem> = {}): Problem {
  return { cause: "usage", what, from: HERE, ...more };
}

function takeLoose({ given, form }: LineReading, text: string): void {
  const isFirst = !given.some(({ spelled }) => spelled === HERE);
  given.push({ name: isFirst ? form.place : undefined, text, spelled: HERE, shown: text });
}

function takeFlag(reading: LineReading, word: string): void {
  const equals = word.indexOf("=");
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  const row = reading.known.get(spelled);
  if (!row) return takeNegation(reading, spelled, attached);
  const { name, takes } = row;
  if (takes === "nothing" && attached !== undefined)
    return void reading.problems.push(valueless(spelled, attached));
  if (row === HELP) reading.asksForHelp = true;
  else if (attached !== undefined) reading.given.push({ name, text: attached, spelled, shown: attached });
  else if (takes === "one" || takes === "two") takeValue(reading, row, spelled);
  else reading.given.push({ name, text: "true", spelled, shown: spelled });
}

function takeNegation(reading: LineReading, spelled: string, attached: string | undefined): void {
  const row = spelled.startsWith("--no-") ? reading.known.get(`--${spelled.slice(5)}`) : undefined;
  if (!row || row === HELP) return takeUnknown(reading, spelled, attached);
  const { name, none, accepts, takes, spellings } = row;
  if (none === undefined) {
    const why = takes === "nothing" ? "is off unless it is given" : "takes a value";
    const what = `"${spelled}" does not exist, because ${spellings[0]} ${why}`;
    reading.problems.push(usageProblem(what, accepts === undefined ? {} : { accepted: accepts }));
  } else if (attached !== undefined) reading.problems.push(valueless(spelled, attached));
  else reading.given.push({ name, text: none, spelled, shown: spelled });
}

function valueless(spelled: string, attached: string): Problem {
  return usageProblem(`"${spelled}" takes no value, but "${attached}" was given`);
}

/** The next word or two, unless one is plainly another flag: a forgotten value must not swallow it. */
function takeValue(reading: LineReading, row: FlagRow, spelled: string): void {
  const { name, takes, isVerbatim = false, placeholder, accepts } = row;
  const accepted = accepts === undefined ? {} : { accepted: accepts };
  const take = (text: string) => void reading.given.push({ name, text, spelled, shown: text });
  const first = nextValue(reading, takes === "one" && isVerbatim);
  if (first === undefined)
    return void reading.problems.push(usageProblem(`"${spelled}" has no value`, accepted));
  // A pair in one word needs no second one: names hold no equals sign. Nor does none at all, which empties a list.
  if (takes === "one" || first === "" || first.includes("=")) return take(first);
  const second = nextValue(reading, isVerbatim);
  if (second !== undefined) return take(`${first}=${second}`);
  const what = `"${spelled}" takes two words, and only "${first}" was given`;
  const advice = `Write it as ${spelled} ${placeholder}`;
  reading.problems.push(usageProblem(what, { ...accepted, advice }));
}

/** A word with one dash may be a value, `-5` for example, as long as it is no flag here. */
function nextValue(reading: LineReading, isVerbatim: boolean): string | undefined {
  const next = reading.words[reading.at];
  const isFlag = next?.startsWith("--") || (next !== undefined && reading.known.has(next));
  if (next === undefined || (isFlag && !isVerbatim)) return undefined;
  reading.at++;
  return next;
}

function takeUnknown(reading: LineReading, spelled: string, attached: string | undefined): void {
  const { known, form } = reading;
  const skip = (count: number) => skipValues(reading, attached === undefined ? count : 0);
  const foreign = form.foreign?.get(spelled);
  if (foreign) {
    skip(foreign.takes);
    return void reading.problems.push(notTaken({ ...form, advice: foreign.advice }, spelled));
  }
  const near = /^-[a-z]$/i.test(spelled)
    ? [...known.keys()].find((flag) => flag[2] === spelled[1])
    : nearest(spelled, known.keys());
  if (near !== undefined) skip(countOf(known.get(near)));
  reading.problems.push(notTaken(form, spelled, near));
}

/** The value of what was meant goes along, so that one mistake is one problem. */
function skipValues(reading: LineReading, count: number): void {
  for (let left = count; left > 0; left--) {
    const next = reading.words[reading.at];
    if (next !== undefined && isLoose(next)) reading.at++;
  }
}

/** `near`: what may have been meant. */
export function notTaken({ command, advice }: LineForm, word: string, near?: string): Problem {
  const what = command === undefined ? `There is no option "${word}"` : `${command} does not take "${word}"`;
  return usageProblem(what, { advice: near === undefined ? advice : `The nearest is ${near}` });
}

/** How many words a flag takes along. */
function countOf(row: FlagRow | undefined): number {
  return row?.takes === "two" ? 2 : row?.takes === "one" ? 1 : 0;
}

/** The first one stays, so that what follows from several is not told as a second mistake. */
function refuseRepeats(reading: LineReading, row: FlagRow): void {
  const { given, problems } = reading;
  const same = given.filter(({ name }) => name === row.name);
  const isNone = same.some(({ text }) => text === row.none);
  if (same.length < 2 || (row.addsUp && !isNone)) return;
  const shown = same.map((one) => `"${one.shown}"`).join(" and ");
  const what = `${row.spellings[0]} was given ${same.length} times, as ${shown}`;
  const from = [...new Set(same.map(({ spelled }) => spelled))].join(", ");
  problems.push(usageProblem(what, { from, advice: row.addsUp ? "Give one of them" : "Give it once" }));
  reading.given = given.filter((one) => one === same[0] || one.name !== row.name);
}
