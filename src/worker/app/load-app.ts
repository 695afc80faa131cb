// Imports the app's file and chooses what to serve from it. Every failure becomes a GwError that carries the app's own
// error. Must not serve anything: what listens is decided in worker/serve-app.

import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GwError } from "../../core/errors.ts";
import { unloadableSign } from "../../core/loadable.ts";
import { isRecord } from "../../core/records.ts";
import { loadFailure } from "../../sources/load-failure.ts";

export type ModuleExports = Record<string, unknown>;

/** Where the file really is, as the runtime names it too: a link of a release directory may point elsewhere soon. */
export function locateApp(path: string): string {
  try {
    return followLinks(path);
  } catch {
    throw new GwError("app_not_found", { path });
  }
}

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/** Bun's own realpath looks into /proc, which a worker with another root directory may not have. */
function followLinks(path: string): string {
  let place = "/";
  let rest = path.split("/");
  let links = 0;
  while (rest.length > 0) {
    const [name = "", ...others] = rest;
    const next = resolve(place, name);
    const isLink = lstatSync(next).isSymbolicLink();
    if (isLink && ++links > MOST_LINKS) throw new Error("too many links");
    rest = isLink ? [...readlinkSync(next).split("/"), ...others] : others;
    if (!isLink) place = next;
    else if (rest[0] === "") place = "/";
  }
  return place;
}

/** By absolute path: a bare or relative name would be looked up from inside the binary. */
export async function importApp(path: string): Promise<ModuleExports> {
  if (!existsSync(path) || !statSync(path).isFile()) throw new GwError("app_not_found", { path });
  const sign = unloadableSign(path);
  if (sign !== undefined) {
    const reason = `the runtime does not take ${sign} in ${path} for a part of the name; rename the file or the directory`;
    throw new GwError("app_load_failed", { reason });
  }
  refuseShellScript(path);
  try {
    return (await import(pathToFileURL(path).href)) as ModuleExports;
  } catch (thrown) {
    throw loadFailure(thrown);
  }
}

/** Some package managers make scripts of their commands where others make links. */
function refuseShellScript(path: string): void {
  if (extname(path) !== "") return;
  const [line = ""] = readFileSync(path, "latin1").split("\n", 1);
  const shell = /^#!.*?\b((?:ba|da|k|z)?sh)\b/.exec(line)?.[1];
  if (shell === undefined) return;
  const reason = `${path} is a program for ${shell}, not JavaScript; name the file that it starts`;
  throw new GwError("app_load_failed", { reason });
}

/** The named export; of a CommonJS module also a property of `module.exports`, and the default inside a default. */
export async function chooseExport(exports: ModuleExports, name: string): Promise<unknown> {
  const own = await exports[name];
  const inner = isRecord(exports.default) ? await exports.default[name] : undefined;
  const isWrapped = name === "default" && isRecord(own) && own.__esModule === true;
  return own === undefined || isWrapped ? inner : own;
}

/** Names for the message that says what the file does export. */
export function exportNames(exports: ModuleExports): string {
  const names = Object.keys(exports).filter((name) => name !== "module.exports" && name !== "__esModule");
  return names.length > 0 ? names.join(", ") : "nothing";
}
