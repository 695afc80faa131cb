// What each process takes of a processor: its time since it was last looked at, divided by that while. Pure.

import type { ProcessUsage } from "../../control/picture.ts";
import type { SeenProcess } from "./gather.ts";

/** Two looks that are nearer to each other say little: the system counts in hundredths of a second. */
const APART_MS = 900;

type CpuLook = { cpuMs: number; atMs: number; rate: number | null };

export class UsageMeter {
  #looks = new Map<number, CpuLook>();

  /** At this instant of the monotonic clock these are all processes that there are. */
  look(processes: readonly SeenProcess[], atMs: number): ProcessUsage[] {
    const looks = new Map<number, CpuLook>();
    const usages = processes.map(({ role, slot, pid, rssBytes, cpuMs, lagMs }): ProcessUsage => {
      const look = cpuMs === undefined ? undefined : nextLook(this.#looks.get(pid), cpuMs, atMs);
      if (look) looks.set(pid, look);
      return { role, slot, pid, rssBytes: rssBytes ?? null, cpu: look?.rate ?? null, lagMs: lagMs ?? null };
    });
    this.#looks = looks;
    return usages;
  }
}

function nextLook(before: CpuLook | undefined, cpuMs: number, atMs: number): CpuLook {
  if (!before) return { cpuMs, atMs, rate: null };
  if (atMs - before.atMs < APART_MS) return before;
  return { cpuMs, atMs, rate: Math.max(0, cpuMs - before.cpuMs) / (atMs - before.atMs) };
}
