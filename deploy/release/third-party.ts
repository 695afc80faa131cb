// THIRD-PARTY.md of an archive: whose work is inside, and under which licences. Pure text.

import type { Package } from "./packages.ts";
import type { RuntimePart } from "./runtime-parts.ts";

export function renderThirdParty(
  packages: readonly Package[],
  parts: readonly RuntimePart[],
  runtime: string,
): string {
  return [
    "# What others have made that is inside gw",
    "",
    `gw contains the runtime Bun ${runtime}, unchanged, and with it:`,
    "",
    "| Part | Licence | Source |",
    "|---|---|---|",
    ...parts.map(({ name, licence, source }) => `| ${name} | ${licence} | ${source} |`),
    "",
    "JavaScriptCore and TinyCC may be exchanged for changed ones, as their licence wants: gw's sources and its build",
    "(`npm run build`) make the same program with any build of the runtime.",
    "",
    ...packages.flatMap(({ name, version, licence, texts }) => [
      `## ${name} ${version} (${licence})`,
      "",
      ...texts.flatMap((text) => ["```", text, "```", ""]),
    ]),
  ].join("\n");
}
