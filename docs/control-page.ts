// The text of docs/control.md, most of it from the table of control commands and the tables of state words.
import { CONTROL_COMMANDS, type CommandRow } from "../src/control/commands.ts";
import { PROCESS_STATES, SERVER_STATES } from "../src/control/status.ts";

export function renderControlPage(): string {
  const commands = Object.entries<CommandRow>(CONTROL_COMMANDS);
  return `${[...INTRO, ...commands.flatMap(renderCommand), ...EXITS, ...renderStates(), ...PROTOCOL].join("\n")}\n`;
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
  "that. When several run, the command lists them and asks for a name.",
];

function renderCommand([name, row]: [string, CommandRow]): string[] {
  const lines = ["", `## gw ${name}`, "", `${row.summary}.`, "", row.details, ""];
  for (const [line, effect] of row.examples) lines.push(`    ${line.padEnd(32)} ${effect}`);
  const own = Object.entries(row.arguments).map(([word, { kind, short, meaning }]) => {
    const spelled = `--${word}${short ? `, -${short}` : ""}${kind === "slot" ? " SLOT" : ""}`;
    return `- \`${spelled}\`: ${meaning}`;
  });
  const switches = Object.entries(row.switches ?? {}).map(([word, meaning]) => `- \`--${word}\`: ${meaning}`);
  if (own.length + switches.length > 0) lines.push("", ...own, ...switches);
  const exits = Object.entries(row.exits).map(([code, meaning]) => `${code}: ${meaning}`);
  return [...lines, "", `*Exit code* ${exits.join("; ")}.`];
}

const EXITS = [
  "",
  "Common to all commands: 64, the command line is wrong or several gw could be meant; 69, no gw answers. The reason and",
  "what to do stand on stderr.",
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
    "| a process is | which means |",
    "| --- | --- |",
    ...rows(PROCESS_STATES),
    "",
    "`gw status --json` has the keys `version`, `pid`, `uptimeSeconds`, `state`, `port`, `urls`, `serverRoot`, `fronts`,",
    "`groups` (each with `queueLength` and its `workers`), `restarts` (how often each reason has ended a process),",
    "`lastRestart` and `troubles`. Two processes share one `slot` while one replaces the other.",
  ];
}

const PROTOCOL = [
  "",
  "## The socket",
  "",
  "`control.sock` in the server root is a UNIX socket of mode 0600, there from before the first process starts until the",
  "last one has ended. A connection is for one command: one line of JSON asks, one or many lines answer.",
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
      ([word, { kind }]) => `\`${word}\`: ${kind === "switch" ? "true or false" : "a number from 1"}`,
    );
    return `| \`${name}\` | ${accepted.join(", ") || "none"} | ${row.items ?? "none"} | ${row.result} |`;
  }),
];
