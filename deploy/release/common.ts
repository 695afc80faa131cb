// What is the same in the archives of all targets.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

/** At the places that they have in the checkout, so that what the guide says of them holds in both. */
const AS_IN_THE_CHECKOUT = [
  ...["LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "examples"],
  ...["systemd", "image", "kubernetes", "helm", "grafana"].map((name) => `deploy/${name}`),
  ...["docs/*.md", "docs/*.d.ts", "docs/gw.schema.json", "docs/llms.txt", "docs/pictures"],
  ":(exclude)**/.gitignore",
];

/** `root`: the checkout. `date`: of the commit, as in 2026-11-29. */
export type Build = { root: string; version: string; date: string };

/** Everything of an archive but the executable. */
export function writeCommon(to: string, { root, version, date }: Build): void {
  mkdirSync(join(to, "completions"), { recursive: true });
  for (const name of tracked(root)) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(join(root, name), join(to, name));
  }
  writeFileSync(join(to, "gw.1"), renderManPage(COMMANDS, version, date));
  for (const [shell, name] of COMPLETIONS)
    writeFileSync(join(to, "completions", name), renderCompletions(shell, COMMANDS));
  writeFileSync(join(to, "THIRD-PARTY.md"), renderThirdParty(packagesIn(root), RUNTIME_PARTS, Bun.version));
}

/** Those that git knows: what lies about in a checkout besides belongs to nobody's archive. */
function tracked(root: string): string[] {
  const { status, stdout, stderr } = spawnSync("git", ["ls-files", "-z", "--", ...AS_IN_THE_CHECKOUT], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  return stdout.split("\0").filter((name) => name !== "");
}
