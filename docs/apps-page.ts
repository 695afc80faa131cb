// The text of docs/apps.md, from what the last runs of `npm run test:apps` have shown. Pure.
import type { Result } from "../test/published/results.ts";

export function renderAppsPage(results: readonly Result[]): string {
  const passed = results.filter(({ failures }) => failures.length === 0);
  const lines = [
    "# Which published applications run under gw?",
    "",
    "<!-- Written by docs/render.ts from docs/apps.json, which npm run test:apps writes; change the catalogue there. -->",
    "",
    `${passed.length} of ${results.length} applications and frameworks from npm ran as they are: created, built and started as`,
    "their own documentation says, without a line for gw. Each was first started alone, with Bun where Bun runs it, and",
    "asked for pages, assets, forms, errors and streams, over WebSockets too. Then gw started it with two workers, and it",
    "passed when",
    "",
    "- every answer was the same: status, fields and body, before and after a reload;",
    "- both workers had answered;",
    "- no request failed during the reload, with clients that asked without a pause;",
    "- its own shutdown code ran to its end in each of the four processes, at the reload and at the stop;",
    "- `gw stop` and gw itself ended with 0, and gw had logged no error and no warning.",
    "",
    "Left out of the comparison is what belongs to one hop or to one moment: framing, `Connection`, `Date`, addresses,",
    "nonces, durations.",
    "",
    "| Application | Version | Alone | Under gw | Answers | Shutdown code |",
    "| --- | --- | --- | --- | --- | --- |",
    ...results.map(renderRow),
    ...renderNotes(results),
    "",
    "## How do I repeat it?",
    "",
    "    npm run test:apps                     # all of them; installs each with npm the first time",
    "    npm run test:apps -- next nitro       # those whose names begin so",
    "",
    "The sources stand in `test/published/apps/`, what is asked in `test/published/catalogue.ts`. Nothing there is told to",
    "anybody: telemetry is off, and every request goes to this machine.",
  ];
  return `${lines.join("\n")}\n`;
}

function renderRow(result: Result): string {
  const cells = [
    `${result.title}`,
    `${result.package} ${result.version}`,
    `\`${result.plain}\``,
    `\`${result.gw}\``,
    result.failures.length === 0 ? String(result.compared) : "does not pass, see below",
    result.hook === null ? "none" : result.hook ? "ran" : "did not run",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function renderNotes(results: readonly Result[]): string[] {
  const notes = results.flatMap(({ title, note, failures }) => [
    ...(note === null ? [] : [`- **${title}**: ${note}.`]),
    ...failures.map((failure) => `- **${title}** does not pass: ${failure}`),
  ]);
  return notes.length === 0 ? [] : ["", "## What should I know about one of them?", "", ...notes];
}
