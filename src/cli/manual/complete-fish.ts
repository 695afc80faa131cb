// Completion for fish, as a file for its completions directory. Pure text.

import type { CommandWords, FlagWords, ValueHint } from "./command-words.ts";

export function renderFish(commands: readonly CommandWords[]): string {
  const help = { name: "help", summary: "Show what gw takes, or one of its commands or options" };
  const names = commands.map(({ name }) => name).join(" ");
  return [
    "# Completion of gw for fish. Made by: gw completions fish",
    "complete -c gw -f",
    // Behind -- stand words of the app.
    "complete -c gw -n 'contains -- -- (commandline -opc)' -F",
    ...[...commands, help].map(
      ({ name, summary }) => `complete -c gw -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ),
    `complete -c gw -n '__fish_seen_subcommand_from help' -a ${quote(names)}`,
    ...renderPlaces(commands),
    ...renderFlags(commands),
    "",
  ].join("\n");
}

function renderPlaces(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ name, places: [place] }) => {
    if (!place || (!place.isPath && place.words.length === 0)) return [];
    return [`complete -c gw -n ${seen([name])} ${offer(place)}`];
  });
}

/** A flag that several commands have is told once for all of them. */
function renderFlags(commands: readonly CommandWords[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { name, flags } of commands) {
    for (const spec of flags.flatMap(flagSpecs)) owners.set(spec, [...(owners.get(spec) ?? []), name]);
  }
  return [...owners].map(([spec, names]) => `complete -c gw -n ${seen(names)} ${spec}`);
}

function flagSpecs({ spellings, values: [value], meaning }: FlagWords): string[] {
  return spellings.map((spelling) => {
    const name = spelling.startsWith("--") ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`;
    const takes = value ? ` -r ${offer(value)}` : "";
    return `${name}${takes} -d ${quote(meaning)}`;
  });
}

function offer({ isPath, words }: ValueHint): string {
  if (isPath) return "-F";
  return words.length > 0 ? `-f -a ${quote(words.join(" "))}` : "-f";
}

const seen = (names: readonly string[]) => quote(`__fish_seen_subcommand_from ${names.join(" ")}`);
const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
