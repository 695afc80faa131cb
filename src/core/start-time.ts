// Tells a process from a later one with the same number.
import { readFileSync } from "node:fs";

/** When a process was started, in clock ticks since boot; undefined when it is not there, or may not be looked at. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold anything; the twenty-second is the start time.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
