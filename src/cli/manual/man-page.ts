// The manual page gw(1), in mdoc as BSD and Linux format it: commands, options and exit codes, made from their tables. Pure text.

import { ERRORS } from "../../core/errors.ts";
import { flagOf, namesOf } from "../../options/declare/names.ts";
import { KEYS, type Key, OPTION_SECTIONS, rowOf } from "../../options/declare/table.ts";
import { defaultText, wrap } from "../../options/render/help.ts";
import type { CommandHelp } from "../terminal/help.ts";
import { termOf, usageOf } from "../terminal/words.ts";

const SOURCE_COLUMNS = 72;
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** `date`: as `2026-11-29`. */
export function renderManPage(commands: readonly CommandHelp[], version: string, date: string): string {
  const shown = commands.filter(({ isHidden }) => !isHidden);
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  return [
    `.Dd ${MONTHS[month - 1]} ${day}, ${year}`,
    ...HEAD,
    line(
      `${version} serves an unmodified app through supervised workers behind a front end that owns every connection.`,
    ),
    ".Pp",
    "The commands are as follows.",
    ...renderList(shown.flatMap(renderCommand)),
    ".Sh OPTIONS",
    line(
      "Each option is also a key of a configuration file and a variable of the environment: --queue-timeout is queueTimeout and GW_QUEUE_TIMEOUT.",
    ),
    ...OPTION_SECTIONS.flatMap(renderSection),
    ".Sh ENVIRONMENT",
    line(
      "Every option, in capitals and behind GW_; what the command line says counts more, and a file less.",
    ),
    ".Sh EXIT STATUS",
    ...renderList(exitCodes().flatMap(([code, text]) => [`.It ${code}`, line(text)])),
    ".Sh EXAMPLES",
    ...shown.flatMap(({ examples }) => examples.flatMap(renderExample)).slice(0, -1),
    "",
  ].join("\n");
}

const HEAD: readonly string[] = [
  ".Dt GW 1",
  ".Os",
  ".Sh NAME",
  ".Nm gw",
  ".Nd application server for TypeScript and JavaScript in one file",
  ".Sh SYNOPSIS",
  ".Nm",
  ".Cm start-server",
  ".Op Ar APP",
  ".Op Ar options",
  ".Op Fl Fl Ar words of the app",
  ".Nm",
  ".Ar command",
  ".Op Ar words",
  ".Sh DESCRIPTION",
  ".Nm",
];

const renderList = (items: readonly string[]) =>
  items.length === 0 ? [] : [".Bl -tag -width Ds", ...items, ".El"];

function renderExample([typed, effect]: readonly [string, string]): string[] {
  return [line(`${capital(effect)}:`), `.Dl ${escapeText(typed)}`, ".Pp"];
}

function renderCommand({ name, usage, summary, details, words }: CommandHelp): string[] {
  return [
    `.It Li ${quoteWord(usage ?? usageOf(name, words))}`,
    line(`${summary}.`),
    ...(details ? [line(details.replaceAll("`", ""))] : []),
    ...renderList(words.flatMap((row) => [`.It Li ${quoteWord(termOf(row))}`, line(`${row.meaning}.`)])),
  ];
}

function renderSection(title: (typeof OPTION_SECTIONS)[number]): string[] {
  const keys = KEYS.filter((key) => rowOf(key).group === title);
  if (keys.length === 0) return [];
  return [`.Ss ${title}`, ...renderList(keys.flatMap(renderOption))];
}

function renderOption(key: Key): string[] {
  const { kind, summary, details } = rowOf(key);
  const term = [namesOf(key).map(flagOf).join(", "), kind.placeholder].filter(Boolean).join(" ");
  const standard = defaultText(key);
  return [
    `.It Li ${quoteWord(term)}`,
    line(`${summary}.${standard === undefined ? "" : ` Default: ${standard}.`}`),
    ...(details ? [line(details.replaceAll("`", ""))] : []),
  ];
}

/** What a start that failed ends with, each code once. */
function exitCodes(): [number, string][] {
  const causes = new Map<number, string[]>();
  for (const [cause, { exit }] of Object.entries(ERRORS as Record<string, { exit?: number }>)) {
    if (exit !== undefined) causes.set(exit, [...(causes.get(exit) ?? []), cause]);
  }
  const told = [...causes].toSorted(([a], [b]) => a - b);
  return [
    [0, "What was asked for is done."],
    ...told.map(([code, words]): [number, string] => [code, `${words.join(", ")}.`]),
  ];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Text, each sentence beginning on a line of its own, as mdoc wants it. */
function line(text: string): string {
  return text
    .replaceAll(/(?<=[^A-Z.]|[A-Z]{2})\. +(?=\S)/g, ".\n")
    .split("\n")
    .flatMap((sentence) => wrap(sentence, SOURCE_COLUMNS))
    .map((one) => escapeText(one).replace(/^(?=[.'])/, "\\&"))
    .join("\n");
}

const escapeText = (text: string) => text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
const quoteWord = (text: string) => `"${escapeText(text).replaceAll('"', '""')}"`;
