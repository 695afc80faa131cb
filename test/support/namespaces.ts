// Processes that have a view of their own of the others.
import { readdirSync, readFileSync } from "node:fs";

/** The pid here of the first process below this one that is number 1 in a view of its own; 0 where there is none yet. */
export function processOneBelow(pid: number): number {
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [child] = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean);
    if (child === undefined) continue;
    const [, inner] = /^NSpid:\t\d+\t(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, "utf8")) ?? [];
    return inner === "1" ? Number(child) : processOneBelow(Number(child));
  }
  return 0;
}
