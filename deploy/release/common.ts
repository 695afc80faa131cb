// What is the same in the archives of all targets.

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { renderCompletions } from "../../src/cli/manual/completions.ts";
import { renderManPage } from "../../src/cli/manual/man-page.ts";
import { packagesIn } from "./packages.ts";
import { RUNTIME_PARTS } from "./runtime-parts.ts";
import { renderThirdParty } from "./third-party.ts";

/** Under the names by which the shells find them. */
const COMPLETIONS = [
  ["bash", "gw.bash"],
  ["zsh", "_gw"],
  ["fish", "gw.fish"],
] as const;

/** `root`: the checkout. `date`: of the commit, as in 2026-11-29. */
export type Build = { root: string; version: string; date: string };

/** Everything of an archive but the executable. */
export function writeCommon(to: string, { root, version, date }: Build): void {
  mkdirSync(join(to, "completions"), { recursive: true });
  for (const name of ["systemd", "image"])
    cpSync(join(root, "deploy", name), join(to, name), { recursive: true });
  for (const name of ["LICENSE", "README.md", "CHANGELOG.md"]) cpSync(join(root, name), join(to, name));
  writeFileSync(join(to, "gw.1"), renderManPage(COMMANDS, version, date));
  for (const [shell, name] of COMPLETIONS)
    writeFileSync(join(to, "completions", name), renderCompletions(shell, COMMANDS));
  writeFileSync(join(to, "THIRD-PARTY.md"), renderThirdParty(packagesIn(root), RUNTIME_PARTS, Bun.version));
}
