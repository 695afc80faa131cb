// The options as a person at a terminal reads them: grouped, in two columns, never wider than asked. Pure text.

import { flagOf, namesOf, variableOf } from "../declare/names.ts";
import { KEYS, type Key, OPTION_SECTIONS, type OptionSection, rowOf } from "../declare/table.ts";

export const HELP_COLUMNS = 80;
/** Where the second column begins. */
const TEXT_COLUMN = 30;

export type HelpSection = { title: OptionSection; lines: string[] };

/** Sections in the order of the table's groups. */
export function renderOptionHelp(columns = HELP_COLUMNS): HelpSection[] {
  return OPTION_SECTIONS.map((title) => ({
    title,
    lines: KEYS.filter((key) => rowOf(key).group === title).flatMap((key) => renderOption(key, columns)),
  }));
}

function renderOption(key: Key, columns: number): string[] {
  return renderEntry(usageOf(key), `${rowOf(key).summary}${defaultNote(key)}`, columns);
}

/** `--port N`, `--concurrency, --threads N`, `[APP] or --app FILE`. */
function usageOf(key: Key): string {
  const { alias, kind, positional } = rowOf(key);
  const flags = [flagOf(key), ...(alias === undefined ? [] : [flagOf(alias)])].join(", ");
  const usage = kind.placeholder ? `${flags} ${kind.placeholder}` : flags;
  return positional ? `${key.toUpperCase()}, ${usage}` : usage;
}

function defaultNote(key: Key): string {
  const text = defaultText(key);
  return text === undefined ? "" : ` [${text}]`;
}

/** The default in the form that could be typed, or how it is derived; undefined when there is none. */
export function defaultText(key: Key): string | undefined {
  const row = rowOf(key);
  if (row.derived !== undefined) return row.derived;
  if (row.default === undefined || row.kind.name === "switch") return undefined;
  return row.kind.print(row.default) || undefined;
}

/** What an option is about, in whole sentences of Markdown. */
export function textOf(key: Key): string {
  const { summary, details } = rowOf(key);
  return details === undefined ? `${summary}.` : `${summary}. ${details}`;
}

/** What there is to know of an option beside that, wherever all of it is shown. `code`: how names and values are marked. */
export function factsOf(key: Key, code: (text: string) => string) {
  const row = rowOf(key);
  const names = namesOf(key);
  const text = defaultText(key) ?? (row.kind.name === "switch" ? String(row.default ?? false) : "none");
  return {
    Environment: names.map((name) => code(variableOf(name))).join(", "),
    "In a file": row.inFile === false ? "no" : names.map(code).join(", "),
    Accepts: row.kind.accepts,
    Default: row.derived === undefined ? code(text) : text,
    "In a group": row.scope === "group" ? "yes" : "no: it holds for gw as a whole",
    "Taken up by": row.change === "reload" ? code("gw reload") : "a new start",
  };
}

/** All that is known of one option, as docs/options.md has it. */
export function renderOptionPage(key: Key): string[] {
  // What whoever is at a terminal looks for comes first.
  const { Accepts, Default, ...others } = factsOf(key, (text) => text);
  return [
    usageOf(key),
    "",
    ...wrap(asPlainText(textOf(key)), HELP_COLUMNS),
    "",
    ...Object.entries({ Accepts, Default, ...others }).flatMap(([name, fact]) =>
      renderEntry(name, fact, HELP_COLUMNS, 15),
    ),
  ];
}

/** Without code's backquotes, and with the names of pages in the place of links to them. */
function asPlainText(markdown: string): string {
  return markdown.replaceAll("`", "").replaceAll(/\[(?:docs\/)?([^\]]+)\]\([^)]*\)/g, "docs/$1");
}

/** One entry of a two-column list; a term too long for its column gets a line of its own. */
export function renderEntry(term: string, text: string, columns = HELP_COLUMNS, at = TEXT_COLUMN): string[] {
  const lines = wrap(text, columns - at).map((line) => " ".repeat(at) + line);
  const head = `  ${term}`;
  const first = lines[0] ?? "";
  return head.length + 2 <= at ? [head.padEnd(at) + first.slice(at), ...lines.slice(1)] : [head, ...lines];
}

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of keepNotesWhole(text)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return line ? [...lines, line] : lines;
}

/** Words, with a bracketed note at the end as one word, so that a default is never torn apart. */
function keepNotesWhole(text: string): string[] {
  const [, sentence = text, note] = /^(.*) (\[[^\]]*\])$/.exec(text) ?? [];
  return [...sentence.split(" "), ...(note === undefined ? [] : [note])];
}
