// The words of the commands that are meant for a running gw: what each takes, by its row, which gw is meant, and what is asked
// of it. Pure.

import { resolve } from "node:path";
import {
  type ArgumentRow,
  type CommandName,
  type ControlRequest,
  commandRow,
  describeValues,
  faultOfAll,
  isValueFor,
  rangeOf,
} from "../../control/commands.ts";
import type { WantedInstance } from "../../control/instances.ts";
import type { Environment } from "../../core/environment.ts";
import { count, duration, text } from "../../options/declare/kinds/kinds.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { rowOf } from "../../options/declare/table.ts";
import { usageProblem } from "../../options/read/words.ts";
import type { LineValues, WordRow } from "../terminal/words.ts";

/** What every command takes that is meant for a running gw. */
export const PLACE_WORDS: readonly WordRow[] = [
  {
    name: "port",
    kind: { ...count({ min: 1, max: 65_535 }), accepts: "a port from 1 to 65535" },
    meaning: "The gw that serves this port",
  },
  {
    name: "server-root",
    kind: text({ placeholder: "DIR", accepts: "a directory", read: (path) => path }),
    meaning: "The gw with this server root",
  },
];

/** What stands for a value of each kind. */
const PLACEHOLDERS: Readonly<Record<Exclude<ArgumentRow["kind"], "switch" | "word">, string>> = {
  slot: "SLOT",
  count: "N",
  group: "GROUP",
  duration: "TIME",
  subject: "SLOT|REQUEST-ID",
  file: "FILE",
  record: "FILE",
};

/** The socket never sees it. */
const AS_JSON: WordRow = { name: "json", meaning: "Tell it as JSON, for scripts" };

/** What a control command takes itself: its arguments, and how it is to tell its outcome. */
export function wordsOf(command: CommandName): readonly WordRow[] {
  return [...Object.entries(commandRow(command).arguments).map(wordRow), AS_JSON];
}

function wordRow([name, row]: [string, ArgumentRow]): WordRow {
  const { kind, short, isPositional, isRequired = false, meaning } = row;
  return {
    name,
    meaning,
    isRequired,
    ...(short && { short }),
    ...(isPositional && kind !== "switch" && { positional: placeholderOf(name, kind) }),
    ...(kind !== "switch" && { kind: kindOf(row, placeholderOf(name, kind)) }),
  };
}

const placeholderOf = (name: string, kind: Exclude<ArgumentRow["kind"], "switch">) =>
  kind === "word" ? name.toUpperCase() : PLACEHOLDERS[kind];

function kindOf(row: ArgumentRow, placeholder: string): NonNullable<WordRow["kind"]> {
  if (row.kind === "duration") return { ...duration(rangeOf(row)), placeholder };
  if (row.kind === "count") return { ...count(rangeOf(row)), placeholder };
  if (row.kind === "slot")
    return { ...count(rangeOf(row)), placeholder, accepts: "the number of a worker, as gw status shows it" };
  if (row.kind === "word") {
    const read = (word: string) => (isValueFor(row, word) ? word : undefined);
    // By the schema shells know what to offer.
    return {
      ...text({ placeholder, accepts: describeValues(row), read }),
      schema: { enum: [...(row.words ?? [])] },
    };
  }
  // The running gw may stand in another directory.
  if (row.kind === "file")
    return text({
      placeholder,
      accepts: "the path of a file",
      read: (word) => (word === "" ? undefined : resolve(word)),
    });
  const hasOwnWords = row.kind === "subject" || row.kind === "record";
  const accepts = hasOwnWords ? describeValues(row) : "the name of a group, as gw status shows it";
  const read = (word: string) => (isValueFor(row, word) ? word : undefined);
  return text({ placeholder, accepts, read });
}

/** What is asked of the running gw. */
export function requestOf(command: CommandName, values: LineValues): ControlRequest {
  const { arguments: accepted } = commandRow(command);
  const known = [...values].filter(([name]) => Object.hasOwn(accepted, name));
  return { command, arguments: Object.fromEntries(known) } as ControlRequest;
}

/** What is wrong with the words together, and with the variables that count beside them. */
export function judgeRequest(command: CommandName, values: LineValues, env: Environment): Problem[] {
  const fault = faultOfAll(commandRow(command).arguments, requestOf(command, values).arguments);
  const what = fault && wordFault(fault);
  return [...(what ? [usageProblem(what)] : []), ...judgeWanted(values, env)];
}

/** What is missing is told where the words are read. */
function wordFault(fault: NonNullable<ReturnType<typeof faultOfAll>>): string | undefined {
  if ("excluded" in fault) return `"--${fault.excluded.join('" and "--')}" cannot be given together`;
  return "alone" in fault ? `"--${fault.alone.join('" means nothing without "--')}"` : undefined;
}

/**
 * Which gw is meant. `env` counts where the command line says nothing: GW_SERVER_ROOT and GW_PORT, as for start-server.
 */
export function wantedOf(values: LineValues, env: Environment): WantedInstance {
  const [serverRoot, port] = [values.get("server-root"), values.get("port")];
  if (!isNamed(values)) return wantedBy(env);
  return {
    ...(typeof serverRoot === "string" && { serverRoot }),
    ...(typeof port === "number" && { port }),
  };
}

export function judgeWanted(values: LineValues, env: Environment): Problem[] {
  const { kind } = rowOf("port");
  const { GW_PORT: port } = env;
  if (isNamed(values) || env.GW_SERVER_ROOT || !port || typeof kind.parse(port) === "number") return [];
  const from = "GW_PORT in the environment";
  return [usageProblem(`"${port}" is no port`, { from, accepted: kind.accepts })];
}

const isNamed = (values: LineValues) => values.has("server-root") || values.has("port");

function wantedBy({ GW_SERVER_ROOT: serverRoot, GW_PORT: portText }: Environment): WantedInstance {
  if (serverRoot) return { serverRoot };
  const port = portText ? rowOf("port").kind.parse(portText) : undefined;
  // The port 0 is any port.
  return typeof port === "number" && port !== 0 ? { port } : {};
}
