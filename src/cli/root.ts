// The command line as a whole: finds the command, shows help, refuses what it does not know, and turns every error
// into a text for the operator and an exit code.

import { existsSync } from "node:fs";
import { runCommand } from "citty";
import { pause, systemClock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import { text } from "../options/declare/kinds/kinds.ts";
import { flagOf, nearest, optionCalled } from "../options/declare/names.ts";
import type { Problem } from "../options/declare/problems.ts";
import { KEYS } from "../options/declare/table.ts";
import { renderOptionPage } from "../options/render/help.ts";
import { COMMANDS, type Command, toCitty, type WordsCommand } from "./commands.ts";
import { reportProblems, versionLine } from "./config/inspect.ts";
import { FOREIGN_COMMANDS } from "./foreign-words.ts";
import { readCommand } from "./read-command.ts";
import { renderCommandHelp, renderShortHelp } from "./terminal/help.ts";
import { complain, lostOutput, paintFor, print, renderError } from "./terminal/output.ts";
import type { LineValue } from "./terminal/words.ts";

/** A reader who has stopped reading does not keep a finished command alive for longer. */
const FLUSH_MS = 1_000;

/** Runs one command and ends the process with its exit code. */
export async function runCli(argv: string[]): Promise<void> {
  return finish(() => answer(argv));
}

/** The same for whatever `act` resolves to. */
export async function finish(act: () => Promise<number>): Promise<never> {
  // Who reads our output may stop early, as `head` does; that is no error of ours.
  process.stdout.on("error", () => {});
  const code = await act().catch(reportError);
  await Promise.race([flushed(process.stdout), pause(systemClock, FLUSH_MS)]);
  process.exit(code === 0 ? complainOfLoss() : code);
}

/** Whoever keeps what a command prints is not to take half of it for all. */
function complainOfLoss(): number {
  const why = lostOutput();
  if (why === undefined) return 0;
  return reportError(new GwError("output_lost", { reason: why }));
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/** What else may stand in the place of a command. */
const SPELLINGS = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-v", "version"],
]);

const HELP: WordsCommand = {
  name: "help",
  summary: "Show what gw takes, or one of its commands or options",
  examples: [["gw help memory-limit", "what it accepts, its default, what takes it up"]],
  words: [
    {
      name: "command",
      positional: "NAME",
      kind: text({
        placeholder: "NAME",
        accepts: "the name of a command or of an option",
        read: (name) => name,
      }),
      meaning: "The command or the option whose help is wanted",
    },
  ],
  options: "none",
  run: async (values) => showHelp(values.get("command")),
};

async function answer(argv: string[]): Promise<number> {
  const [first = "help", ...rest] = argv;
  const command = commandCalled(SPELLINGS.get(first) ?? first);
  // As it is typed elsewhere: `help` itself takes no option.
  const [word = "", ...others] = rest;
  if (command === HELP && word.startsWith("--") && others.length === 0 && optionCalled(word))
    return showHelp(word);
  if (!command) return reportProblems([unknownCommand(first)]);
  const { result } = await runCommand(toCitty(command, run), { rawArgs: rest });
  return typeof result === "number" ? result : 0;
}

function commandCalled(name: LineValue): Command | undefined {
  return [...COMMANDS, HELP].find((one) => one.name === name);
}

/** A command does not begin on words that it does not take. */
async function run(command: Command, argv: readonly string[]): Promise<number> {
  const read = readCommand(command, argv, process.env);
  if ("asksForHelp" in read) return showHelp(command.name);
  if ("problems" in read) return reportProblems(read.problems);
  return command.options === "none" ? command.run(read.values) : command.run(argv, read.switches);
}

function showHelp(name: LineValue | undefined): number {
  const command = name === undefined ? undefined : commandCalled(name);
  const option = name === undefined || command ? undefined : optionCalled(String(name));
  if (option) {
    print(renderOptionPage(option));
    return 0;
  }
  if (name !== undefined && !command) return reportProblems([unknownName(String(name))]);
  print(command ? renderCommandHelp(command) : renderShortHelp(versionLine(), COMMANDS));
  return 0;
}

/** Of what `gw help` was asked. */
function unknownName(word: string): Problem {
  const near = nearest(word, [...COMMANDS.map(({ name }) => name), ...KEYS.map(flagOf)]);
  const what = `There is no command and no option "${word}"`;
  const advice = near === undefined ? "gw help lists the commands" : `The nearest is gw help ${near}`;
  return { cause: "usage", what, from: "the command line", advice };
}

function unknownCommand(word: string): Problem {
  const near = nearest(
    word,
    [...COMMANDS, HELP].map(({ name }) => name),
  );
  const what = word.startsWith("-")
    ? `There is no option "${word}" before a command`
    : `There is no command "${word}"`;
  const here = FOREIGN_COMMANDS.get(word);
  const advice = existsSync(word)
    ? `To serve this file: gw start-server ${word}`
    : here !== undefined
      ? `Here it is ${here}`
      : near
        ? `The nearest is gw ${near}`
        : "gw help lists the commands";
  return { cause: "usage", what, from: "the command line", advice };
}

function reportError(thrown: unknown): number {
  const error = thrown instanceof GwError ? thrown : bug(thrown);
  complain(renderError(error, paintFor(process.stderr, process.env)));
  return error.row.exit ?? 70;
}

/** Ours, and so the one case in which a stack of ours helps. */
function bug(thrown: unknown): GwError {
  return new GwError("bug", { what: reasonOf(thrown) }, thrown instanceof Error ? thrown.stack : undefined);
}
