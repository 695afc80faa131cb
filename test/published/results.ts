// What the last run of each app has shown; kept in docs/apps.json, from which docs/apps.md is rendered.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dir, "../../docs/apps.json");

export type Result = {
  name: string;
  title: string;
  package: string;
  version: string;
  /** As one would type them. */
  plain: string;
  gw: string;
  /** How many answers and conversations were compared, each before and after the reload. */
  compared: number;
  /** Shown by a line of its own, in each process; null where its documentation has none. */
  hook: boolean | null;
  /** Why it did not pass; empty when it did. */
  failures: string[];
  note: string | null;
};

export function readResults(): Result[] {
  return JSON.parse(readFileSync(FILE, "utf8")) as Result[];
}

/** The new ones in the places of those before, in the order of the catalogue; what it does not name any more is left out. */
export function mergeResults(
  before: readonly Result[],
  now: readonly Result[],
  names: readonly string[],
): Result[] {
  return names.flatMap((name) => [...now, ...before].find((result) => result.name === name) ?? []);
}

export function writeResults(results: readonly Result[]): void {
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
}
