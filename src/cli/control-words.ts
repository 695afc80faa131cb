// The command line of a control command, read strictly by its row: which gw is meant, the command's arguments, and its
// switches. Pure.
import { type ArgumentRow, type CommandName, commandRow, type Request } from "../control/commands.ts";
import type { Wanted } from "../control/instances.ts";
import { nearest } from "../options/names.ts";
import type { Problem } from "../options/problems.ts";
import { rowOf } from "../options/table.ts";

export type ControlWords = {
  request: Request;
  wanted: Wanted;
  switches: ReadonlySet<string>;
};

/** What every control command takes. */
export const PLACE_SWITCHES: Readonly<Record<string, string>> = {
  "port N": "The gw that serves this port",
  "server-root DIR": "The gw with this server root",
};

type Flag = { name: string; takes: "nothing" | "slot" | "port" | "path" };
type Reading = { command: CommandName; words: string[]; flags: Map<string, Flag>; problems: Problem[] };

/** `env` counts where the command line says nothing: GW_SERVER_ROOT and GW_PORT, as for start-server. */
export function readControlWords(
  command: CommandName,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ControlWords | { problems: Problem[] } {
  const reading: Reading = { command, words: [...argv], flags: flagsOf(command), problems: [] };
  const given = new Map<string, string>();
  for (let word = reading.words.shift(); word !== undefined; word = reading.words.shift())
    takeWord(reading, word, given);
  const values = new Map([...given].map(([name, text]) => [name, readValue(reading, name, text)] as const));
  const wanted = values.has("server-root") || values.has("port") ? wantedOf(values) : wantedBy(env, reading);
  if (reading.problems.length > 0) return { problems: reading.problems };
  const { arguments: accepted, switches = {} } = commandRow(command);
  const known = [...values].filter(([name]) => Object.hasOwn(accepted, name));
  return {
    request: { command, arguments: Object.fromEntries(known) } as Request,
    wanted,
    switches: new Set([...given.keys()].filter((name) => Object.hasOwn(switches, name))),
  };
}

function flagsOf(command: CommandName): Map<string, Flag> {
  const { arguments: accepted, switches = {} } = commandRow(command);
  const flags: Flag[] = [
    { name: "port", takes: "port" },
    { name: "server-root", takes: "path" },
    ...Object.keys(switches).map((name): Flag => ({ name, takes: "nothing" })),
    ...Object.entries(accepted).map(([name, row]): Flag => ({ name, takes: takesOf(row) })),
  ];
  const short = Object.entries(accepted).flatMap(([name, { short }]) => (short ? [[`-${short}`, name]] : []));
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const spelled = [...flags.map(({ name }) => [`--${name}`, name]), ...short];
  return new Map(
    spelled.flatMap(([text = "", name = ""]) => {
      const flag = byName.get(name);
      return flag ? [[text, flag] as const] : [];
    }),
  );
}

const takesOf = ({ kind }: ArgumentRow): Flag["takes"] => (kind === "switch" ? "nothing" : "slot");

function takeWord(reading: Reading, word: string, given: Map<string, string>): void {
  const { flags, problems, words } = reading;
  const equals = word.startsWith("-") ? word.indexOf("=") : -1;
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const flag = flags.get(spelled);
  if (!flag) return void problems.push(unknown(reading, spelled));
  if (given.has(flag.name)) return void problems.push(usage(`"${spelled}" was given twice`));
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  if (flag.takes === "nothing") {
    if (attached !== undefined)
      problems.push(usage(`"${spelled}" takes no value, but "${attached}" was given`));
    return void given.set(flag.name, "true");
  }
  const text = attached ?? (words[0]?.startsWith("-") ? undefined : words.shift());
  if (text === undefined) problems.push(usage(`"${spelled}" has no value`));
  else given.set(flag.name, text);
}

function unknown({ command, flags }: Reading, spelled: string): Problem {
  const near = nearest(spelled, flags.keys());
  const advice = near ? `The nearest is ${near}` : `gw help ${command} shows what it takes`;
  return { ...usage(`gw ${command} does not take "${spelled}"`), advice };
}

/** From a flag's text to its value; what is wrong with it becomes a problem. */
function readValue({ flags, problems }: Reading, name: string, text: string): boolean | number | string {
  const takes = flags.get(`--${name}`)?.takes;
  if (takes === "nothing") return true;
  if (takes === "path") return text;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  const most = takes === "port" ? 65_535 : Number.MAX_SAFE_INTEGER;
  if (number < 1 || number > most) {
    const accepted =
      takes === "port" ? "a port from 1 to 65535" : "the number of a worker, as gw status shows it";
    problems.push({ ...usage(`--${name} cannot be "${text}"`), accepted });
  }
  return number;
}

function wantedOf(values: ReadonlyMap<string, unknown>): Wanted {
  const [serverRoot, port] = [values.get("server-root"), values.get("port")];
  return {
    ...(typeof serverRoot === "string" && { serverRoot }),
    ...(typeof port === "number" && { port }),
  };
}

function wantedBy(env: Readonly<Record<string, string | undefined>>, reading: Reading): Wanted {
  const { GW_SERVER_ROOT: serverRoot, GW_PORT: portText } = env;
  if (serverRoot) return { serverRoot };
  // The port 0 is any port.
  if (!portText || portText === "0") return {};
  const { kind } = rowOf("port");
  const port = kind.parse(portText);
  if (typeof port === "number") return { port };
  const from = "GW_PORT in the environment";
  reading.problems.push({ ...usage(`"${portText}" is no port`), from, accepted: kind.accepts });
  return {};
}

function usage(what: string): Problem {
  return { cause: "usage", what, from: "the command line" };
}
