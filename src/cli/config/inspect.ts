// Commands that look at the configuration and start nothing: check-config, show-config, print-schema, print-types; and
// version.

import { TARGET, VERSION } from "../../core/version.ts";
import { exitCodeOf } from "../../options/declare/problems.ts";
import { readCommandLine } from "../../options/read/flags.ts";
import { listResolved, printResolved } from "../../options/render/render.ts";
import { renderSchema } from "../../options/render/render-schema.ts";
import { renderAmbientTypes } from "../../options/render/render-types.ts";
import { onlyAppOf, type Resolution } from "../../options/resolve/resolve.ts";
import { describeGroups } from "../terminal/banner.ts";
import { complain, type Hints, paintFor, print, renderProblems } from "../terminal/output.ts";
import { loadSettings } from "./load-settings.ts";

export async function checkConfig(argv: readonly string[]): Promise<number> {
  const resolution = await loadSettings(argv);
  if (resolution.problems) return reportProblems(resolution.problems);
  reportWarnings(resolution);
  const { app, config } = resolution.settings;
  const isOne = onlyAppOf(resolution) !== undefined;
  const groups = isOne ? resolution.groups.filter(({ kind }) => kind === "service") : resolution.groups;
  print([
    "configuration is valid",
    ...(isOne ? [`app:     ${app ?? "none, the welcome page is served"}`] : []),
    `config:  ${config ?? "no file"}`,
    ...describeGroups(groups).map(([name, text]) => `${name}:  ${text}`),
  ]);
  return 0;
}

export async function showConfig(argv: readonly string[]): Promise<number> {
  const resolution = await loadSettings(argv, ["json"]);
  if (resolution.problems) return reportProblems(resolution.problems);
  reportWarnings(resolution);
  if (resolution.switches.has("json")) print([JSON.stringify(listResolved(resolution), null, 2)]);
  else print(printResolved(resolution));
  return 0;
}

export function printSchema(argv: readonly string[]): number {
  const { problems } = readSwitches(argv, []);
  if (problems.length > 0) return reportProblems(problems);
  print([JSON.stringify(renderSchema(), null, 2)]);
  return 0;
}

export function printTypes(argv: readonly string[]): number {
  const { problems } = readSwitches(argv, []);
  if (problems.length > 0) return reportProblems(problems);
  print([renderAmbientTypes().trimEnd()]);
  return 0;
}

export function showVersion(argv: readonly string[]): number {
  const { problems, switches } = readSwitches(argv, ["json"]);
  if (problems.length > 0) return reportProblems(problems);
  if (switches.has("json")) print([JSON.stringify({ version: VERSION, bun: Bun.version, target: TARGET })]);
  else print([versionLine()]);
  return 0;
}

export function versionLine(): string {
  return `gw ${VERSION} (Bun ${Bun.version}, ${TARGET})`;
}

type Switches = {
  switches: ReadonlySet<string>;
  problems: Extract<Resolution, { problems: object }>["problems"];
};

/** The command line of a command that takes switches and nothing else. */
export function readSwitches(argv: readonly string[], names: readonly string[]): Switches {
  const { values, switches, problems } = readCommandLine(argv, names);
  const accepted = names.length > 0 ? names.map((name) => `--${name}`).join(", ") : "nothing";
  for (const { spelled, text } of values) {
    const word = spelled.startsWith("-") ? spelled : text;
    problems.push({
      cause: "usage",
      what: `This command does not take "${word}"`,
      from: "the command line",
      accepted,
    });
  }
  return { switches, problems };
}

/** To stderr; answers the exit code. */
export function reportProblems(problems: Switches["problems"], hints?: Hints): number {
  complain(renderProblems(problems, paintFor(process.stderr, process.env), hints));
  return exitCodeOf(problems);
}

export function reportWarnings({ warnings }: { warnings: readonly string[] }): void {
  complain(warnings.map((warning) => `warning: ${warning}`));
}
