// The hidden role `__config FILE`: imports a TypeScript configuration in a process of its own, because the supervisor
// never runs anybody else's code, and answers with its members as one line of JSON on stdout. What the file imports as
// "gw/config" is here.

import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { setParentDeathSignal } from "../../../ffi/process.ts";
import { codeOf } from "../../core/errors.ts";
import { isRecord } from "../../core/records.ts";
import type { Member } from "../../options/read/config-json.ts";
import { CONFIG_MODULE } from "../../options/render/render-types.ts";
import { loadFailure } from "../../sources/load-failure.ts";
import { Modules } from "../../sources/modules.ts";

/** Begins the line that holds the answer; whatever else the file prints goes to stderr. */
export const ANSWER_MARK = "gw-config:";
/** Begins each line that tells of what the file consists; the last one holds. */
export const MODULES_MARK = "gw-config-modules:";

const SIGKILL = 9;
const STDOUT = 1;
/** Groups and pairs are objects in the file; what lies deeper is no configuration. */
const DEEPEST = 4;

/** `reason`: the error in a few words, with the place where it was. */
export type ConfigAnswer = { members: Member[] } | { error: string; reason?: string };
export type ModulesAnswer = { files: string[]; missing: string[] };

/** Answers on stdout and ends the process, also when the file has started something that would go on. */
export async function runConfigRole(file: string): Promise<void> {
  // The deadline is kept by who asked; a file that never ends must not outlive it.
  setParentDeathSignal(SIGKILL);
  const answer = process.stdout.write.bind(process.stdout);
  const modules = new Modules({
    loaded: () => Object.keys(require.cache),
    // At once: the file may end this process, or never come to its end.
    say: ({ files, missing }) =>
      writeNow(`\n${MODULES_MARK}${JSON.stringify({ files, missing } satisfies ModulesAnswer)}\n`),
  });
  const toStderr = (...words: unknown[]) => console.error(...words);
  Object.assign(console, { log: toStderr, info: toStderr, debug: toStderr });
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  provideConfigModule();
  const result = await readModule(resolve(file), modules);
  answer(`\n${ANSWER_MARK}${result}\n`, () => process.exit(0));
}

/** A pipe takes a part at a time, and none while it is full; who asked reads on. */
function writeNow(text: string): void {
  let left = Buffer.from(text);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(STDOUT, left));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") return;
      Bun.sleepSync(1);
    }
  }
}

/** Wherever the file is, and whether or not gw is a package there. */
function provideConfigModule(): void {
  const exports = { defineConfig: (config: unknown) => config };
  Bun.plugin({
    name: CONFIG_MODULE,
    setup: (build) => void build.module(CONFIG_MODULE, () => ({ exports, loader: "object" })),
  });
}

/** The answer as JSON. */
async function readModule(path: string, modules: Modules): Promise<string> {
  modules.tellNamed(path);
  try {
    const module: { default?: unknown } = await import(path);
    const answer = JSON.stringify(toAnswer(await module.default));
    modules.tellGrown();
    return answer;
  } catch (thrown) {
    modules.tellFailure([path], thrown);
    const { facts, detail } = loadFailure(thrown);
    return JSON.stringify({ error: detail ?? "", reason: String(facts.reason) } satisfies ConfigAnswer);
  }
}

function toAnswer(value: unknown): ConfigAnswer {
  if (isRecord(value)) return { members: toMembers(value, 1) };
  return {
    error: `Its default export is ${describe(value)}, not an object of options: export default { port: 8000 }`,
  };
}

/** A value that is undefined counts as not set, so that `port: process.env.PORT && …` can be written. */
function toMembers(object: object, depth: number): Member[] {
  return Object.entries(object).flatMap(([key, value]): Member[] => {
    if (value === undefined) return [];
    if (!isData(value) || (isRecord(value) && depth > DEEPEST))
      return [{ key, value: null, shown: describe(value) }];
    if (!isRecord(value)) return [{ key, value }];
    const members = toMembers(value, depth + 1);
    return [{ key, value: Object.fromEntries(members.map((one) => [one.key, one.value])), members }];
  });
}

/** JSON has a form for it. */
function isData(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return !["function", "symbol", "bigint"].includes(typeof value);
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
