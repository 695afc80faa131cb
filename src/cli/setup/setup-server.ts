// `gw setup-server`: writes what a gw needs to run for long into its server root, and starts nothing. What a person has
// edited there stays as it is; a gw that runs there meanwhile is not touched.

import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makePrivate, orUnusable } from "../../control/server-root.ts";
import { readConfigJson } from "../../options/read/config-json.ts";
import { renderSchema } from "../../options/render/render-schema.ts";
import type { Resolution, Resolved } from "../../options/resolve/resolve.ts";
import { shellWord } from "../../os/shell-words.ts";
import { reportProblems, reportWarnings } from "../config/inspect.ts";
import { loadSettings, nameOfUser, selfCommand } from "../config/load-settings.ts";
import { renderScript } from "../terminal/gwctl.ts";
import { complain, print } from "../terminal/output.ts";
import {
  compareConfig,
  type Difference,
  describeConfig,
  renderConfig,
  SCHEMA_FILE,
  type WrittenConfig,
} from "./setup-config.ts";
import { isUnedited, renderReadme, SEAL_WORDS, seal } from "./setup-texts.ts";

const CONFIG_FILE = "gw.config.json";

/** What the machine says of whoever runs this. */
export type SetupFacts = {
  cwd: string;
  uid: number;
  user: string;
  /** Program and first arguments that run gw. */
  command: readonly string[];
};

type WrittenFile = { file: string; what: string };

export async function runSetupServer(argv: readonly string[]): Promise<number> {
  return setupFrom(await loadSettings(argv));
}

/** Nothing is written on a bad configuration. */
export async function setupFrom(resolution: Resolution): Promise<number> {
  if (resolution.problems) return reportProblems(resolution.problems, HINTS);
  reportWarnings(resolution);
  const uid = process.getuid?.() ?? 0;
  return setupServer(resolution, { cwd: process.cwd(), uid, user: nameOfUser(uid), command: selfCommand() });
}

export async function setupServer(resolved: Resolved, given: SetupFacts): Promise<number> {
  const { settings, origins } = resolved;
  if (origins.serverRoot.layer === "default") return reportProblems([NO_ROOT]);
  const root = settings.serverRoot;
  const wanted = describeConfig(resolved, given.cwd);
  const script = renderScript({ serverRoot: root, command: given.command }, SEAL_WORDS);
  const app = settings.app ?? resolved.groups.find((group) => group.settings.app !== undefined)?.settings.app;
  const readme = renderReadme({ serverRoot: root, app, user: given.user });
  const outcomes = orUnusable(root, () => {
    makePrivate(root, given.uid);
    mkdirSync(join(root, "logs"), { recursive: true, mode: 0o700 });
    return [
      writeOnce(root, renderConfig(wanted)),
      writeAlways(root, SCHEMA_FILE, `${JSON.stringify(renderSchema(), null, 2)}\n`),
      writeUnlessEdited(root, "gwctl", seal(script), 0o755),
      writeUnlessEdited(root, "README.md", seal(readme), 0o644),
    ];
  });
  const hasConfig = outcomes[0]?.what === KEPT;
  const faults = hasConfig ? compareWithFile(join(root, CONFIG_FILE), wanted, root) : [];
  print(summarize(root, outcomes));
  complain(faults);
  print(nextSteps(root));
  return 0;
}

const HINTS = {
  configuration:
    "Nothing was written. Correct the lines above; gw show-config tells where each value comes from",
  app_not_found:
    "Nothing was written. Name the file that exports or starts your app: gw setup-server path/to/app.ts --server-root DIR",
} as const;

const NO_ROOT = {
  cause: "usage",
  what: "There is no server root to set up",
  from: "the command line",
  accepted: "--server-root DIR, GW_SERVER_ROOT or serverRoot in a configuration file",
  advice: "Name a directory that is to stay, for example --server-root /srv/gw",
} as const;

const [WRITTEN, REWRITTEN, KEPT] = ["written", "rewritten", "kept: it is yours"];
const EDITED = "kept: it has been edited; remove it to get a new one";

function writeOnce(root: string, text: string): WrittenFile {
  if (isThere(join(root, CONFIG_FILE))) return { file: CONFIG_FILE, what: KEPT };
  // It may hold what --setenv was given.
  put(join(root, CONFIG_FILE), text, 0o600);
  return { file: CONFIG_FILE, what: WRITTEN };
}

function writeAlways(root: string, file: string, text: string): WrittenFile {
  const what = isThere(join(root, file)) ? REWRITTEN : WRITTEN;
  put(join(root, file), text, 0o644);
  return { file, what };
}

function writeUnlessEdited(root: string, file: string, text: string, mode: number): WrittenFile {
  const path = join(root, file);
  if (isThere(path) && !isUnedited(readFileSync(path, "utf8"))) return { file, what: EDITED };
  const what = isThere(path) ? REWRITTEN : WRITTEN;
  put(path, text, mode);
  return { file, what };
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** In one step: a script that is running goes on with the text that it has begun. */
function put(path: string, text: string, mode: number): void {
  const aside = join(dirname(path), `.gw-setup-${basename(path)}`);
  rmSync(aside, { force: true });
  writeFileSync(aside, text, { flag: "wx", mode });
  chmodSync(aside, mode);
  renameSync(aside, path);
}

/** Lines about what this call says otherwise than the file that stays. */
function compareWithFile(path: string, wanted: WrittenConfig, root: string): string[] {
  const read = readConfigJson(readFileSync(path, "utf8"));
  if ("fault" in read) {
    return [
      `warning: ${path}:${read.line}:${read.column} is not JSON: ${read.fault}`,
      "  It was left as it is, and could not be compared.",
    ];
  }
  return renderDifferences(compareConfig(wanted, read.members, root));
}

export function renderDifferences(differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [];
  return [
    `warning: ${CONFIG_FILE} says otherwise than this call, and was left as it is:`,
    ...differences.flatMap(({ name, inFile, inCall }) => {
      const key = name.slice(name.lastIndexOf(".") + 1);
      return [
        `  ${name}: ${inFile === undefined ? "not in the file" : `${inFile} in the file`}, ${inCall} in this call`,
        `      to change it, write ${JSON.stringify(key)}: ${inCall}${placeOf(name)}`,
      ];
    }),
  ];
}

function placeOf(name: string): string {
  const [, group] = /^groups\.(.*)\.[^.]*$/.exec(name) ?? [];
  return group === undefined ? "" : ` in the group ${JSON.stringify(group)}`;
}

function summarize(root: string, outcomes: readonly WrittenFile[]): string[] {
  return [`The server root ${root}:`, ...outcomes.map(({ file, what }) => `  ${file.padEnd(16)}${what}`)];
}

function nextSteps(root: string): string[] {
  const gwctl = shellWord(join(root, "gwctl"));
  return [
    "Next:",
    `  ${gwctl} configtest`,
    `  ${gwctl} start`,
    `  ${gwctl} status`,
    "README.md in it tells the rest, and how to start gw at boot.",
  ];
}
