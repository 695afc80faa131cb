// The command line of a control command, read strictly by its row: which gw is meant, the command's arguments, and its
// switches. Pure.
import {
  type ArgumentRow,
  type CommandName,
  commandRow,
  faultOfAll,
  isValueFor,
  type Request,
  rangeOf,
} from "../../control/commands.ts";
import type { Wanted } from "../../control/instances.ts";
import { count, duration, text } from "../../options/declare/kinds.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { rowOf } from "../../options/declare/table.ts";
import { placesText, readWords, usageProblem, type Value, type WordRow } from "../terminal/words.ts";

export type ControlWords = {
  request: Request;
  wanted: Wanted;
  switches: ReadonlySet<string>;
};

/** What every command takes that is meant for a running gw. */
export const PLACE_SWITCHES: Readonly<Record<string, string>> = {
  "port N": "The gw that serves this port",
  "server-root DIR": "The gw with this server root",
};

const PLACE_WORDS: readonly WordRow[] = [
  { name: "port", kind: { ...count({ min: 1, max: 65_535 }), accepts: "a port from 1 to 65535" } },
  { name: "server-root", kind: text({ placeholder: "DIR", accepts: "a directory", read: (path) => path }) },
];

/** What stands for a value of each kind; nothing for a switch. */
const PLACEHOLDERS: Readonly<Record<ArgumentRow["kind"], string>> = {
  switch: "",
  slot: "SLOT",
  count: "N",
  group: "GROUP",
  duration: "TIME",
};

/** `gw scale [GROUP] N`, without what all of them take. */
export function usageOf(command: CommandName): string {
  const { arguments: accepted, switches = {} } = commandRow(command);
  const all = Object.entries(accepted);
  return [
    `gw ${command}`,
    placesText(all.map(wordRow)),
    ...Object.keys(switches).map((word) => `[--${word}]`),
    ...all.flatMap(([word, row]) => (row.isPositional ? [] : [`[--${flagTerm(word, row)}]`])),
  ]
    .filter(Boolean)
    .join(" ");
}

/** What each argument is called in a list of them, and what it means; flags without their dashes. */
export function argumentTerms(command: CommandName): Record<"places" | "flags", Record<string, string>> {
  const all = Object.entries(commandRow(command).arguments);
  const termsOf = (arePlaces: boolean, term: (name: string, row: ArgumentRow) => string) =>
    Object.fromEntries(
      all
        .filter(([, { isPositional = false }]) => isPositional === arePlaces)
        .map(([name, row]) => [term(name, row), row.meaning]),
    );
  return {
    places: termsOf(true, (_, { kind }) => PLACEHOLDERS[kind]),
    flags: termsOf(false, (name, row) =>
      row.short ? `${name}, -${row.short}${flagTerm("", row)}` : flagTerm(name, row),
    ),
  };
}

const flagTerm = (name: string, { kind }: ArgumentRow) => `${name} ${PLACEHOLDERS[kind]}`.trimEnd();

export function readControlWords(
  command: CommandName,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ControlWords | { problems: Problem[] } {
  const { arguments: accepted, switches = {} } = commandRow(command);
  const rows = [
    ...Object.keys(switches).map((name): WordRow => ({ name })),
    ...Object.entries(accepted).map(wordRow),
  ];
  const { values, wanted, problems } = readPlacedWords(command, rows, argv, env);
  const known = Object.fromEntries([...values].filter(([name]) => Object.hasOwn(accepted, name)));
  const fault = faultOfAll(accepted, known);
  if (fault && "excluded" in fault)
    problems.push(usageProblem(`"--${fault.excluded.join('" and "--')}" cannot be given together`));
  if (problems.length > 0) return { problems };
  return {
    request: { command, arguments: known } as Request,
    wanted,
    switches: new Set([...values.keys()].filter((name) => Object.hasOwn(switches, name))),
  };
}

/**
 * The words of a command that is meant for a running gw, and for which one. `env` counts where the command line says
 * nothing: GW_SERVER_ROOT and GW_PORT, as for start-server.
 */
export function readPlacedWords(
  command: string,
  rows: readonly WordRow[],
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { values: ReadonlyMap<string, Value>; wanted: Wanted; problems: Problem[] } {
  const { values, problems } = readWords(command, [...PLACE_WORDS, ...rows], argv);
  const isNamed = values.has("server-root") || values.has("port");
  return { values, wanted: isNamed ? wantedOf(values) : wantedBy(env, problems), problems };
}

function wordRow([name, row]: [string, ArgumentRow]): WordRow {
  const { kind, short, isPositional, isRequired = false } = row;
  const placeholder = PLACEHOLDERS[kind];
  return {
    name,
    isRequired,
    ...(short && { short }),
    ...(isPositional && { positional: placeholder }),
    ...(kind !== "switch" && { kind: kindOf(row, placeholder) }),
  };
}

function kindOf(row: ArgumentRow, placeholder: string): NonNullable<WordRow["kind"]> {
  if (row.kind === "duration") return duration(rangeOf(row));
  if (row.kind === "count") return count(rangeOf(row));
  if (row.kind === "slot")
    return { ...count(rangeOf(row)), accepts: "the number of a worker, as gw status shows it" };
  const read = (word: string) => (isValueFor(row, word) ? word : undefined);
  return text({ placeholder, accepts: "the name of a group, as gw status shows it", read });
}

function wantedOf(values: ReadonlyMap<string, unknown>): Wanted {
  const [serverRoot, port] = [values.get("server-root"), values.get("port")];
  return {
    ...(typeof serverRoot === "string" && { serverRoot }),
    ...(typeof port === "number" && { port }),
  };
}

function wantedBy(env: Readonly<Record<string, string | undefined>>, problems: Problem[]): Wanted {
  const { GW_SERVER_ROOT: serverRoot, GW_PORT: portText } = env;
  if (serverRoot) return { serverRoot };
  // The port 0 is any port.
  if (!portText || portText === "0") return {};
  const { kind } = rowOf("port");
  const port = kind.parse(portText);
  if (typeof port === "number") return { port };
  const from = "GW_PORT in the environment";
  problems.push({ ...usageProblem(`"${portText}" is no port`), from, accepted: kind.accepts });
  return {};
}
