// Processes that this one has not started and is to look after all the same: it adopts what its descendants leave behind,
// and takes away what has ended. Linux only; elsewhere the answer says so.

import { ptr } from "bun:ffi";
import { platform } from "node:os";
import { type Linux, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** Of siginfo_t on 64-bit Linux, and where it holds the process. */
const SIGINFO_BYTES = 128;
const SI_PID = 16;

/** From now on whatever loses its parent below this process becomes its child, and not that of process 1. */
export function adoptOrphans(): Outcome {
  return call((linux, lastError) =>
    linux.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0 ? { ok: true } : { ok: false, reason: lastError() },
  );
}

/** A child that has ended and that nobody has waited for yet; it stays so. 0: there is none, or there are no children. */
export function findEndedChild(): Result<number> {
  return call((linux) => {
    const info = new Uint8Array(SIGINFO_BYTES);
    // The one error that this can have is that there are no children.
    if (linux.waitid(P_ALL, 0, ptr(info), WEXITED | WNOHANG | WNOWAIT, null) !== 0)
      return { ok: true, value: 0 };
    return { ok: true, value: new DataView(info.buffer).getInt32(SI_PID, true) };
  });
}

/** Takes away a child that has ended. False: somebody else has done so, or it has not ended. */
export function reapChild(pid: number): Result<boolean> {
  return call((linux) => ({ ok: true, value: linux.waitpid(pid, null, WNOHANG) === pid }));
}

function call<T extends Outcome>(act: (linux: Linux, lastError: () => string) => T) {
  const library = libc();
  if (!library.available) return { ok: false as const, reason: library.reason };
  if (!library.linux) return { ok: false as const, reason: `${platform()} has no such call` };
  return act(library.linux, library.lastError);
}
