// The first moments of a worker in another language: still gw's own program, the process takes on what that needs the rights of
// whoever started gw for, proves it, and becomes the interpreter. Nothing of the app's user is run before. The life channel is not
// touched, unless it is to say why the worker could not start: it is the interpreter's.

import { writeSync } from "node:fs";
import { execute, forbidCoreFiles } from "../../ffi/process.ts";
import { systemClock } from "../core/clock.ts";
import { asGwError, GwError } from "../core/errors.ts";
import { createLog, renderLine } from "../core/log.ts";
import type { LaunchSetup } from "../link/setups.ts";
import { takeIdentity } from "./identity.ts";
import { takeLimits } from "./limits.ts";
import { RoleProcess } from "./role-process.ts";

/** Behind stdin, stdout and stderr. The runtime takes the variable out of the environment that it shows. */
const CHANNEL: [name: string, value: string] = ["NODE_CHANNEL_FD", "3"];

/** The channel is not to be opened, and nothing may wait to be written when the program changes. */
const TO_STDERR = createLog((line) => writeSync(2, `${renderLine(line, false, systemClock)}\n`));

/** `text`: a LaunchSetup as JSON. Returns when it has failed and said so. */
export async function launchOther(text: string): Promise<void> {
  const setup = JSON.parse(text) as LaunchSetup;
  try {
    become(setup);
  } catch (thrown) {
    const { cause_: cause, facts } = asGwError(thrown);
    const child = new RoleProcess(setup.role);
    child.greet();
    await child.fail({ type: "failed", cause, facts, step: "configure" });
  }
}

function become({ role, command, home, limits, identity }: LaunchSetup): void {
  forbidCoreFiles();
  takeLimits(limits, { log: TO_STDERR, shutdownTimeoutMs: 0 });
  const changeDirectory = (path: string) => process.chdir(path);
  // The interpreter ties itself to its parent: a change of user would undo it, and it is no process of the app yet.
  takeIdentity({ role, identity, home, changeDirectory, tieToParent: () => undefined });
  const [path] = command;
  const done = execute(path, command, CHANNEL);
  const reason = done.ok ? "" : done.reason;
  throw new GwError("interpreter_refused", { path, reason });
}
