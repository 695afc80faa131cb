// The table of commands: what each is called, says about itself, and runs. Code of a command is loaded when it runs.

import { type CommandDef, defineCommand } from "citty";
import { COMMAND_NAMES, type CommandName, commandRow } from "../control/commands.ts";
import { CHECK_SWITCHES } from "./check-reload/check-reload-words.ts";
import { argumentTerms, PLACE_SWITCHES, usageOf } from "./control/control-words.ts";
import type { CommandHelp } from "./terminal/help.ts";

/** Runs with the words after the command's name; resolves to the exit code. */
type Run = (argv: string[]) => Promise<number>;

export type Command = CommandHelp & { run: Run };

/** How a control command is called, and what it takes: all of it from its row. */
function controlCommand(name: CommandName): Command {
  const { summary, details, examples, switches = {} } = commandRow(name);
  const { places, flags } = argumentTerms(name);
  return {
    name,
    summary,
    details,
    usage: `${usageOf(name)} [--port N | --server-root DIR]`,
    examples,
    words: places,
    switches: { ...switches, ...flags, ...PLACE_SWITCHES },
    options: "none",
    run: async (argv) => (await import("./control/control.ts")).runControl(name, argv),
  };
}

export const COMMANDS: readonly Command[] = [
  {
    name: "start-server",
    summary: "Serve an app, in the foreground, until Ctrl-C",
    usage: "gw start-server [APP] [options] [-- WORDS OF THE APP]",
    examples: [
      ["gw start-server app.ts", "one worker, all interfaces, port 8000"],
      ["gw start-server node_modules/.bin/json-server -- db.json", "a program from npm, with its own words"],
      ["gw start-server app.ts --port 3000 --processes 4", "four workers behind one port and one queue"],
      [
        "GW_QUEUE_TIMEOUT=10s gw start-server --config live.json",
        "settings from a file, one of them from the environment",
      ],
    ],
    switches: { "setup-only": "Write the server root as gw setup-server does, and start nothing" },
    options: "all",
    async run(argv) {
      const { startServer } = await import("./start/start.ts");
      return startServer(argv);
    },
  },
  {
    name: "setup-server",
    summary: "Write a server root with configuration and gwctl",
    usage: "gw setup-server [APP] --server-root DIR [options]",
    examples: [
      [
        "gw setup-server app.ts --server-root /srv/shop --processes 4",
        "then /srv/shop/gwctl start; the options given here stand in gw.config.json",
      ],
    ],
    options: "same",
    run: async (argv) => (await import("./setup/setup-server.ts")).runSetupServer(argv),
  },
  ...COMMAND_NAMES.map(controlCommand),
  {
    name: "check-reload",
    summary: "Prove that reloads of the running gw lose no request",
    usage: "gw check-reload [options] [--port N | --server-root DIR]",
    details:
      "This is no dry run: it sends the running gw as much as it takes, and really reloads it, time after time. A quarter of the clients open a connection for each request. A connection that is refused, reset or cut, an answer that is not valid or has a status of 500 or more, and none within 30 s are failures. Where gw itself refuses all requests, for example because no group has the host or the path, nothing is proved, and the run ends. Exit code 0: nothing failed, and every reload succeeded.",
    examples: [
      ["gw check-reload --times 20 --concurrency 64", "200000 requests through 20 reloads"],
      ["gw check-reload --front", "the same, with new front ends each time"],
    ],
    switches: { ...CHECK_SWITCHES, ...PLACE_SWITCHES },
    options: "none",
    run: async (argv) => (await import("./check-reload/check-reload.ts")).checkReload(argv),
  },
  {
    name: "check-config",
    summary: "Check all options and start nothing",
    usage: "gw check-config [APP] [options]",
    examples: [["gw check-config app.ts --config live.json", "exit code 0 when nothing is wrong in them"]],
    options: "same",
    run: async (argv) => (await import("./config/inspect.ts")).checkConfig(argv),
  },
  {
    name: "show-config",
    summary: "Show every option's value and who set it",
    usage: "gw show-config [APP] [options] [--json]",
    examples: [["gw show-config app.ts --processes 4", "value, and default, file:line, variable or flag"]],
    switches: { json: "As JSON, with times in milliseconds and sizes in bytes" },
    options: "same",
    run: async (argv) => (await import("./config/inspect.ts")).showConfig(argv),
  },
  {
    name: "doctor",
    summary: "Tell what this machine allows, and how to get more",
    usage: "gw doctor [--json]",
    examples: [],
    switches: { json: "As JSON" },
    options: "none",
    run: async (argv) => (await import("./doctor/doctor.ts")).runDoctor(argv),
  },
  {
    name: "version",
    summary: "Show the version of gw and of the runtime inside",
    usage: "gw version [--json]",
    examples: [],
    switches: { json: "As JSON" },
    options: "none",
    run: async (argv) => (await import("./config/inspect.ts")).showVersion(argv),
  },
  {
    name: "print-schema",
    summary: "Print the JSON Schema of configuration files",
    usage: "gw print-schema",
    examples: [],
    options: "none",
    isHidden: true,
    run: async (argv) => (await import("./config/inspect.ts")).printSchema(argv),
  },
  {
    name: "print-types",
    summary: "Print the types of gw.config.ts",
    usage: "gw print-types > gw-config.d.ts",
    examples: [
      [
        "gw print-types > gw-config.d.ts",
        "the types of gw/config, for a project that has gw as a binary only",
      ],
    ],
    options: "none",
    run: async (argv) => (await import("./config/inspect.ts")).printTypes(argv),
  },
];

/** The tree in the form of citty, which runs it. Words are read by options/read/flags: citty's own reading lets anything pass. */
export function commandTree(): Record<string, CommandDef> {
  return Object.fromEntries(
    COMMANDS.map((command) => [
      command.name,
      defineCommand({
        meta: { name: command.name, description: command.summary, hidden: command.isHidden ?? false },
        run: ({ rawArgs }) => command.run(rawArgs),
      }),
    ]),
  );
}
