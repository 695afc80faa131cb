// The table of control commands. The command line, the socket's protocol and docs/control.md are made of these rows; a
// command stands here when it works, and nowhere else. Nothing here acts: control/server.ts calls, control/client.ts asks.

export type ArgumentRow = {
  /** `switch`: true when given. `slot`: the number of a worker's place. */
  kind: "switch" | "slot";
  /** One letter for the command line. */
  short?: string;
  meaning: string;
};

export type CommandRow = {
  /** One line without a final full stop. */
  summary: string;
  details: string;
  arguments: Readonly<Record<string, ArgumentRow>>;
  /** Switches of the command line, which the socket never sees. */
  switches?: Readonly<Record<string, string>>;
  examples: readonly (readonly [line: string, effect: string])[];
  /** What each `item` line of the answer holds; absent when there are none. */
  items?: string;
  /** What the `done` line holds. */
  result: string;
  /** What the exit code says, apart from those that all commands share. */
  exits: Readonly<Record<number, string>>;
};

const rows = <const T extends Record<string, CommandRow>>(table: T): T => table;

export const CONTROL_COMMANDS = rows({
  status: {
    summary: "Show what a running gw does: processes, queue, restarts",
    details:
      "Counts of requests are as the front ends last told them, which they do each second. It answers from the first moment on, also while gw starts or stops.",
    arguments: {},
    switches: { json: "As JSON, for scripts" },
    examples: [
      ["gw status", "a table, with the unusual states explained"],
      ["gw status --json --port 8000", "every figure, of the gw on that port"],
    ],
    result: "the object that `gw status --json` prints",
    exits: { 0: "gw answered, whatever its state is" },
  },
  ping: {
    summary: "Tell by the exit code whether a running gw serves",
    details: "For health checks: it asks the supervisor, and sends no request to the app.",
    arguments: {},
    examples: [["gw ping", "exit code 0 when it serves"]],
    result: "`version`, `pid`, `state`, `port` and `urls`, as in status",
    exits: { 0: "it serves", 1: "it runs and does not serve: it starts, stops, or has no worker ready" },
  },
  restart: {
    summary: "Replace the workers one by one; no request fails",
    details:
      "Each worker serves until its successor is ready, and then finishes what it has within `--eviction-timeout`. The command waits for the last of them. When a successor cannot start, the command ends with the app's own error; the old worker serves on, and gw keeps trying.",
    arguments: { worker: { kind: "slot", meaning: "Only the worker of this place, as status numbers them" } },
    examples: [
      ["gw restart", "all workers, one after the other"],
      ["gw restart --worker 2", "one of them"],
    ],
    items: "one replaced worker: `worker`, `oldPid` (null when there was none) and `pid`",
    result: "`restarted`: how many workers were replaced",
    exits: { 0: "all of them were replaced", 1: "not all: a successor did not start, or gw is stopping" },
  },
  logs: {
    summary: "Print the last lines of gw's log and of the app's output",
    details:
      "The supervisor keeps the last 1000 lines, as they went to its own terminal, and at most 128 Ki characters of them. A reader who does not keep up is told how many lines were left out.",
    arguments: {
      follow: { kind: "switch", short: "f", meaning: "Go on with new lines, until gw ends or Ctrl-C" },
    },
    examples: [["gw logs -f", "the last lines, and all that follow"]],
    items: "one line of text",
    result: "nothing",
    exits: { 0: "all lines were printed, or gw has stopped in order" },
  },
  stop: {
    summary: "Stop a running gw, and wait until it is gone",
    details:
      "As SIGTERM does: nothing new is taken, what runs has `--graceful-timeout` to finish. The command returns when the last process has ended and the server root is given back.",
    arguments: { now: { kind: "switch", meaning: "At once: what runs is cut" } },
    examples: [["gw stop --port 8000", "the gw on that port"]],
    result: "nothing; the connection is closed when the process ends",
    exits: { 0: "it has stopped in order", 1: "it ended before it had finished stopping" },
  },
});

export type CommandName = keyof typeof CONTROL_COMMANDS;

type ValueOf<Row> = Row extends { kind: "slot" } ? number : boolean;
type ArgumentsOf<Rows> = { -readonly [K in keyof Rows]?: ValueOf<Rows[K]> };

/** One command with its arguments, as it travels. */
export type Request = {
  [C in CommandName]: { command: C; arguments: ArgumentsOf<(typeof CONTROL_COMMANDS)[C]["arguments"]> };
}[CommandName];

export const COMMAND_NAMES = Object.keys(CONTROL_COMMANDS) as CommandName[];

/** The row, without the particulars of its type. */
export function commandRow(name: CommandName): CommandRow {
  return CONTROL_COMMANDS[name];
}

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(CONTROL_COMMANDS, word);
}

/** Whether `value` may be given for this argument; places are counted from 1. */
export function isValueFor({ kind }: ArgumentRow, value: unknown): value is number | boolean {
  return kind === "switch" ? typeof value === "boolean" : Number.isSafeInteger(value) && Number(value) > 0;
}
