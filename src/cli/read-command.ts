// What follows the name of a command, read as its row says. Pure.

import type { Environment } from "../core/environment.ts";
import type { Problem } from "../options/declare/problems.ts";
import { optionsForm } from "../options/read/flags.ts";
import { readLine } from "../options/read/words.ts";
import type { Command } from "./commands.ts";
import { type LineValues, readWords } from "./terminal/words.ts";

/**
 * `switches`: the names of the command's own, beside the options; what is wrong with options is found with what file and
 * environment say of them.
 */
export type Read =
  | { asksForHelp: true }
  | { problems: Problem[] }
  | { values: LineValues; switches: readonly string[] };

export function readCommand(command: Command, argv: readonly string[], env: Environment): Read {
  const switches = command.words.map(({ name }) => name);
  if (command.options !== "none") {
    const { asksForHelp } = readLine(argv, optionsForm(switches));
    return asksForHelp ? { asksForHelp } : { values: new Map(), switches };
  }
  const { values, asksForHelp, problems: found } = readWords(command.name, command.words, argv);
  if (asksForHelp) return { asksForHelp };
  const problems = [...found, ...(command.judge?.(values, env) ?? [])];
  return problems.length > 0 ? { problems } : { values, switches };
}
