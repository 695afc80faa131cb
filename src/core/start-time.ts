// Tells a process from a later one with the same number.
import { readProcess } from "./process-table.ts";

/** When a process was started, in clock ticks since boot; undefined when it is not there, or may not be looked at. */
export function startTimeOf(pid: number): string | undefined {
  return readProcess(pid)?.startedAt.toString();
}
