// The command line, read strictly: every word is a known flag, its value, or the app; what follows `--` is the app's. Pure. Values stay text here;
// the kinds judge them later, in the same way as text from the environment.

import { flagOf, namesOf, nearest, spellings } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";

export type FlagValue = { key: Key; text: string; spelled: string };

export type CommandLine = {
  values: FlagValue[];
  /** Switches of the command itself, such as --json, that were given. */
  switches: Set<string>;
  problems: Problem[];
};

type Reading = CommandLine & { words: string[]; at: number; own: readonly string[] };

/** Ends gw's own words, as everywhere. */
const FOR_THE_APP = "--";
const FLAGS = spellings(flagOf);
const POSITIONAL = KEYS.find((key) => rowOf(key).positional);

/** `own` are the names of the command's own switches, without dashes. */
export function readCommandLine(argv: readonly string[], own: readonly string[] = []): CommandLine {
  const reading: Reading = { values: [], switches: new Set(), problems: [], words: [...argv], at: 0, own };
  while (reading.at < reading.words.length) {
    const word = reading.words[reading.at++] ?? "";
    if (word === FOR_THE_APP) takeRest(reading);
    else if (word === "-" || !word.startsWith("-")) takeWord(reading, word);
    else takeFlag(reading, word);
  }
  const { values, switches, problems } = reading;
  return { values, switches, problems: [...problems, ...findRepeats(values)] };
}

/** None of gw's business, so that nothing is wrong with them. */
function takeRest(reading: Reading): void {
  for (const text of reading.words.slice(reading.at))
    reading.values.push({ key: "appArgument", text, spelled: FOR_THE_APP });
  reading.at = reading.words.length;
}

function takeWord({ values, problems }: Reading, word: string): void {
  const earlier = values.find((value) => value.key === POSITIONAL && !value.spelled.startsWith("-"));
  if (POSITIONAL === undefined) problems.push(unexpected(word));
  else if (earlier) problems.push(unexpected(word, earlier.text));
  else values.push({ key: POSITIONAL, text: word, spelled: "the command line" });
}

function unexpected(word: string, app?: string): Problem {
  const what = `"${word}" is one word too many`;
  if (app === undefined) return { cause: "usage", what, from: "the command line" };
  return {
    cause: "usage",
    what,
    from: "the command line",
    advice: `One app is served at a time, and that is "${app}"; the value of an option follows its name`,
  };
}

function takeFlag(reading: Reading, word: string): void {
  const equals = word.indexOf("=");
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const given = equals < 0 ? undefined : word.slice(equals + 1);
  if (given === undefined && reading.own.includes(spelled.slice(2))) {
    reading.switches.add(spelled.slice(2));
    return;
  }
  if (given !== undefined && [...reading.own, "help"].includes(spelled.slice(2))) {
    reading.problems.push(valueless(spelled, given));
    return;
  }
  const key = FLAGS.get(spelled);
  if (key === undefined) return takeNegation(reading, spelled, given);
  if (given !== undefined) reading.values.push({ key, text: given, spelled });
  else if (rowOf(key).kind.name === "switch") reading.values.push({ key, text: "true", spelled });
  else takeValue(reading, key, spelled);
}

function takeNegation(reading: Reading, spelled: string, given: string | undefined): void {
  const key = spelled.startsWith("--no-") ? FLAGS.get(`--${spelled.slice(5)}`) : undefined;
  if (key === undefined) {
    reading.problems.push(unknown(reading, spelled));
  } else if (rowOf(key).kind.name !== "switch" && rowOf(key).kind.none === undefined) {
    reading.problems.push({
      cause: "usage",
      what: `"${spelled}" does not exist, because ${flagOf(key)} takes a value`,
      from: "the command line",
      accepted: rowOf(key).kind.accepts,
    });
  } else if (given !== undefined) {
    reading.problems.push(valueless(spelled, given));
  } else {
    reading.values.push({ key, text: rowOf(key).kind.none ?? "false", spelled });
  }
}

function valueless(spelled: string, given: string): Problem {
  return {
    cause: "usage",
    what: `"${spelled}" takes no value, but "${given}" was given`,
    from: "the command line",
  };
}

/** The next word or two, unless one is plainly another flag: a forgotten value must not swallow it. */
function takeValue(reading: Reading, key: Key, spelled: string): void {
  const { accepts, placeholder, words = 1, isVerbatim } = rowOf(key).kind;
  const first = nextValue(reading, words === 1 && isVerbatim);
  const problem = { cause: "usage", from: "the command line", accepted: accepts } as const;
  if (first === undefined) {
    reading.problems.push({ ...problem, what: `"${spelled}" has no value` });
  } else if (words === 1 || first.includes("=")) {
    // A pair in one word needs no second one: names hold no equals sign.
    reading.values.push({ key, text: first, spelled });
  } else {
    const second = nextValue(reading, isVerbatim);
    const what = `"${spelled}" takes two words, and only "${first}" was given`;
    if (second === undefined)
      reading.problems.push({ ...problem, what, advice: `Write it as ${spelled} ${placeholder}` });
    else reading.values.push({ key, text: `${first}=${second}`, spelled });
  }
}

function nextValue(reading: Reading, isVerbatim = false): string | undefined {
  const next = reading.words[reading.at];
  if (next === undefined || (next.startsWith("--") && !isVerbatim)) return undefined;
  reading.at++;
  return next;
}

function unknown(reading: Reading, spelled: string): Problem {
  // Options that can come later are unknown too, so that the operator looks once and not three times.
  const known = [...FLAGS.keys(), ...reading.own.map((name) => `--${name}`), "--help"];
  const near = /^-[a-z]$/i.test(spelled)
    ? known.find((flag) => flag[2] === spelled[1])
    : nearest(spelled, known);
  for (let left = valueWords(near); left > 0; left--) {
    const next = reading.words[reading.at];
    if (next !== undefined && !next.startsWith("-")) reading.at++;
  }
  return {
    cause: "usage",
    what: `There is no option "${spelled}"`,
    from: "the command line",
    advice: near ? `The nearest is ${near}` : "Run the command with --help to see all options",
  };
}

/** How many words a flag takes along. */
function valueWords(flag: string | undefined): number {
  const key = flag === undefined ? undefined : FLAGS.get(flag);
  if (key === undefined) return 0;
  const { name, words = 1 } = rowOf(key).kind;
  return name === "switch" ? 0 : words;
}

function findRepeats(values: FlagValue[]): Problem[] {
  return KEYS.flatMap((key) => {
    const given = values.filter((value) => value.key === key);
    const { name, none } = rowOf(key).kind;
    const addsUp = name === "list" && !given.some(({ text }) => text === none);
    if (given.length < 2 || addsUp) return [];
    const [names, shown] = [namesOf(key).map(flagOf), given.map((value) => `"${value.text}"`).join(" and ")];
    const spelled = [...new Set(given.map((value) => value.spelled))].join(", ");
    return [
      {
        cause: "usage",
        what: `${names[0]} was given ${given.length} times, as ${shown}`,
        from: spelled,
        advice: name === "list" ? "Give one of them" : "Give it once",
      } satisfies Problem,
    ];
  });
}
