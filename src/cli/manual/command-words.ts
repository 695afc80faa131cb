// What may be typed behind each command, as shells and the manual tell it: made from the rows by which command lines are read.
// Pure.

import type { Kind } from "../../options/declare/kinds/kinds.ts";
import { type Key, rowOf } from "../../options/declare/table.ts";
import { optionsForm } from "../../options/read/flags.ts";
import type { CommandHelp } from "../terminal/help.ts";

/** What a value is, for whoever offers some: names in the file system, one of these words, or nothing that is known. */
export type ValueHint = { name: string; isPath: boolean; words: readonly string[] };

export type FlagWords = {
  /** With their dashes; the first one is the one that is shown. */
  spellings: readonly string[];
  /** The words that follow it, in their order; none: it is a switch. */
  values: readonly ValueHint[];
  isRepeatable: boolean;
  meaning: string;
};

export type CommandWords = {
  name: string;
  summary: string;
  flags: readonly FlagWords[];
  /** Words without a flag, in their order. */
  places: readonly ValueHint[];
};

const PATHS: readonly string[] = ["FILE", "DIR"];

export function commandWords(commands: readonly CommandHelp[]): CommandWords[] {
  const shown = commands.filter(({ isHidden }) => !isHidden);
  return shown.map((command) => {
    const { name, summary, words, options } = command;
    const own = words.filter(({ positional }) => positional === undefined);
    const flags = own.map(
      ({ name: flag, short, kind, meaning }): FlagWords => ({
        spellings: [`--${flag}`, ...(short ? [`-${short}`] : [])],
        values: kind ? hintsOf(kind) : [],
        isRepeatable: false,
        meaning,
      }),
    );
    const places = words.filter(({ positional }) => positional !== undefined);
    return {
      name,
      summary,
      flags: [...flags, ...(options === "none" ? [] : OPTION_FLAGS), HELP],
      places: options === "none" ? places.map(placeHint) : [{ name: "APP", isPath: true, words: [] }],
    };
  });
}

const HELP: FlagWords = {
  spellings: ["--help", "-h"],
  values: [],
  isRepeatable: false,
  meaning: "Show what the command takes",
};

const OPTION_FLAGS: readonly FlagWords[] = optionsForm().flags.flatMap((row): FlagWords[] => {
  const { kind, summary: meaning } = rowOf(row.name as Key);
  const isRepeatable = row.addsUp === true;
  const flag = { spellings: row.spellings, values: hintsOf(kind), isRepeatable, meaning };
  if (row.takes !== "perhaps one") return [flag];
  const off = row.spellings.map((spelling) => spelling.replace(/^--/, "--no-"));
  return [
    { ...flag, values: [] },
    { ...flag, values: [], spellings: off, meaning: `Not: ${meaning}` },
  ];
});

function placeHint({ positional = "", kind }: CommandHelp["words"][number]): ValueHint {
  return { name: positional, isPath: PATHS.includes(positional), words: kind ? wordsOf(kind) : [] };
}

function hintsOf(kind: Kind<unknown>): ValueHint[] {
  if (kind.words !== 2) return [hint(kind.placeholder, wordsOf(kind))];
  // Alone a PATH is one of an URL.
  return kind.placeholder
    .split(" ")
    .map((name) => ({ ...hint(name, []), isPath: [...PATHS, "PATH"].includes(name) }));
}

function hint(name: string, words: readonly string[]): ValueHint {
  return { name, isPath: PATHS.includes(name), words };
}

function wordsOf({ schema }: Kind<unknown>): readonly string[] {
  return Array.isArray(schema.enum) ? schema.enum.map(String) : [];
}
