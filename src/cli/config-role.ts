// The hidden role `__config FILE`: imports a TypeScript configuration in a process of its own, because the supervisor
// never runs anybody else's code, and answers with its members as one line of JSON on stdout.

import { resolve } from "node:path";
import { setParentDeathSignal } from "../../ffi/process.ts";
import type { Member } from "../options/config-json.ts";

/** Begins the line that holds the answer; whatever else the file prints goes to stderr. */
export const ANSWER_MARK = "gw-config:";

const SIGKILL = 9;

export type ConfigAnswer = { members: Member[] } | { error: string };

/** Answers on stdout and ends the process, also when the file has started something that would go on. */
export async function runConfigRole(file: string): Promise<void> {
  // The deadline is kept by who asked; a file that never ends must not outlive it.
  setParentDeathSignal(SIGKILL);
  const answer = process.stdout.write.bind(process.stdout);
  const toStderr = (...words: unknown[]) => console.error(...words);
  Object.assign(console, { log: toStderr, info: toStderr, debug: toStderr });
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const result = await readModule(resolve(file));
  answer(`\n${ANSWER_MARK}${JSON.stringify(result)}\n`, () => process.exit(0));
}

async function readModule(path: string): Promise<ConfigAnswer> {
  try {
    const module: { default?: unknown } = await import(path);
    const value = await module.default;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return {
        error: `Its default export is ${describe(value)}, not an object of options: export default { port: 8000 }`,
      };
    }
    return { members: Object.entries(value).flatMap(toMember) };
  } catch (thrown) {
    return { error: Bun.inspect(thrown, { colors: false }) };
  }
}

/** A value that is undefined counts as not set, so that `port: process.env.PORT && …` can be written. */
function toMember([key, value]: [string, unknown]): Member[] {
  if (value === undefined) return [];
  const isData = !["function", "symbol", "bigint"].includes(typeof value);
  return [isData ? { key, value } : { key, value: null, shown: describe(value) }];
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
