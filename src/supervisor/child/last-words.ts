// What is said of the end of a process that was told to go, where that end was not as it should be.
import type { Log } from "../../core/log.ts";
import type { Role } from "../../link/messages.ts";
import { lastErrorIn } from "./endings.ts";
import type { Run } from "./run.ts";
import type { SlotState } from "./slot-machine.ts";
import { describeEnding } from "./spawn.ts";

type Late = { name: string; role: Role; shutdownTimeoutMs: number };

/** It is killed, because its time is over. */
export function tellLate(
  log: Log,
  { name, role, shutdownTimeoutMs }: Late,
  from: SlotState,
  pid?: number,
): void {
  if (from === "stopping") log.warn(`${name} did not stop in time and was killed`);
  if (from === "parting" && role === "worker")
    log.warn(`${name} was killed: the app's own shutdown code did not end in time`, {
      pid,
      withinMs: shutdownTimeoutMs,
    });
}

/** The requests were all done; what the app did then ended in an error, or in a signal that was not gw's. */
export function tellLastFailure(log: Log, name: string, run: Run | undefined): void {
  if (!run?.ending || !hasFailedLast(run)) return;
  log.warn(`${name} failed in the app's own shutdown code`, {
    pid: run.child?.pid,
    how: describeEnding(run.ending),
    error: lastErrorIn(run),
  });
}

/** An exit that the app calls is an orderly end, whatever its code. */
function hasFailedLast({ ending, hasParted, hasCalledExit, isKilled }: Run): boolean {
  if (!hasParted || isKilled || !ending) return false;
  return ending.signal !== null || (ending.code !== 0 && !hasCalledExit);
}
