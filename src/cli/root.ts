// The command line as a whole: finds the command, shows help, refuses what it does not know, and turns every error
// into a text for the operator and an exit code.

import { existsSync } from "node:fs";
import { runCommand } from "citty";
import { pause, systemClock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import { nearest } from "../options/declare/names.ts";
import type { Problem } from "../options/declare/problems.ts";
import { COMMANDS, commandTree } from "./commands.ts";
import { reportProblems, showVersion, versionLine } from "./config/inspect.ts";
import { renderCommandHelp, renderShortHelp } from "./terminal/help.ts";
import { complain, paintFor, print, renderError } from "./terminal/output.ts";

/** A reader who has stopped reading does not keep a finished command alive for longer. */
const FLUSH_MS = 1_000;

/** Runs one command and ends the process with its exit code. */
export async function runCli(argv: string[]): Promise<void> {
  // Who reads our output may stop early, as `head` does; that is no error of ours.
  process.stdout.on("error", () => {});
  const code = await answer(argv).catch(reportError);
  await Promise.race([flushed(process.stdout), pause(systemClock, FLUSH_MS)]);
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

async function answer(argv: string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === "--help" || first === "-h") return showShortHelp();
  if (first === "--version" || first === "-v") return showVersion(rest);
  if (first === "help") return rest[0] === undefined ? showShortHelp() : showHelp(rest[0]);
  const command = commandTree()[first];
  if (!command) return reportProblems([unknownCommand(first)]);
  if (asksForHelp(rest)) return showHelp(first);
  const { result } = await runCommand(command, { rawArgs: rest });
  return typeof result === "number" ? result : 0;
}

function asksForHelp(words: string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).some((word) => word === "--help" || word === "-h");
}

function showShortHelp(): number {
  print(renderShortHelp(versionLine(), COMMANDS));
  return 0;
}

function showHelp(name: string): number {
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) return reportProblems([unknownCommand(name)]);
  print(renderCommandHelp(command));
  return 0;
}

function unknownCommand(word: string): Problem {
  const near = nearest(word, [...COMMANDS.map(({ name }) => name), "help"]);
  const what = word.startsWith("-")
    ? `There is no option "${word}" before a command`
    : `There is no command "${word}"`;
  const advice = existsSync(word)
    ? `To serve this file: gw start-server ${word}`
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
