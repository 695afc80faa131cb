// What makes a shell complete gw's words, for each shell that is known. Pure text.

import type { CommandHelp } from "../terminal/help.ts";
import { type CommandWords, commandWords } from "./command-words.ts";
import { renderBash } from "./complete-bash.ts";
import { renderFish } from "./complete-fish.ts";
import { renderZsh } from "./complete-zsh.ts";
import type { Shell } from "./manual-words.ts";

const RENDERERS: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

/** The script, as it is installed for that shell. */
export function renderCompletions(shell: Shell, commands: readonly CommandHelp[]): string {
  return RENDERERS[shell](commandWords(commands));
}
