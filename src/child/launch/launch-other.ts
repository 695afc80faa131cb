// The first moments of a process that is to become another program, an interpreter or gw's own once more: it takes on what needs the
// rights of whoever started gw, or what holds for all threads only from the start of a program on, proves it, and becomes that. Nothing
// of the app's user is run before. The life channel is not touched, unless it is to say why that could not be done: it is
// the other program's.

import { existsSync, writeSync } from "node:fs";
import { execute, forbidCoreFiles, setNoNewPrivileges } from "../../../ffi/process.ts";
import { systemClock } from "../../core/clock.ts";
import { asGwError, GwError } from "../../core/errors.ts";
import { createLog, renderLine } from "../../core/log.ts";
import { IS_COMPILED } from "../../core/version.ts";
import type { LaunchSetup } from "../../link/launch/launching.ts";
import { ROLE_WORDS } from "../../link/roles.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { giveUpCapabilities, takeIdentity } from "../identity.ts";
import { takeLimits } from "../limits.ts";
import { RoleProcess } from "../role-process.ts";
import { openConfinement, takeConfinement } from "./confinement.ts";

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

function become(setup: LaunchSetup): void {
  const { role, home, limits, identity } = setup;
  forbidCoreFiles();
  confine(setup);
  if (setup.command) {
    takeLimits(limits, { log: TO_STDERR, shutdownTimeoutMs: 0 });
    const changeDirectory = (path: string) => process.chdir(path);
    // The interpreter ties itself to its parent: a change of user would undo it, and it is no process of the app yet.
    takeIdentity({ role, identity, home, changeDirectory, tieToParent: () => undefined });
  } else {
    // Here they are gone for all threads of the program; there each thread would have to give them up for itself.
    setNoNewPrivileges();
    giveUpCapabilities(role, identity, true);
  }
  const command = setup.command ?? ownCommand(role);
  const path = setup.command ? command[0] : ownProgram();
  const done = execute(path, command, CHANNEL);
  const reason = done.ok ? "" : done.reason;
  throw new GwError("interpreter_refused", { path, reason });
}

/** Before anything else is given up: what is granted is opened by whoever started gw. */
function confine({ confinement: setup, limits: { isBestEffort }, identity: { chroot } }: LaunchSetup): void {
  if (!setup) return;
  const ruleset = openConfinement({ setup, isBestEffort, chroot, program: ownProgram(), exists: existsSync });
  if (!ruleset) return;
  setNoNewPrivileges();
  takeConfinement(ruleset);
}

/** gw's own program, called as this process was. */
function ownCommand(role: LaunchSetup["role"]): [string, ...string[]] {
  const words = IS_COMPILED ? [] : ["--no-env-file", Bun.main];
  return [process.argv0, ...words, ROLE_WORDS[role]];
}

/** Its file may be another one by now, or gone. */
const ownProgram = () => known(os.ownProgram()) ?? process.execPath;
