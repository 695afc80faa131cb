// The table of commands: what each is called, says about itself, takes and runs. All that is told of a command, and the
// reading of its words, is made of its row, and no row is without its implementation. Code of a command is loaded when it runs.

import { type CommandDef, defineCommand } from "citty";
import { COMMAND_NAMES, type CommandName, commandRow } from "../control/commands.ts";
import type { Environment } from "../core/environment.ts";
import { count, path } from "../options/declare/kinds/kinds.ts";
import type { Problem } from "../options/declare/problems.ts";
import { CERTIFICATE_WORDS } from "./certificate/certificate-words.ts";
import { CHECK_WORDS } from "./check-reload/check-reload-words.ts";
import { judgeRequest, judgeWanted, PLACE_WORDS, wordsOf } from "./control/control-words.ts";
import { INIT_WORDS } from "./init/init-words.ts";
import { COMPLETIONS_WORDS } from "./manual/manual-words.ts";
import { judgePasswordWords, PASSWORD_WORDS } from "./password/password-words.ts";
import { PM2_WORDS } from "./pm2/pm2-words.ts";
import type { CommandHelp } from "./terminal/help.ts";
import { type LineValues, usageOf, type WordRow } from "./terminal/words.ts";

/** Takes its own words and nothing else. */
export type WordsCommand = CommandHelp & {
  options: "none";
  /** What is wrong with words that are right each by itself. */
  judge?(values: LineValues, env: Environment): Problem[];
  /** Resolves to the exit code. Called when nothing is wrong. */
  run(values: LineValues): Promise<number>;
};

/** Takes all options of gw, and switches of its own. */
export type OptionsCommand = CommandHelp & {
  options: "all" | "same";
  /** `argv`: the words after the command's name; `switches`: the names of its own. Resolves to the exit code. */
  run(argv: readonly string[], switches: readonly string[]): Promise<number>;
};

export type Command = WordsCommand | OptionsCommand;

const AS_JSON: WordRow = { name: "json", meaning: "Tell it as JSON, for scripts" };

/** How a control command is called, and what it takes: all of it from its row. */
function controlCommand(name: CommandName): WordsCommand {
  const { summary, details, examples } = commandRow(name);
  const words = wordsOf(name);
  return {
    name,
    summary,
    details,
    usage: `${usageOf(name, words)} [--port N | --server-root DIR]`,
    examples,
    words: [...words, ...PLACE_WORDS],
    options: "none",
    judge: (values, env) => judgeRequest(name, values, env),
    run: async (values) => (await import("./control/control.ts")).runControl(name, values),
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
    words: [
      { name: "setup-only", meaning: "Write the server root as gw setup-server does, and start nothing" },
    ],
    options: "all",
    run: async (...given) => (await import("./start/start.ts")).startServer(...given),
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
    words: [],
    options: "same",
    run: async (argv) => (await import("./setup/setup-server.ts")).runSetupServer(argv),
  },
  {
    name: "init",
    summary: "Add scripts for gw to package.json",
    usage: "gw init [APP] [--dry-run] [--json]",
    details:
      "In the directory of the app: start, dev and reload, for the framework that its package.json names, or for the file that it starts. Scripts that are there stay as they are; then the new ones are called gw:start and so on.",
    examples: [
      ["gw init", "then npm start, npm run dev and npm run reload"],
      ["gw init src/server.ts --dry-run", "for that file; only tells what it would write"],
    ],
    words: [...INIT_WORDS, AS_JSON],
    options: "none",
    run: async (values) => (await import("./init/init.ts")).initProject(values),
  },
  {
    name: "import-pm2",
    summary: "Write gw.config.ts from a file of PM2",
    usage: "gw import-pm2 FILE [--only NAME] [--env NAME] [--dry-run]",
    details:
      "The file is run, as PM2 runs it, with the rights of whoever types this. gw.config.ts is written beside it, unless there is one; each key becomes an option, or a comment that says why not.",
    examples: [
      ["gw import-pm2 ecosystem.config.js --env production", "then gw check-config"],
      ["gw import-pm2 ecosystem.config.js --only api --dry-run", "one of its apps, to look at"],
    ],
    words: PM2_WORDS,
    options: "none",
    run: async (values) => (await import("./pm2/import-pm2.ts")).importPm2(values),
  },
  ...COMMAND_NAMES.map(controlCommand),
  {
    name: "top",
    summary: "Watch a running gw in the terminal: workers and requests",
    usage: "gw top [--once] [--every SECONDS] [--json] [--port N | --server-root DIR]",
    details:
      "Requests a second, percentiles, capacity and queue, each worker and each request under way, new every second. Tab and the arrows choose a row, Enter shows all that is known of it, s sorts, / filters, r restarts and d drains the worker after a question, h shows all keys, q leaves. Where standard input or output is no terminal it prints one picture, as with --once.",
    examples: [
      ["gw top", "until q"],
      ["gw top --once", "one picture, after a second, as text"],
    ],
    words: [
      { name: "once", meaning: "Print one picture and leave" },
      {
        name: "every",
        kind: { ...count({ min: 1, max: 60 }), placeholder: "SECONDS", accepts: "seconds, from 1 to 60" },
        meaning: "How often it looks [1]",
      },
      AS_JSON,
      ...PLACE_WORDS,
    ],
    options: "none",
    judge: judgeWanted,
    run: async (values) => (await import("./top/top.ts")).runTop(values),
  },
  {
    name: "check-reload",
    summary: "Prove that reloads of the running gw lose no request",
    usage: "gw check-reload [options] [--port N | --server-root DIR]",
    details:
      "This is no dry run: it sends the running gw as much as it takes, and really reloads it, time after time. It asks over TLS where there is a port for it. A quarter of the clients open a connection for each request. A connection that is refused, reset or cut, an answer that is not valid or has a status of 500 or more, and none within 30 s are failures. Where gw itself refuses all requests, for example because no group has the host or the path, nothing is proved, and the run ends. Exit code 0: nothing failed, and every reload succeeded.",
    examples: [
      ["gw check-reload --times 20 --concurrency 64", "200000 requests through 20 reloads"],
      ["gw check-reload --front", "the same, with new front ends each time"],
    ],
    words: [...CHECK_WORDS, ...PLACE_WORDS],
    options: "none",
    judge: judgeWanted,
    run: async (values) => (await import("./check-reload/check-reload.ts")).checkReload(values),
  },
  {
    name: "check-config",
    summary: "Check all options and start nothing",
    usage: "gw check-config [APP] [options] [--json]",
    examples: [["gw check-config app.ts --config live.json", "exit code 0 when nothing is wrong in them"]],
    words: [AS_JSON],
    options: "same",
    run: async (...given) => (await import("./config/inspect.ts")).checkConfig(...given),
  },
  {
    name: "show-config",
    summary: "Show every option's value and who set it",
    usage: "gw show-config [APP] [options] [--json]",
    examples: [["gw show-config app.ts --processes 4", "value, and default, file:line, variable or flag"]],
    words: [{ name: "json", meaning: "As JSON, with times in milliseconds and sizes in bytes" }],
    options: "same",
    run: async (...given) => (await import("./config/inspect.ts")).showConfig(...given),
  },
  {
    name: "certificate",
    summary: "Make a certificate for development",
    usage: "gw certificate --self-signed DIR [--name NAMES] [--days N] [--force] [--json]",
    details:
      "The key is one of the kind EC on the curve P-256. Both files can be read by their owner alone. What is there already is kept, unless --force is given.",
    examples: [
      [
        "gw certificate --self-signed tls",
        "for localhost; then --https-port 8443 with the two files, as it prints",
      ],
      ["gw certificate --self-signed tls --name shop.test,*.shop.test", "for other names"],
    ],
    words: [...CERTIFICATE_WORDS, AS_JSON],
    options: "none",
    run: async (values) => (await import("./certificate/certificate.ts")).runCertificate(values),
  },
  {
    name: "password",
    summary: "Set, delete or verify a password in a file of passwords",
    usage: "gw password FILE USER [--delete | --verify | --algorithm NAME] [--json]",
    details:
      "The password is asked for on the terminal, which does not show it, or is the one line of standard input. A new file can be read by its owner alone; one that is there keeps owner and mode, and is replaced at once as a whole.",
    examples: [
      ["gw password users alice", "asks twice, and makes the file where there is none"],
      ["gw password users alice --verify < secret", "exit code 0 when it is right, and 1 when it is wrong"],
    ],
    words: [...PASSWORD_WORDS, AS_JSON],
    options: "none",
    judge: judgePasswordWords,
    run: async (values) => (await import("./password/password.ts")).runPassword(values),
  },
  {
    name: "doctor",
    summary: "Tell what this machine allows, and how to get more",
    examples: [],
    words: [AS_JSON],
    options: "none",
    run: async (values) => (await import("./doctor/doctor.ts")).runDoctor(values),
  },
  {
    name: "version",
    summary: "Show the version of gw and of the runtime inside",
    examples: [],
    words: [AS_JSON],
    options: "none",
    run: async (values) => (await import("./config/inspect.ts")).showVersion(values),
  },
  {
    name: "check-binary",
    summary: "Tell whether this file is the gw that was published",
    examples: [["gw check-binary SHA256SUMS", "exit code 0 when its SHA-256 is the one in the file"]],
    words: [
      {
        name: "sums",
        positional: "FILE",
        kind: path("FILE"),
        isRequired: true,
        meaning: "The SHA256SUMS of this version",
      },
      AS_JSON,
    ],
    options: "none",
    run: async (values) => (await import("./check-binary/check-binary.ts")).checkBinary(values),
  },
  {
    name: "completions",
    summary: "Print what makes a shell complete gw's words",
    examples: [
      ["gw completions bash > /etc/bash_completion.d/gw", "for all users of bash"],
      ["gw completions zsh > ~/.zfunc/_gw", "with ~/.zfunc in fpath, before compinit"],
      ["gw completions fish > ~/.config/fish/completions/gw.fish", "for the next fish"],
    ],
    words: COMPLETIONS_WORDS,
    options: "none",
    run: async (values) => (await import("./manual/manual.ts")).printCompletions(values, COMMANDS),
  },
  {
    name: "man",
    summary: "Print the manual page",
    usage: "gw man > gw.1",
    examples: [["gw man | man -l -", "to read it"]],
    words: [],
    options: "none",
    run: async () => (await import("./manual/manual.ts")).printManPage(COMMANDS),
  },
  {
    name: "print-schema",
    summary: "Print the JSON Schema of configuration files",
    examples: [],
    words: [],
    options: "none",
    isHidden: true,
    run: async () => (await import("./config/inspect.ts")).printSchema(),
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
    words: [],
    options: "none",
    run: async () => (await import("./config/inspect.ts")).printTypes(),
  },
  {
    name: "print-module",
    summary: "Print a module for apps that run without gw",
    usage: "gw print-module > node_modules/gw/index.js",
    examples: [
      ["gw print-module > node_modules/gw/index.js", 'import "gw" does no harm under plain Bun and Node'],
    ],
    words: [],
    options: "none",
    run: async () => (await import("./config/inspect.ts")).printModule(),
  },
];

/** In the form of citty, which runs it. Words are read by options/read/words: citty's own reading lets anything pass. */
export function toCitty(
  command: Command,
  run: (command: Command, argv: readonly string[]) => Promise<number>,
): CommandDef {
  const { name, summary, isHidden = false } = command;
  return defineCommand({
    meta: { name, description: summary, hidden: isHidden },
    run: ({ rawArgs }) => run(command, rawArgs),
  });
}
