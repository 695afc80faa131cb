// stdout and stderr as programs know them from a shell: a write waits until there is room, whichever way it is made. The
// runtime's streams let the descriptor answer EAGAIN instead, to everybody who writes to it, from the first use on.

import { makeBlocking } from "../../../ffi/pipe.ts";
import type { Outcome } from "../../../ffi/process.ts";

const STDOUT = 1;
const STDERR = 2;

/** The streams are made here, before the app does it: afterwards they leave the descriptors as they are. */
export function makeOutputWait(program: Pick<NodeJS.Process, "stdout" | "stderr">): Outcome {
  for (const stream of [program.stdout, program.stderr]) stream.writableLength;
  const [first, second] = [makeBlocking(STDOUT), makeBlocking(STDERR)];
  return first.ok ? second : first;
}
