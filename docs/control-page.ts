// The text of docs/control.md, most of it from the table of control commands and the tables of state words.
import { CHECK_WORDS } from "../src/cli/check-reload/check-reload-words.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { wordsOf } from "../src/cli/control/control-words.ts";
import { termOf, usageOf, type WordRow } from "../src/cli/terminal/words.ts";
import {
  COMMAND_NAMES,
  CONTROL_COMMANDS,
  type CommandName,
  type CommandRow,
  commandRow,
  describeValues,
} from "../src/control/commands.ts";
import { GENERATION_STATES, GROUP_STATES, PROCESS_STATES, SERVER_STATES } from "../src/control/status.ts";

export function renderControlPage(): string {
  const commands = COMMAND_NAMES.flatMap(renderCommand);
  return `${[...INTRO, ...commands, ...EXITS, ...renderCheck(), ...renderStates(), ...PROTOCOL].join("\n")}\n`;
}

const INTRO = [
  "# Controlling a running gw",
  "",
  "<!-- Written by docs/render.ts from src/control/commands.ts and docs/control-page.ts; change those. -->",
  "",
  "Each command finds the gw that is meant, asks it, waits until the work is done, and says in its exit code how it went.",
  "",
  "**Which gw?** The one with the server root that `--server-root DIR` or `GW_SERVER_ROOT` names; else the one that serves",
  "the port of `--port` or `GW_PORT`; else the only one that this user runs. The last two look through the default server",
  "roots (`gw-HOST:PORT:UID` in `TMPDIR`, or in `/tmp`); a gw with a server root of its own, or in a `--chroot`, has to be named by",
  "that. When several run, the command lists them and asks for a name. A gw that runs and does not answer is named with its pid.",
  "",
  "Root is shown another user's gw, too, when it asks for its port and runs none on that port itself: of those, only a server",
  "root that belongs to the user in its name, or to root, is trusted. Without a port, root's commands go to root's own gw,",
  "and where there is none, the others are listed.",
  "",
  "**For scripts** each takes `--json`: one object on standard output, what the last line of the socket's answer holds, with what was",
  "told on the way as `items`; of `gw logs` an object for each line. A command that fails prints `error` there (with `cause`,",
  "`message`, `hint`, and the app's own text as `detail`), and the same in words on standard error.",
];

function renderCommand(name: CommandName): string[] {
  const row = commandRow(name);
  const words = wordsOf(name);
  const terms = words.map(listTerm);
  const exits = Object.entries(row.exits).map(([code, meaning]) => `${code}: ${meaning}`);
  return [
    "",
    `## gw ${name}`,
    "",
    `${row.summary}.`,
    "",
    ...(terms.length > 0 ? [`    ${usageOf(name, words)}`, ""] : []),
    row.details,
    "",
    ...row.examples.map(([line, effect]) => `    ${line.padEnd(40)} ${effect}`),
    ...(terms.length > 0 ? ["", ...terms] : []),
    "",
    `*Exit code* ${exits.join("; ")}.`,
  ];
}

const listTerm = (row: WordRow) => `- \`${termOf(row)}\`: ${row.meaning}`;

/** Not of the socket: it asks over HTTP, as clients do, and has gw reload meanwhile. */
function renderCheck(): string[] {
  const command = COMMANDS.find(({ name }) => name === "check-reload");
  if (!command) throw new Error("there is no gw check-reload");
  return [
    "",
    `## gw ${command.name}`,
    "",
    `${command.summary}.`,
    "",
    command.details ?? "",
    "",
    ...command.examples.map(([line, effect]) => `    ${line.padEnd(48)} ${effect}`),
    "",
    ...CHECK_WORDS.map(listTerm),
    "",
    ...CHECK_READING,
    "",
    "*Exit code* 0: no request failed, every reload succeeded, and requests reached the app; 1: not so, or it was ended before its time. How long answers took counts only with `--most-p99-ratio`.",
  ];
}

const CHECK_READING = [
  "It measures one second of warm-up, at least three seconds without a reload (*steady*), and then the reloads, spread over",
  "all requests. A request is *during* a reload when it overlaps the time from the moment at which the reload is asked for",
  "until a quarter of a second after its return. All clients ask as fast as they are answered, so that the machine is busy",
  "all the time; the figures are of a gw at its limit, with the load generator beside it. Times are right within 2 percent.",
];

const EXITS = [
  "",
  "Common to all commands: 64, the command line is wrong, it names a worker or group that does not exist, or several gw could",
  "be meant; 69, no gw answers. The reason and what to do stand on stderr, below the app's own text where there is one.",
];

function renderStates(): string[] {
  const rows = (table: Readonly<Record<string, string>>) =>
    Object.entries(table).map(([word, meaning]) => `| ${word} | ${meaning} |`);
  return [
    "",
    "## The words of status",
    "",
    "| gw is | which means |",
    "| --- | --- |",
    ...rows(SERVER_STATES),
    "",
    "| a group is | which means |",
    "| --- | --- |",
    ...rows(GROUP_STATES),
    "",
    "| a generation is | which means |",
    "| --- | --- |",
    ...rows(GENERATION_STATES),
    "",
    "| a process is | which means |",
    "| --- | --- |",
    ...rows(PROCESS_STATES),
    "",
    "`gw status --json` has the keys `version`, `pid`, `uptimeSeconds`, `state`, `port`, `urls`, `serverRoot`, `generation`",
    "(the number of the serving one), `generations` (each with its `apps`, and what it has under way: `activeRequests`,",
    "`streams`, `tunnels`), `refused` (the reload that failed last, with its `reason` and `detail`, until the next try),",
    "`previous` (where `gw rollback` goes), `fronts` (each with its `clients`, `maxClients` and `limits`), `groups` (each with `state`, `mount`, `hosts`, `processes`,",
    "`pausedUntil`, `queueLength`, the places that are `drained`, its `poisons` and its `workers`), `restarts` (how often each reason has",
    "ended a process), `lastRestart` and `troubles`. Two processes share one `slot` while one replaces the other; the `app`",
    "of a worker is the file that it has loaded, with every symbolic link resolved.",
  ];
}

const PROTOCOL = [
  "",
  "## The socket",
  "",
  "`control.sock` in the server root is a UNIX socket of mode 0600, there from before the first process starts until the",
  "last one has ended; when somebody removes it, gw makes it again within a second or two. A connection is for one command: one line of JSON asks, one or many lines answer.",
  "",
  '    → {"command":"restart","arguments":{"worker":2}}',
  '    ← {"type":"accepted","version":"…","pid":4711}',
  '    ← {"type":"item","item":{"worker":2,"oldPid":4713,"pid":4790}}',
  '    ← {"type":"done","result":{"restarted":1}}',
  "",
  "The last line is `done` or `error` (with `cause`, a word of [errors.md](errors.md), `message`, and the app's own text as",
  "`detail`). A question may have 4096 characters; a client that asks nothing for ten seconds is cut. A client that leaves",
  "does not stop the command that it began.",
  "",
  "| command | arguments | items | done |",
  "| --- | --- | --- | --- |",
  ...Object.entries<CommandRow>(CONTROL_COMMANDS).map(([name, row]) => {
    const accepted = Object.entries(row.arguments).map(
      ([word, argument]) =>
        `\`${word}\`: ${describeValues(argument)}${argument.isRequired ? ", required" : ""}`,
    );
    return `| \`${name}\` | ${accepted.join("; ") || "none"} | ${row.items ?? "none"} | ${row.result} |`;
  }),
];
