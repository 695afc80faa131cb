// The programs of workers in other languages: files in the server root, which only whoever runs gw can write. Looked at before each
// start, and written again where they are not what they should be.

import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Its name in the server root, and its text. */
export type WorkerProgram = { name: ProgramName; text: string };

const NAMES = ["worker.py"] as const;
export type ProgramName = (typeof NAMES)[number];

/** Workers may be other users, and nothing in it is a secret. */
const MODE = 0o444;

/** Where it is then. */
export function placeProgram(root: string, { name, text }: WorkerProgram): string {
  const path = join(root, name);
  if (isWhole(path, text)) return path;
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, text, { flag: "wx", mode: MODE });
  chmodSync(unfinished, MODE);
  renameSync(unfinished, path);
  return path;
}

export function removePrograms(root: string): void {
  for (const name of NAMES) rmSync(join(root, name), { force: true });
}

function isWhole(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
