// `gw init`: scripts in package.json that start, reload and work on the app in this directory. Writes that one file, and nothing that
// is there already is changed.

import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { isFile, readWhole, textOf } from "../../core/files.ts";
import { isRecord } from "../../core/records.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { readConfigJson } from "../../options/read/config-json.ts";
import { reportProblems } from "../config/inspect.ts";
import { replaceFile } from "../files/replace-file.ts";
import { print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { findEntry, recognise } from "./frameworks.ts";
import { type Script, type Served, scriptsFor, withScripts } from "./scripts.ts";

const FILE_BYTES_MOST = 4 * 2 ** 20;
const NOTHING = { configuration: "Nothing was written" } as const;

type Plan = { path: string; title: string; build: string | undefined; scripts: Script[]; hasGw: boolean };

export async function initProject(values: LineValues): Promise<number> {
  const app = values.get("app");
  const plan = makePlan(process.cwd(), app === undefined ? undefined : String(app));
  if ("what" in plan) return reportProblems([plan], NOTHING);
  const isDry = values.has("dry-run");
  if (!isDry && plan.scripts.some(({ what }) => what === "added")) {
    const edit = (text = "") => withScripts(text, plan.scripts);
    const done = await replaceFile({ path: plan.path, mostBytes: FILE_BYTES_MOST, edit }, systemClock);
    if (typeof done !== "string")
      return reportProblems([{ cause: "configuration", what: done.problem, advice: done.advice }], NOTHING);
  }
  const { path, title, scripts } = plan;
  if (values.has("json")) print([JSON.stringify({ file: path, framework: title, isDryRun: isDry, scripts })]);
  else print(describe(plan, isDry));
  return 0;
}

/** What is to be written in the package of this directory, or why nothing can be. */
function makePlan(cwd: string, app: string | undefined): Plan | Problem {
  const path = join(cwd, "package.json");
  const read = readPackage(path);
  if ("what" in read) return read;
  const { packages, scripts, main } = read;
  const framework =
    app === undefined ? recognise({ packages, read: (name) => textOf(join(cwd, name)) }) : undefined;
  const { start } = scripts;
  const said = {
    ...(typeof start === "string" && { start }),
    ...(typeof main === "string" && { main }),
  };
  const served =
    framework ?? servedFile(cwd, app ?? findEntry(said, (name) => isFile(resolve(cwd, name))), app);
  if ("what" in served) return served;
  return {
    path,
    title: framework?.title ?? served.words.join(" "),
    build: framework?.build,
    scripts: scriptsFor(served, scripts),
    hasGw: packages.has("gw") || existsSync(join(cwd, "node_modules/.bin/gw")),
  };
}

function servedFile(cwd: string, entry: string | undefined, asked: string | undefined): Served | Problem {
  const advice = "Name the file that exports or starts it: gw init path/to/app.ts";
  if (entry === undefined)
    return { cause: "configuration", what: `Nothing in "${cwd}" says which file is the app`, advice };
  if (asked !== undefined && !isFile(resolve(cwd, asked)))
    return { cause: "configuration", what: `There is no file "${asked}"`, advice };
  const file = relative(cwd, resolve(cwd, entry));
  return { words: [file], sources: file };
}

type Package = { packages: Set<string>; scripts: Record<string, unknown>; main: unknown };

function readPackage(path: string): Package | Problem {
  const read = readWhole(path, FILE_BYTES_MOST);
  if ("reason" in read) {
    const what = existsSync(path) ? `"${path}" cannot be read: ${read.reason}` : `There is no file "${path}"`;
    return {
      cause: "configuration",
      what,
      advice: "Run it where the app's package.json is; npm init makes one",
    };
  }
  if (read.text.includes("\ufffd"))
    return { cause: "configuration", what: `"${path}" is not UTF-8`, advice: "Write it in UTF-8 first" };
  const found = readConfigJson(read.text, "json");
  if ("fault" in found)
    return {
      cause: "configuration",
      what: `package.json is not JSON: ${found.fault}`,
      from: `${path}:${found.line}:${found.column}`,
    };
  const memberOf = (name: string) => found.members.find(({ key }) => key === name);
  const wrong = ["scripts", "dependencies", "devDependencies"]
    .flatMap((name) => memberOf(name) ?? [])
    .find(({ value }) => !isRecord(value));
  if (wrong)
    return {
      cause: "configuration",
      what: `"${wrong.key}" of package.json is not an object`,
      from: `${path}:${wrong.line}`,
    };
  const record = (name: string) => (memberOf(name)?.value ?? {}) as Record<string, unknown>;
  const packages = new Set([
    ...Object.keys(record("dependencies")),
    ...Object.keys(record("devDependencies")),
  ]);
  return { packages, scripts: record("scripts"), main: memberOf("main")?.value };
}

/** Of whom a public registry has the name is not known here. */
const NO_PACKAGE =
  "gw is none of its packages: have it in PATH, or install the files of a release, which is no package of npm's own registry (docs/install.md)";

function describe({ path, title, build, scripts, hasGw }: Plan, isDry: boolean): string[] {
  const width = Math.max(...scripts.map(({ name }) => name.length));
  const started = scripts[0]?.name === "start" ? "npm start" : `npm run ${scripts[0]?.name}`;
  const state = (what: Script["what"]) => (isDry && what === "added" ? "would be added" : what);
  return [
    `The app is ${title}.`,
    `${path}:`,
    ...scripts.map(({ name, command, what }) => `  ${name.padEnd(width)}  ${state(what)}: ${command}`),
    ...(hasGw ? [] : [NO_PACKAGE]),
    ...(build === undefined ? [] : [`Before each start it is built: ${build}`]),
    ...(isDry ? ["Nothing was written."] : [`Next: ${started}`]),
  ];
}
