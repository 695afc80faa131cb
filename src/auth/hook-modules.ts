// The operator's scripts: loaded once, each with the function that it has to have. Every failure is told by name, with the
// script's own error.

import { pathToFileURL } from "node:url";
import { GwError } from "../core/errors.ts";
import { unloadableSign } from "../core/loadable.ts";
import { isRecord } from "../core/records.ts";
import type { AuthScripts, AuthType } from "../link/auth.ts";
import { isPythonFile } from "../options/declare/worker-kinds.ts";
import { loadFailure } from "../sources/load-failure.ts";
import type { Hooks } from "./hooks.ts";
import type { PythonHooks } from "./python-hooks.ts";

/** `python`: has those that are in Python. */
export async function loadHooks(scripts: AuthScripts, type: AuthType, python?: PythonHooks): Promise<Hooks> {
  const hooks: Hooks = {};
  const load = <N extends keyof Hooks>(script: string, name: N) =>
    python && isPythonFile(script) ? python.load(script, name) : loadModule(script, name);
  if (scripts.access !== undefined) hooks.allowAccess = await load(scripts.access, "allowAccess");
  if (scripts.user !== undefined && type === "Basic")
    hooks.checkPassword = await load(scripts.user, "checkPassword");
  if (scripts.user !== undefined && type === "Digest")
    hooks.getRealmHash = await load(scripts.user, "getRealmHash");
  if (scripts.groups !== undefined) hooks.groupsForUser = await load(scripts.groups, "groupsForUser");
  return hooks;
}

async function loadModule<N extends keyof Hooks>(script: string, name: N): Promise<NonNullable<Hooks[N]>> {
  const exports = await importScript(script);
  const inner = isRecord(exports.default) ? exports.default : {};
  const found = exports[name] ?? inner[name];
  if (typeof found === "function") return found as NonNullable<Hooks[N]>;
  const names = Object.keys(exports).join(", ") || "nothing";
  throw new GwError("auth_function_missing", { script, name, exports: names });
}

async function importScript(script: string): Promise<Record<string, unknown>> {
  const sign = unloadableSign(script);
  if (sign !== undefined) {
    const reason = `the runtime does not take ${sign} in a path for a part of the name; rename the file or the directory`;
    throw new GwError("auth_script_failed", { script, reason });
  }
  try {
    return (await import(pathToFileURL(script).href)) as Record<string, unknown>;
  } catch (thrown) {
    const { facts, detail } = loadFailure(thrown);
    const failure = new GwError("auth_script_failed", { script, reason: facts.reason ?? "" }, detail);
    failure.cause = thrown;
    throw failure;
  }
}
