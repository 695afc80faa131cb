// Called as `bun` or `node`, as apps do that start programs (supervisor/root/runtime-dir), gw is the runtime inside it: the same
// process begins again as that. Must load nothing of gw that it can do without.

import { existsSync, realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { execute } from "../../ffi/process.ts";
import { known } from "../os/operating-system.ts";
import { os } from "../os/os.ts";

/** The runtime reads it before anything else: a compiled executable is then the plain `bun`. */
const BE_RUNTIME = "BUN_BE_BUN";
/** sysexits(3): EX_OSERR. */
const COULD_NOT = 71;

/** By the name that it was called by, where that is one of its own: `ps` and `top` then say `bun`. */
function ownProgram(): string {
  const { argv0, execPath } = process;
  if (isAbsolute(argv0) && existsSync(argv0) && realpathSync(argv0) === execPath) return argv0;
  return known(os.ownProgram()) ?? execPath;
}

/** `words`: what follows the program's name. */
export function beRuntime(words: readonly string[]): never {
  const done = execute(ownProgram(), [process.argv0, ...words], [BE_RUNTIME, "1"]);
  const reason = done.ok ? "" : done.reason;
  process.stderr.write(`gw: ${process.argv0} cannot become the runtime inside gw: ${reason}\n`);
  process.exit(COULD_NOT);
}
