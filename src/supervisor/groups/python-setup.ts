// What a worker in Python is told beside what all workers are. Pure.

import type { AuthSetup } from "../../link/auth.ts";
import type { PythonSetup } from "../../link/setups.ts";
import { pythonAppOf, pythonHooksOf } from "../../options/declare/worker-kinds.ts";
import { asksUsers } from "../../options/groups/auth-groups.ts";
import { setterIn } from "../../options/read/inputs.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { insideOf, titleOf, variablesSet } from "../child/child-setup.ts";
import { LAUNCHES } from "../languages/launch-table.ts";
import type { WorkerProgram } from "../languages/programs.ts";

/** Undefined for workers of other kinds. */
export function pythonPartOf(group: WorkerGroup): PythonSetup | undefined {
  const { settings } = group;
  const python = group.kind === "auth" ? undefined : pythonAppOf(settings);
  if (!python) return undefined;
  const { concurrency, processes, maximumRequests, pythonPath, pythonEggs, switchInterval } = settings;
  const { interruptTimeout, requestTimeout, locale } = settings;
  return {
    ...(python.module !== undefined && { module: python.module }),
    threads: concurrency.max,
    processes: processes.max,
    title: titleOf(group),
    isMultiprocess: processes.max > 1 || setterIn(group.origins)("processes") !== undefined,
    isRunOnce: concurrency.max === 1 && maximumRequests === 1,
    path: pythonPath.map((path) => insideOf(settings, path)),
    ...(interruptTimeout > 0 && requestTimeout > 0 && { interruptAfterMs: requestTimeout }),
    ...(pythonEggs !== undefined && { eggs: insideOf(settings, pythonEggs) }),
    ...(locale !== undefined && { locale }),
    switchIntervalMs: switchInterval,
    // Where nobody is asked who he is, the field may be any client's word.
    ...(asksUsers(settings) && { user: { field: settings.remoteUserHeader, authType: settings.authType } }),
    trustsPrefix: settings.trustProxyHeader.some((name) => /script-name|prefix/.test(name)),
    trustsPort: settings.trustProxyHeader.includes("x-forwarded-port"),
    tellsSsl: settings.sslEnvironment,
    reloadsScript: settings.scriptReloading,
    variables: variablesSet(settings.setenv),
    hides: Object.keys(LAUNCHES.python.switches(settings)),
  };
}

/** What runs the hooks of a group that are in Python; `place` puts its program where it is found. */
export function pythonForHooks(
  { settings, interpreter }: WorkerGroup,
  place: (program: WorkerProgram) => string,
): AuthSetup["python"] {
  const { program } = LAUNCHES.python;
  if (interpreter === undefined || !program || pythonHooksOf(settings).length === 0) return undefined;
  const path = settings.pythonPath.map((one) => insideOf(settings, one));
  return { interpreter, program: insideOf(settings, place(program)), path };
}
