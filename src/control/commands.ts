// The table of control commands. The command line, the socket's protocol and docs/control.md are made of these rows; a
// command stands here when it works, and nowhere else. Nothing here acts: control/server.ts calls, control/client.ts asks.

import { SOURCES } from "../core/logging/log-source.ts";

export type ArgumentRow = {
  /**
   * `switch`: true when given. `slot`: the number of a worker's place. `count`: a whole number. `group`: its name.
   * `duration`: a time, on the wire in milliseconds. `word`: one of `words`.
   * `subject`: the number of a worker's place, or the id of a request. `file`: an absolute path.
   * `record`: the name of a file of evidence, also with its path, or `last`.
   */
  kind: "switch" | "slot" | "count" | "group" | "duration" | "word" | "subject" | "file" | "record";
  words?: readonly string[];
  /** One letter for the command line. */
  short?: string;
  /** On the command line it has no flag: words without one are given to these, in the order of the rows. */
  isPositional?: true;
  isRequired?: true;
  /** Smallest and largest number. */
  least?: number;
  most?: number;
  /** Another argument that cannot be given with it, or without which it means nothing. */
  excludes?: string;
  needs?: string;
  meaning: string;
};

export type CommandRow = {
  /** One line without a final full stop. */
  summary: string;
  details: string;
  arguments: Readonly<Record<string, ArgumentRow>>;
  examples: readonly (readonly [line: string, effect: string])[];
  /** What each `item` line of the answer holds; absent when there are none. */
  items?: string;
  /** What the `done` line holds. */
  result: string;
  /** What the exit code says, apart from those that all commands share. */
  exits: Readonly<Record<number, string>>;
};

const rows = <const T extends Record<string, CommandRow>>(table: T): T => table;

/** Of a pause when nothing else is said, and the longest. */
export const PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Of a profile when nothing else is said, and the longest. */
export const PROFILE_MS = 10_000;
const LONGEST_PROFILE_MS = 600_000;
const LONGEST_LEVEL_MS = 86_400_000;
/** Of a trial when nothing else is said; and the longest, for whatever else is to be changed waits for its end. */
export const TRIAL_MS = 120_000;
const LONGEST_TRIAL_MS = 3_600_000;
export const TRIAL_ERRORS = 1;
export const TRIAL_SLOWER = 50;

const WAITING = "an old generation that has to go first: `waitsFor` (its number), and `forMs` at most";

const RELOADED =
  "`generation` and `previous` (numbers), `workers`, `hasNewFronts`, `tookMs`, and of the old one what was `left` to finish: `requests`, `streams` of them, `tunnels`";

export const CONTROL_COMMANDS = rows({
  status: {
    summary: "Show what a running gw does: processes, queue, restarts",
    details:
      "Counts of requests are as the front ends last told them, which they do each second. It answers from the first moment on, also while gw starts or stops.",
    arguments: {},
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
  metrics: {
    summary: "Print all figures of a running gw, as Prometheus reads them",
    details:
      "The same as `/metrics` on `--metrics-port`, which need not be there. What front ends count is as they last told it, which they do each second.",
    arguments: {},
    examples: [["gw metrics | grep gw_queue", "what waits, and for how long it had to"]],
    result: "`text`: the lines; `samples`: the same one by one, with `metric`, `labels` and `value`",
    exits: { 0: "gw answered" },
  },
  "status-token": {
    summary: "Print the word with which one may act on the status page",
    details:
      "It is drawn anew at each start of gw, and known to nobody but who may use the control socket. On the page it is asked for with each thing to be done: a restart, a drain, a pause, a reload, a stack.",
    arguments: {},
    examples: [["gw status-token", "the word, alone on its line"]],
    result: "`token`, and `path`, where the page is",
    exits: { 0: "gw answered", 1: "it has no status page: --server-status is not set" },
  },
  why: {
    summary: "Explain the last ends, reloads, errors and slow spells",
    details:
      "What has happened, since when, whom it hit, what gw did, and what to do about it; the newest last. Of a worker, by its place, or of one request, by the id that its client was shown (X-Request-Id, and on gw's own pages). gw remembers the last 200 ends of processes, 50 reloads, 200 stretches of errors and 200 of slowness, the last 100 requests that it refused for each cause, and 200 slow ones (`--slow-requests`); a restart of gw itself forgets them.",
    arguments: {
      subject: {
        kind: "subject",
        isPositional: true,
        meaning: "A worker, by its place as status numbers it, or a request, by its id",
      },
      since: { kind: "duration", meaning: "Only what was going on within this time, to now" },
    },
    examples: [
      ["gw why", "all that is remembered"],
      ["gw why 2 --since 1h", "what became of worker 2 in the last hour"],
      ["gw why t8ms7q2c4f-1", "what happened to this request"],
    ],
    result: "`now`, `startedAt`, `records` and the requests `active` that were asked for",
    exits: { 0: "gw answered", 1: "nothing is known of what was asked for" },
  },
  evidence: {
    summary: "Show what is known of workers that were killed or crashed",
    details:
      "With `--evidence-directory`: one file for each process that came to a limit of memory or of processor time, stood still, was too long at its requests, or ended by itself. Without a name the files, the newest last; with one what is in it. The files stay when gw ends, and are JSON for whoever reads them without gw.",
    arguments: {
      name: {
        kind: "record",
        isPositional: true,
        meaning: "A file, as the list, `gw why` and the line of the end name it; `last` for the newest",
      },
    },
    examples: [
      ["gw evidence", "the files that there are"],
      ["gw evidence last", "what is known of the latest of these ends"],
    ],
    result:
      "`directory` and `files`, the oldest first, each with `name`, `at`, `process`, `pid`, `reason` and `bytes`; or `path` and the `record`",
    exits: { 0: "gw answered", 1: "there is none of that name, or none is kept" },
  },
  requests: {
    summary: "List the requests that are under way, the oldest first",
    details:
      "Each with its age, where it is, its worker and its client; never its query, which may hold secrets. `receive`: its body comes in, or hooks are asked about it; `queue`: it waits for a worker; `app`: a worker has it and has not begun to answer; `body`: its answer goes on; `deliver`: all of its answer is here, and its client takes it. WebSockets are none of them; `gw status` counts those. The front ends are asked at that moment.",
    arguments: {
      group: { kind: "group", meaning: "Only of this group" },
      most: { kind: "count", most: 1000, meaning: "So many at most [100]" },
    },
    examples: [
      ["gw requests", "the hundred oldest"],
      ["gw requests --json --most 1000", "for scripts"],
    ],
    result: "`requests`, the oldest first, and the `total` of those that there are",
    exits: { 0: "gw answered", 1: "in embedded mode nobody knows of requests" },
  },
  reload: {
    summary: "Take up new code and configuration; no request fails",
    details:
      "Reads the configuration again and starts a complete new generation of workers beside the old one: an app behind a symbolic link is looked up anew. The traffic moves when all of them are ready; the old ones finish what they have, long answers and WebSockets within `--stream-drain-timeout`. When anything fails, nothing has changed: the old generation serves on, and the command prints the app's own error. SIGHUP does the same. With `--percent` both serve for a while: see docs/reload.md.",
    arguments: {
      wait: { kind: "switch", meaning: "Return when the old generation is gone as well" },
      percent: {
        kind: "count",
        least: 1,
        most: 50,
        meaning: "Try the new one out first: so many of a hundred requests go to it",
      },
      watch: {
        kind: "duration",
        most: LONGEST_TRIAL_MS,
        needs: "percent",
        meaning: "How long it is tried out before it gets all of them [2m]",
      },
      errors: {
        kind: "count",
        most: 100,
        needs: "percent",
        meaning: "Of a hundred requests so many more may fail on it than on the old one [1]",
      },
      slower: {
        kind: "count",
        most: 10_000,
        needs: "percent",
        meaning:
          "So many per cent later than those of the old one 95 of a hundred of its answers may begin [50]",
      },
    },
    examples: [
      ["gw reload", "returns when the new code serves"],
      ["gw reload --wait", "returns when the old code is gone, too"],
      ["gw reload --percent 5 --watch 2m", "serves only when it has done well with a part of the requests"],
    ],
    items: `${WAITING}; or, while it is tried out, \`generation\`, \`percent\`, \`leftMs\`, and of \`old\` and \`new\` the \`requests\`, how many \`failed\`, and \`headMs\``,
    result: `${RELOADED}; with a trial what was counted then, as \`trial\``,
    exits: {
      0: "the new generation serves",
      1: "it did not come up, did worse than the old one when it was tried out, or the configuration is wrong; the old one serves on",
    },
  },
  rollback: {
    summary: "Go back to the generation before; no request fails",
    details:
      "As reload, with the configuration and the files of the generation that served before: status shows which that is. It is refused when its files are gone.",
    arguments: {
      wait: { kind: "switch", meaning: "Return when the generation that is left is gone as well" },
    },
    examples: [["gw rollback", "what served before the last reload serves again"]],
    items: WAITING,
    result: RELOADED,
    exits: {
      0: "the earlier code serves, as a new generation",
      1: "there is none to go to, or it did not come up",
    },
  },
  upgrade: {
    summary: "Let another version of gw take over; no request fails",
    details:
      "Starts the program FILE with the words that this gw was started with, in the same server root and on the same ports, gives it the traffic when all of it is ready, and ends this one when its clients have what they asked for. Counters, records, what was set by `gw scale` and `gw pause`, and what is remembered for `--rate-limit` go along. When FILE is no gw, does not come up, or ends before it has all of that, this gw serves on. FILE must be writable by nobody but root and the user of gw, and so must each directory above it. It is refused for process 1 of a container, in embedded mode, and where the process that has started gw waits for its end.",
    arguments: {
      file: {
        kind: "file",
        isPositional: true,
        isRequired: true,
        meaning: "The program of the other version; it may have taken the place of the present one",
      },
      wait: { kind: "switch", meaning: "Return when the present process is gone as well" },
      "leave-parent": {
        kind: "switch",
        meaning: "Also where a process waits for the end of gw, and would see it",
      },
    },
    examples: [
      ["gw upgrade /usr/local/bin/gw", "the new version has been put there; returns when it serves"],
      ["gw upgrade ./gw-0.2.0 --wait", "returns when the old process is gone, too"],
    ],
    result:
      "`version` and `previousVersion`, `pid` and `previousPid`, `generation`, `workers`, `tookMs`, and what the old one had `left`: `requests`, `streams` of them, `tunnels`",
    exits: { 0: "the other version serves", 1: "it does not, and this one serves on" },
  },
  restart: {
    summary: "Replace the workers one by one; no request fails",
    details:
      "Each worker serves until its successor is ready, and then finishes what it has within `--eviction-timeout`. In a group they are replaced one after the other; several groups do so at the same time. The command waits for the last of them. When a successor cannot start, the command ends with the app's own error; the old worker serves on, and gw keeps trying. With `--front` new front ends take over the port, with a complete new generation of workers behind them; the configuration is not read again, and no link to an app is looked up anew.",
    arguments: {
      worker: {
        kind: "slot",
        meaning: "Only the worker of this place, as status numbers them now; a reload may number them anew",
      },
      front: {
        kind: "switch",
        excludes: "worker",
        meaning: "The front ends too, all at once beside the old ones",
      },
    },
    examples: [
      ["gw restart", "all workers, in each group one after the other"],
      ["gw restart --worker 2", "one of them"],
      ["gw restart --front", "every process but the supervisor"],
    ],
    items: `one replaced worker: \`worker\`, \`oldPid\` (null when there was none) and \`pid\`; with \`front\`, ${WAITING}`,
    result: `\`restarted\`: how many workers were replaced; with \`front\`, ${RELOADED}`,
    exits: { 0: "all of them were replaced", 1: "not all: a successor did not start, or gw is stopping" },
  },
  scale: {
    summary: "Change how many workers a group has",
    details:
      "Waits until the new workers serve, or until those that are too many have finished what they have. The name of the group may be left out where there is only one. A reload keeps the number, unless the configuration says another one than before; a group of MIN..MAX stays within its range. While a reload is under way, the command waits for it.",
    arguments: {
      group: { kind: "group", isPositional: true, meaning: "Its name, as status shows it" },
      count: {
        kind: "count",
        isPositional: true,
        isRequired: true,
        most: 1024,
        meaning: "Workers there are to be",
      },
    },
    examples: [
      ["gw scale 4", "four workers, where there is one group"],
      ["gw scale api 4", "four for the group api; api=4 is the same"],
    ],
    result: "`group`, `from` and `to`: the number before, and the number now",
    exits: { 0: "there are that many now", 1: "a worker did not start, or gw is stopping" },
  },
  drain: {
    summary: "Let one worker finish what it has, and leave",
    details:
      "Nothing new goes to it from this moment on; the command returns when its process is gone, and says how many requests and WebSockets had to be cut because they were not finished in time. Its place stays empty until `gw restart --worker SLOT`, or until a reload.",
    arguments: {
      worker: {
        kind: "slot",
        isPositional: true,
        isRequired: true,
        meaning: "Its place, as status numbers them now; a reload may number them anew",
      },
    },
    examples: [["gw drain 3", "returns when the process of worker 3 has left"]],
    result:
      "`worker`; the `pid` that has left (null when there was none); what was `cut`: `requests` and `tunnels`",
    exits: {
      0: "it has left",
      1: "it is the only one that serves, it has been drained already, or gw is stopping",
    },
  },
  stack: {
    summary: "Show where a worker's code stands, also when it hangs",
    details:
      "The functions that are under way in the worker's event loop, with file and line, the innermost first. A loop that waits for something to happen, an answer of a database or a timer, has none: an `await` is no place on the stack. The worker itself goes on undisturbed: a copy of it is made, tells its stack and ends; the copy takes about 1 ms for each 20 MB that the worker has. A loop that allocates nothing, and has begun while garbage was collected, cannot be shown. Only on Linux for x64. A worker that is ended for a deadlock tells this by itself, in its last line of the log.",
    arguments: {
      worker: {
        kind: "slot",
        isPositional: true,
        isRequired: true,
        meaning: "Its place, as status numbers them now; a reload may number them anew",
      },
    },
    examples: [["gw stack 2", "where the code of worker 2 stands just now"]],
    result: "`worker`, its `pid`, and the `frames`, the innermost first",
    exits: {
      0: "it has told",
      1: "it has no process, cannot tell here, or has not answered within 3 s: it is stopped, or amid an allocation or a collection of garbage",
    },
  },
  profile: {
    summary: "Measure where a worker's processor time goes, and write a file of it",
    details:
      "A profile of the functions of the worker's event loop, sampled each millisecond, as a file `.cpuprofile` in the present directory: the tools of Chrome (chrome://inspect, Performance) and editors open it. The worker goes on serving, a few per cent slower. The lines are those of the app's own files.",
    arguments: {
      worker: {
        kind: "slot",
        isPositional: true,
        isRequired: true,
        meaning: "Its place, as status numbers them now; a reload may number them anew",
      },
      for: { kind: "duration", most: LONGEST_PROFILE_MS, meaning: "How long; up to 10m [10s]" },
    },
    examples: [["gw profile 2 --for 30s", "half a minute of worker 2, under the load of that time"]],
    result: "`worker`, its `pid`, the `path` of the file in the server root, and its size in `bytes`",
    exits: {
      0: "the file is there",
      1: "the worker is not ready, is measured already, or has ended meanwhile",
    },
  },
  heap: {
    summary: "Write what is in a worker's memory to a file, and replace the worker",
    details:
      "A snapshot of the heap as a file `.heapsnapshot` in the present directory, for the Memory panel of Chrome. It stops the worker, about a second for each 30 MB of objects, and takes about six times its memory besides: so the worker gets its successor first, takes no more requests, and leaves afterwards. It is refused where so much memory is not free. The file holds whatever the app holds, passwords and tokens of its users among it: only you can read it, and you should delete it.",
    arguments: {
      worker: {
        kind: "slot",
        isPositional: true,
        isRequired: true,
        meaning: "Its place, as status numbers them now; a reload may number them anew",
      },
    },
    examples: [["gw heap 2", "what worker 2 holds, when it has no more requests"]],
    result: "`worker`, its `pid`, the `path` of the file in the server root, and its size in `bytes`",
    exits: {
      0: "the file is there",
      1: "the worker is not ready, its successor did not start, or there is not enough memory",
    },
  },
  pause: {
    summary: "Hold requests in the queue, for a migration",
    details:
      "New requests wait, and the command returns when none is on a worker any more. They go on at `gw resume`, or by themselves when the time is over; one that has waited for longer than `--queue-timeout` gets 503, and so does one for which the queue has no room. When the requests on the workers are not done in time, the command fails, and everything goes on. A second pause makes the first one longer, and never shorter; the answer says how long. A stop of gw refuses what a pause holds: it gets 503, and does not run.",
    arguments: {
      group: { kind: "group", isPositional: true, meaning: "Only this group, and not all" },
      for: { kind: "duration", most: LONGEST_PAUSE_MS, meaning: "How long at most; up to 1h [60s]" },
    },
    examples: [
      ["gw pause --for 5m && migrate; gw resume", "no request meets a database between two states"],
      ["gw pause api --for 30s", "one group, for half a minute at most"],
    ],
    result:
      "`groups`: the names of those that are paused now; `until`: for each of them the time at which that ends by itself",
    exits: { 0: "no request is on a worker", 1: "some were not done in time, and all go on" },
  },
  resume: {
    summary: "Let the requests go on that gw pause holds",
    details:
      "The oldest first. It is no error when nothing was paused. When a pause has been over by itself before, and requests have run since, the command says so, once.",
    arguments: { group: { kind: "group", isPositional: true, meaning: "Only this group, and not all" } },
    examples: [["gw resume", "all groups go on"]],
    result:
      "`groups`: the names of those that were paused; `ranOut`: for each whose pause had been over by itself, the time of that",
    exits: {
      0: "nothing of what was named is paused any more",
      1: "the same, but a pause had been over by itself before, and requests have run since",
    },
  },
  "log-level": {
    summary: "Show, or change for a while, how much gw's log tells",
    details:
      "Without a level it shows what holds now. A level holds for all sources, or for the one that is named, until the time is over, or until gw ends; `reset` goes back to `--log-level`, for all or for that source. A source's own level is stronger than that of all. `app` is what apps print: `info` on standard output, `error` on standard error, and lines of JSON as they say. As text it is shown whole until this command says otherwise of `app`, or of all.",
    arguments: {
      level: {
        kind: "word",
        words: ["error", "warn", "info", "debug", "reset"],
        isPositional: true,
        meaning: "error, warn, info or debug; or reset",
      },
      source: {
        kind: "word",
        words: SOURCES,
        isPositional: true,
        meaning: `Only this source: ${SOURCES.join(", ")}`,
      },
      for: { kind: "duration", most: LONGEST_LEVEL_MS, meaning: "How long; up to 24h" },
    },
    examples: [
      ["gw log-level debug --for 5m", "all that there is, for five minutes"],
      ["gw log-level debug front --for 1m", "of the front ends only"],
      ["gw log-level error app --for 10m", "of the app only what is on standard error"],
      ["gw log-level", "what holds now"],
    ],
    result: "`levels`: the level of each source",
    exits: { 0: "it holds" },
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
      "As SIGTERM does: nothing new is taken, what runs has `--graceful-timeout` to finish. The command returns when the last process has ended and the server root is given back, and says how many requests had to be cut.",
    arguments: { now: { kind: "switch", meaning: "At once: what runs is cut" } },
    examples: [["gw stop --port 8000", "the gw on that port"]],
    result:
      "`cut`: how many requests were ended because their time was over; the connection is closed when the process ends",
    exits: { 0: "it has stopped in order", 1: "it ended before it had finished stopping" },
  },
});

export type CommandName = keyof typeof CONTROL_COMMANDS;

type ArgumentValueOf<Row> = Row extends { kind: "switch" }
  ? boolean
  : Row extends { kind: "word"; words: readonly (infer W)[] }
    ? W
    : Row extends { kind: "group" | "subject" | "file" | "record" }
      ? string
      : number;
type Required<Rows> = { [K in keyof Rows]: Rows[K] extends { isRequired: true } ? K : never }[keyof Rows];
type ArgumentsOf<Rows> = { -readonly [K in keyof Rows]?: ArgumentValueOf<Rows[K]> } & {
  -readonly [K in Required<Rows>]: ArgumentValueOf<Rows[K]>;
};

/** One command with its arguments, as it travels. */
export type ControlRequest = {
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

/** As the configuration may call one, and the services that gw names after their own. */
const GROUP_NAME = /^(?:service:)?[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Ids of requests have letters, digits and a hyphen. */
const SUBJECT = /^[\w.:-]{1,128}$/;

/** As gw names files; who types it may copy the path from a line of the log. */
const RECORD = /^(?:[^\p{Cc}]*\/)?[A-Za-z0-9._-]{1,255}$/u;

/** Of a path that may be asked for: a request has 4 KiB. */
const LONGEST_PATH = 3_000;

/** Of a list of requests when nothing else is said. */
export const REQUESTS_SHOWN = 100;

/** The bounds of a number; places are counted from 1, and no workers are a count. */
export function rangeOf({ kind, least, most = Number.MAX_SAFE_INTEGER }: ArgumentRow): {
  min: number;
  max: number;
} {
  return { min: least ?? (kind === "count" ? 0 : 1), max: most };
}

/** Completes "… is". */
export function describeValues(row: ArgumentRow): string {
  if (row.kind === "switch") return "true or false";
  if (row.kind === "group") return "the name of a group";
  if (row.kind === "subject") return "the number of a worker, or the id of a request";
  if (row.kind === "record") return "the name of a file, its path, or last";
  if (row.kind === "file") return "the absolute path of a file";
  if (row.kind === "word") return `one of ${row.words?.join(", ")}`;
  const { min, max } = rangeOf(row);
  const unit = row.kind === "duration" ? " of milliseconds" : "";
  return `a whole number${unit} from ${min}${row.most === undefined ? "" : ` to ${max}`}`;
}

/** Whether `value` may be given for this argument. */
export function isValueFor(row: ArgumentRow, value: unknown): value is number | boolean | string {
  if (row.kind === "switch") return typeof value === "boolean";
  if (row.kind === "group") return typeof value === "string" && GROUP_NAME.test(value);
  if (row.kind === "subject") return typeof value === "string" && SUBJECT.test(value);
  if (row.kind === "record")
    return typeof value === "string" && value.length <= LONGEST_PATH && RECORD.test(value);
  if (row.kind === "file")
    return typeof value === "string" && value.startsWith("/") && value.length <= LONGEST_PATH;
  if (row.kind === "word") return typeof value === "string" && row.words?.includes(value) === true;
  const { min, max } = rangeOf(row);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
}

/** What is wrong with the arguments together, when each by itself may be given. */
export function faultOfAll(
  rows: Readonly<Record<string, ArgumentRow>>,
  given: Readonly<Record<string, unknown>>,
):
  | { missing: string }
  | { excluded: readonly [string, string] }
  | { alone: readonly [string, string] }
  | undefined {
  for (const [name, { isRequired, excludes, needs }] of Object.entries(rows)) {
    if (isRequired && given[name] === undefined) return { missing: name };
    if (needs && isSaid(given[name]) && !isSaid(given[needs])) return { alone: [name, needs] };
    if (excludes && isSaid(given[name]) && isSaid(given[excludes])) return { excluded: [name, excludes] };
  }
  return undefined;
}

/** A switch that is off is as good as not given. */
const isSaid = (value: unknown) => value !== undefined && value !== false;
