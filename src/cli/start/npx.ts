// `npx gw start-server`. npm calls gw by a shell, and hands a signal for itself on to that shell alone, which ends by it: gw would
// go on with nobody who knows of it. So the end of that shell is a signal to gw. Where the system has no word for it (macOS), it is
// Ctrl-C or gw stop that ends such a gw. In package.json `exec gw start-server` needs none of this.

import { setParentDeathSignal } from "../../../ffi/process.ts";
import type { Environment } from "../../core/environment.ts";
import type { Log } from "../../core/log.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";

const SIGTERM = 15;

/** The variables are those of all that runs below npx: the shell that npm has started is the parent of the one that is meant. */
export function isCalledByNpx(env: Environment, parentName: string | undefined): boolean {
  return env.npm_command === "exec" && env.npm_lifecycle_event === "npx" && parentName === "sh";
}

/** To be called when there is a handler for SIGTERM. */
export function endWithNpx(env: Environment, log: Log): void {
  if (!isCalledByNpx(env, known(os.findProcess(process.ppid))?.name)) return;
  const set = setParentDeathSignal(SIGTERM);
  if (!set.ok) log.debug("a signal to npx will not reach gw", { reason: set.reason });
}
