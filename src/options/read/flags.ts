// The command line of the commands that take the options: rows of the reader made from the table of options, and what it has
// read as options. One word without a flag is the app; what follows `--` is the app's. Pure.

import { FOREIGN_FLAGS } from "../declare/foreign-flags.ts";
import { flagOf, namesOf } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import { type FlagRow, type LineForm, readLine, usageProblem } from "./words.ts";

export type FlagValue = { key: Key; text: string; spelled: string };

export type CommandLine = {
  values: FlagValue[];
  /** Switches of the command itself, such as --json, that were given. */
  switches: Set<string>;
  problems: Problem[];
};

/** Ends gw's own words, as everywhere. */
const FOR_THE_APP = "--";
const OPTIONS = KEYS.map(flagRow);
/** The option that is given without a flag: the app. */
const PLACE = KEYS.find((key) => rowOf(key).positional);

function flagRow(key: Key): FlagRow {
  const { name, words, isVerbatim, none, placeholder, accepts } = rowOf(key).kind;
  const isSwitch = name === "switch";
  return {
    name: key,
    spellings: namesOf(key).map(flagOf),
    takes: isSwitch ? "perhaps one" : words === 2 ? "two" : "one",
    isVerbatim,
    addsUp: name === "list",
    none: isSwitch ? (none ?? "false") : none,
    placeholder,
    accepts,
  };
}

/** `own` are the names of the command's own switches, without dashes. */
export function optionsForm(own: readonly string[] = []): LineForm {
  const switches = own.map((name): FlagRow => ({ name, spellings: [`--${name}`], takes: "nothing" }));
  return {
    flags: [...OPTIONS, ...switches],
    advice: "Run the command with --help to see all options",
    place: PLACE,
    foreign: FOREIGN_FLAGS,
  };
}

export function readCommandLine(argv: readonly string[], own: readonly string[] = []): CommandLine {
  const line = readLine(argv, optionsForm(own));
  const problems = [...line.problems];
  const switches = new Set<string>();
  const values: FlagValue[] = [];
  for (const { name, text, spelled } of line.given) {
    if (name === undefined) problems.push(tooMany(text, values));
    else if (own.includes(name)) switches.add(name);
    else values.push({ key: name as Key, text, spelled });
  }
  // None of gw's business, so that nothing is wrong with them.
  for (const text of line.rest ?? []) values.push({ key: "appArgument", text, spelled: FOR_THE_APP });
  return { values, switches, problems };
}

function tooMany(word: string, values: readonly FlagValue[]): Problem {
  const app = values.find(({ key, spelled }) => key === PLACE && !spelled.startsWith("-"))?.text;
  const advice = `One app is served at a time, and that is "${app}"; the value of an option follows its name`;
  return usageProblem(`"${word}" is one word too many`, { advice });
}
