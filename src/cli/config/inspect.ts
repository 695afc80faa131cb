// Commands that look at the configuration and start nothing: check-config, show-config, print-schema, print-types; and
// version.

import { TARGET, VERSION } from "../../core/version.ts";
import { servesFiles } from "../../options/declare/file-places.ts";
import { exitCodeOf, type Problem } from "../../options/declare/problems.ts";
import { renderStandIn } from "../../options/render/app-module.ts";
import { listResolved, printResolved } from "../../options/render/render.ts";
import { renderSchema } from "../../options/render/render-schema.ts";
import { renderAmbientTypes } from "../../options/render/render-types.ts";
import { onlyAppOf, type Resolution } from "../../options/resolve/resolve.ts";
import { describeGroups } from "../terminal/banner.ts";
import { complain, type Hints, paintFor, print, renderProblems } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { foreseeConfinement } from "./foresee-confinement.ts";
import { loadSettings } from "./load-settings.ts";

export async function checkConfig(argv: readonly string[], switches: readonly string[]): Promise<number> {
  const resolution = await loadSettings(argv, switches);
  const foreseen = resolution.problems ? [] : foreseeConfinement(resolution.groups);
  if (resolution.switches.has("json")) return printCheck(resolution, foreseen);
  if (resolution.problems) return reportProblems(resolution.problems);
  reportWarnings({ warnings: [...resolution.warnings, ...foreseen] });
  const { app, config } = resolution.settings;
  const hasFiles = servesFiles(resolution.settings);
  const isOne = onlyAppOf(resolution) !== undefined;
  const groups = isOne ? resolution.groups.filter(({ kind }) => kind !== "app") : resolution.groups;
  print([
    "configuration is valid",
    ...(isOne ? [`app:     ${app ?? `none, ${hasFiles ? "files are" : "the welcome page is"} served`}`] : []),
    `config:  ${config ?? "no file"}`,
    ...describeGroups(groups).map(([name, text]) => `${name}:  ${text}`),
  ]);
  return 0;
}

/** Scripts find all of it on stdout, whatever is wrong. */
function printCheck(resolution: Resolution, foreseen: readonly string[]): number {
  const { problems = [] } = resolution;
  const warnings = resolution.problems ? [] : [...resolution.warnings, ...foreseen];
  print([JSON.stringify({ isValid: problems.length === 0, problems, warnings }, null, 2)]);
  return problems.length > 0 ? exitCodeOf(problems) : 0;
}

export async function showConfig(argv: readonly string[], switches: readonly string[]): Promise<number> {
  const resolution = await loadSettings(argv, switches);
  if (resolution.problems) return reportProblems(resolution.problems);
  reportWarnings(resolution);
  if (resolution.switches.has("json")) print([JSON.stringify(listResolved(resolution), null, 2)]);
  else print(printResolved(resolution));
  return 0;
}

export function printSchema(): number {
  print([JSON.stringify(renderSchema(), null, 2)]);
  return 0;
}

export function printModule(): number {
  print([renderStandIn().trimEnd()]);
  return 0;
}

export function printTypes(): number {
  print([renderAmbientTypes().trimEnd()]);
  return 0;
}

export function showVersion(values: LineValues): number {
  if (values.has("json")) print([JSON.stringify({ version: VERSION, bun: Bun.version, target: TARGET })]);
  else print([versionLine()]);
  return 0;
}

export function versionLine(): string {
  return `gw ${VERSION} (Bun ${Bun.version}, ${TARGET})`;
}

/** To stderr; answers the exit code. */
export function reportProblems(problems: readonly Problem[], hints?: Hints): number {
  complain(renderProblems(problems, paintFor(process.stderr, process.env), hints));
  return exitCodeOf(problems);
}

export function reportWarnings({ warnings }: { warnings: readonly string[] }): void {
  complain(warnings.map((warning) => `warning: ${warning}`));
}
