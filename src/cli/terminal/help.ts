// What gw says about itself: the short help, the help of a command, the list of commands. Pure text, never wider
// than 80 columns.

import { HELP_COLUMNS, renderEntry, renderOptionHelp, wrap } from "../../options/render/help.ts";
import { termOf, usageOf, type WordRow } from "./words.ts";

export type CommandHelp = {
  name: string;
  /** One line, without a final full stop. */
  summary: string;
  /** Absent where its rows say all of it. */
  usage?: string;
  /** Command line and what it does. */
  examples: readonly (readonly [string, string])[];
  /** What to know before typing it; code is in backquotes, as in the docs. */
  details?: string;
  /** What it takes beside the options. */
  words: readonly WordRow[];
  /** `all`: shown in full. `same`: a pointer to start-server. */
  options: "all" | "same" | "none";
  isHidden?: boolean;
};

export function renderShortHelp(version: string, commands: readonly CommandHelp[]): string[] {
  return [
    version,
    "An application server for TypeScript and JavaScript in one file.",
    "",
    "Start here:",
    "  gw start-server app.ts      serve your app on http://localhost:8000/",
    "",
    "Commands:",
    ...commands
      .filter(({ isHidden }) => !isHidden)
      .flatMap(({ name, summary }) => renderEntry(name, summary, 80, 18)),
    "",
    "gw help COMMAND shows what a command takes, gw help OPTION all about an option.",
  ];
}

export function renderCommandHelp(command: CommandHelp): string[] {
  const examples = command.examples.flatMap(([line, effect]) => [`  ${line}`, `      ${effect}`]);
  const [places = [], flags = []] = [true, false].map((arePlaces) =>
    command.words.filter(({ positional }) => (positional !== undefined) === arePlaces),
  );
  const own = [...places, ...flags].map((row) => [termOf(row), row.meaning] as const);
  const details = command.details ? wrap(command.details.replaceAll("`", ""), HELP_COLUMNS) : [];
  return [
    `gw ${command.name}: ${command.summary}`,
    "",
    "Usage:",
    ...wrapUsage(command.usage ?? usageOf(command.name, command.words)),
    ...(details.length > 0 ? ["", ...details] : []),
    ...(examples.length > 0 ? ["", "Examples:", ...examples] : []),
    ...(own.length > 0
      ? ["", "Options of this command:", ...own.flatMap(([name, text]) => renderEntry(name, text))]
      : []),
    ...renderOptions(command.options),
  ];
}

/** What stands in brackets is not torn apart. */
function wrapUsage(usage: string): string[] {
  const lines: string[] = [];
  for (const part of usage.match(/\[[^\]]*\]|\S+/g) ?? []) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + part.length <= HELP_COLUMNS)
      lines.push(`${lines.pop()} ${part}`);
    else lines.push(`${line === undefined ? "  " : "      "}${part}`);
  }
  return lines;
}

function renderOptions(options: CommandHelp["options"]): string[] {
  if (options === "none") return [];
  if (options === "same")
    return ["", "All options of gw start-server can be given too: gw help start-server"];
  return [
    ...renderOptionHelp().flatMap(({ title, lines }) => ["", `${title}:`, ...lines]),
    "",
    "Times are 1500ms, 30s, 5m, 1h or bare seconds; sizes are 512k, 64M, 2G or bare",
    "bytes. Every option can also be set in the environment (--queue-timeout is",
    "GW_QUEUE_TIMEOUT) or in gw.config.ts or gw.config.json (queueTimeout).",
    "gw show-config tells which value is in force, and who set it; gw help OPTION all",
    "about one, as in gw help memory-limit.",
  ];
}
