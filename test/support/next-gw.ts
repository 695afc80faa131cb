// A copy of gw's program, for an upgrade to it.
import { chmodSync, constants, copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gwCommand } from "./gw.ts";
import type { TempDir } from "./temp-dir.ts";

/** Its path, in this directory. Nobody else can write it, whatever the machine's files are like. */
export function nextGwIn(dir: TempDir): string {
  const path = join(dir.path, "gw-next");
  // What runs cannot be written, and the next copy takes another name.
  rmSync(path, { force: true });
  copyFileSync(gwCommand()[0] ?? "", path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o755);
  return path;
}
