// `gw import-pm2`: writes gw.config.ts beside a file of PM2. That file is code: it is run as a configuration in code is, by a process of
// its own, under a deadline and with the rights of whoever has typed the command.

import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { isRecord } from "../../core/records.ts";
import type { Problem } from "../../options/declare/problems.ts";
import type { ConfigFile } from "../../options/resolve/resolve.ts";
import { readConfigFile } from "../config/config-file.ts";
import { reportProblems } from "../config/inspect.ts";
import { selfCommand } from "../config/load-settings.ts";
import { replaceFile } from "../files/replace-file.ts";
import { print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import type { Pm2App } from "./pm2-keys.ts";
import { translate } from "./translate.ts";

const CONFIG_FILE = "gw.config.ts";
const FILE_BYTES_MOST = 2 ** 20;
const NOTHING = { configuration: "Nothing was written" } as const;
const refuse = (problems: readonly Problem[]) => reportProblems(problems, NOTHING);

export async function importPm2(values: LineValues): Promise<number> {
  const file = resolve(String(values.get("file")));
  if (!existsSync(file)) return refuse([missing(file)]);
  const read = await readConfigFile(
    { path: file, from: "the command line" },
    { clock: systemClock, self: selfCommand() },
  );
  if (!read || read.problems.length > 0) return refuse(read?.problems ?? []);
  const only = values.get("only");
  const apps = appsIn(read, only === undefined ? undefined : String(only));
  if ("what" in apps) return refuse([apps]);
  const environment = values.get("env");
  const { text, left } = translate({
    apps: apps.list,
    environment: environment === undefined ? undefined : String(environment),
    file: basename(file),
  });
  if (values.has("dry-run")) {
    print([text.trimEnd()]);
    return 0;
  }
  return write(join(dirname(file), CONFIG_FILE), text, left);
}

function missing(path: string): Problem {
  return {
    cause: "configuration",
    what: `There is no file of PM2 at "${path}"`,
    from: "the command line",
    advice: "Name the one that pm2 start was given, most often ecosystem.config.js",
  };
}

async function write(path: string, text: string, left: number): Promise<number> {
  const there = [path, path.replace(/\.ts$/, ".json")].find((one) => existsSync(one));
  const advice = "Move it away first, or see with --dry-run what would be written";
  if (there !== undefined)
    return refuse([{ cause: "configuration", what: `There is "${there}" already`, advice }]);
  // Whoever was faster keeps his.
  const edit = (found: string | undefined) => (found === undefined ? text : undefined);
  const done = await replaceFile({ path, mostBytes: FILE_BYTES_MOST, edit }, systemClock);
  if (typeof done !== "string")
    return refuse([{ cause: "configuration", what: done.problem, advice: done.advice }]);
  const lines = left === 1 ? "1 key of PM2 is" : `${left} keys of PM2 are`;
  print([
    `${path} is written.`,
    ...(left > 0 ? [`${lines} not taken: the comments in it say why.`] : []),
    "Next: gw check-config",
  ]);
  return 0;
}

/** `apps` of the file, a list or one; or an app alone, as PM2 takes it from JSON. */
function appsIn(file: ConfigFile, only: string | undefined): { list: Pm2App[] } | Problem {
  const config = Object.fromEntries(file.members.map(({ key, value }) => [key, value]));
  const given = config.apps ?? (config.script === undefined ? undefined : config);
  const all = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const list = all.filter((app): app is Pm2App => isRecord(app));
  if (list.length === 0 || list.length < all.length)
    return { cause: "configuration", what: `"${file.path}" is no file of PM2: it has no list of apps` };
  const chosen = only === undefined ? list : list.filter(({ name }) => name === only);
  if (chosen.length > 0) return { list: chosen };
  const names = list.map(({ name }) => String(name)).join(", ");
  return { cause: "configuration", what: `There is no app "${only}" in "${file.path}"`, accepted: names };
}
