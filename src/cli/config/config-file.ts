// Finds and reads the configuration file. JSON is read here; TypeScript by a child in the hidden role `__config`,
// under a deadline, because it is code. What the values mean is for options/resolve/resolve to say.

import { existsSync, readFileSync, type Stats, statSync } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import { textOf } from "../../core/files.ts";
import { ROLE_WORDS } from "../../link/roles.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { readConfigJson } from "../../options/read/config-json.ts";
import { withLines } from "../../options/read/config-lines.ts";
import type { ConfigFile, ConfigPlace } from "../../options/resolve/resolve.ts";
import { ANSWER_MARK, type ConfigAnswer, MODULES_MARK, type ModulesAnswer } from "./config-role.ts";

const DEADLINE_MS = 10_000;

export type ConfigReader = {
  clock: Clock;
  /** Command and first arguments that start gw itself again. */
  self: readonly string[];
};

/** The file, read; undefined when there is none to read. */
export async function readConfigFile(
  place: ConfigPlace,
  reader: ConfigReader,
): Promise<ConfigFile | undefined> {
  if ("path" in place) return readFile(place.path, reader, place.from);
  const found = place.candidates.filter((path) => existsSync(path));
  const [path, other] = found;
  if (path === undefined) return undefined;
  if (other === undefined) return readFile(path, reader);
  const what = `There are two configuration files, "${path}" and "${other}"`;
  return failed(path, {
    cause: "configuration",
    what,
    advice: "Remove one, or name the one to use with --config",
  });
}

function missing(path: string, from?: string): Problem {
  return {
    cause: "configuration",
    what: `There is no configuration file at "${path}"`,
    ...(from !== undefined && { from }),
    advice: "Correct the path, or leave it out to use the defaults",
  };
}

function noFile(path: string, kind: string, from?: string): Problem {
  return {
    cause: "configuration",
    what: `The configuration cannot be read from "${path}": it is ${kind}, not a file`,
    ...(from !== undefined && { from }),
    advice: "Name a file: it is read again at each reload",
  };
}

function unreadable(path: string, thrown: unknown): ConfigFile {
  const what = `The configuration file "${path}" cannot be read: ${reasonOf(thrown)}`;
  return failed(path, { cause: "configuration", what });
}

/** What stands there when it is no file; reading it could last for ever. */
function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}

function readFile(path: string, reader: ConfigReader, from?: string): Promise<ConfigFile> | ConfigFile {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    return unreadable(path, thrown);
  }
  if (!stat) return failed(path, missing(path, from));
  if (!stat.isFile()) return failed(path, noFile(path, kindOf(stat), from));
  if (/\.(?:ts|mts|cts|js|mjs|cjs|tsx|jsx)$/.test(path)) return readModule(path, reader);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    return unreadable(path, thrown);
  }
  const read = readConfigJson(text);
  if ("members" in read) return { path, members: read.members, problems: [] };
  const what = `The configuration file is not JSON: ${read.fault}`;
  return failed(path, { cause: "configuration", what, from: `${path}:${read.line}:${read.column}` });
}

async function readModule(path: string, reader: ConfigReader): Promise<ConfigFile> {
  const beganAtMs = reader.clock.wall();
  const ran = await run(path, reader);
  const modules = readLine<ModulesAnswer>(ran.output, MODULES_MARK);
  return { ...understand(path, ran), ...(modules && { modules: { ...modules, beganAtMs } }) };
}

type Ran = { output: string; code: number; isLate: boolean };

async function run(path: string, { clock, self }: ConfigReader): Promise<Ran> {
  const child = Bun.spawn([...self, ROLE_WORDS.config, path], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let isLate = false;
  const timer = clock.after(DEADLINE_MS, () => {
    isLate = true;
    child.kill("SIGKILL");
  });
  const output = await new Response(child.stdout).text();
  const code = await child.exited;
  timer.cancel();
  return { output, code, isLate };
}

function understand(path: string, { output, code, isLate }: Ran): ConfigFile {
  const what = `The configuration file "${path}" could not be loaded`;
  if (isLate) {
    const advice = "Look for work that never ends at the top level of the file";
    return failed(path, {
      cause: "configuration",
      what: `${what}: it was still running after ${DEADLINE_MS / 1000} s`,
      advice,
    });
  }
  const answer = readLine<ConfigAnswer>(output, ANSWER_MARK);
  if (!answer)
    return failed(path, {
      cause: "configuration",
      what: `${what}: it ended its process with exit code ${code}`,
    });
  if ("error" in answer) {
    const { error, reason } = answer;
    const why = reason === undefined ? what : `${what}: ${reason}`;
    return failed(path, { cause: "configuration", what: why, detail: error });
  }
  return { path, members: withLines(answer.members, textOf(path) ?? ""), problems: [] };
}

/** What stands behind the last mark of this kind; a process that is killed may leave half a line. */
function readLine<T>(output: string, mark: string): T | undefined {
  const whole = output.split("\n").slice(0, -1);
  const line = whole.findLast((line) => line.startsWith(mark));
  return line === undefined ? undefined : (JSON.parse(line.slice(mark.length)) as T);
}

function failed(path: string, problem: Problem): ConfigFile {
  return { path, members: [], problems: [problem] };
}
