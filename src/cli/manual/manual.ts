// `gw completions` and `gw man`: what gw knows of itself, in the forms of shells and of man(1).

import { BUILD_DATE, VERSION } from "../../core/version.ts";
import type { CommandHelp } from "../terminal/help.ts";
import { print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { renderCompletions } from "./completions.ts";
import { renderManPage } from "./man-page.ts";
import type { Shell } from "./manual-words.ts";

/** For `SHELL`, on standard output. */
export function printCompletions(values: LineValues, commands: readonly CommandHelp[]): number {
  const shell = values.get("shell") as Shell;
  print(renderCompletions(shell, commands).trimEnd().split("\n"));
  return 0;
}

export function printManPage(commands: readonly CommandHelp[]): number {
  print(renderManPage(commands, VERSION, BUILD_DATE).trimEnd().split("\n"));
  return 0;
}
