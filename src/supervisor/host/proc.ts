// Facts about other processes, read from /proc. Where there is no /proc, or no right to look, the answer is undefined
// and whoever asked says less; nothing depends on it.
import { readFileSync } from "node:fs";

/** Linux gives times in hundredths of a second on every processor. */
const TICK_MS = 10;

export type Usage = { rssBytes: number; cpuMs: number };

/** What a process uses now: memory that it really has, and processor time since its start. */
export function usageOf(pid: number): Usage | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const rssKilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  if (stat === undefined || rssKilobytes === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    rssBytes: Number(rssKilobytes) * 1024,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}

/** How many processes the kernel has ended since it was started because there was no memory left. */
export function countOomKills(): number {
  return Number(/^oom_kill (\d+)$/m.exec(read("/proc/vmstat") ?? "")?.[1] ?? 0);
}

export function nameOf(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trim();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
