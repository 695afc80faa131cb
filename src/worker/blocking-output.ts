// stdout and stderr as programs know them from a shell: a write waits until there is room, whichever way it is made. The
// runtime's streams let the descriptor answer EAGAIN instead, to everybody who writes to it, from the first use on.

import { makeBlocking } from "../../ffi/pipe.ts";
import type { Log } from "../core/log.ts";

const STDOUT = 1;
const STDERR = 2;

/** The streams are made here, before the app does it: afterwards they leave the descriptors as they are. */
export function makeOutputWait(program: Pick<NodeJS.Process, "stdout" | "stderr">, log: Log): void {
  for (const stream of [program.stdout, program.stderr]) stream.writableLength;
  for (const fd of [STDOUT, STDERR]) {
    const made = makeBlocking(fd);
    if (!made.ok) log.debug("Output does not wait for its reader", { fd, reason: made.reason });
  }
}
