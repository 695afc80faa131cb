// Facts about other processes, read from /proc. Where there is no /proc, or no right to look, the answer is undefined
// and whoever asked says less; nothing depends on it.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** When a process was started, in clock ticks since boot: tells a pid from a later process with the same number. */
export function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the name in parentheses and may hold anything; the twenty-second is the start time.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

export function nameOf(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trim();
}

const LISTEN = "0A";
/** Looking through every descriptor of a busy machine must not hold up an error message. */
const MOST_PROCESSES = 5_000;

/** The process that listens on a TCP port. */
export function listenerOf(port: number): number | undefined {
  const sockets = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (read(table) ?? "").split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const localPort = Number.parseInt(local?.split(":")[1] ?? "", 16);
      if (state === LISTEN && localPort === port && inode) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  return list("/proc")
    .filter(isNumber)
    .slice(0, MOST_PROCESSES)
    .map(Number)
    .find((pid) => holdsOne(pid, sockets));
}

function holdsOne(pid: number, sockets: Set<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}

const isNumber = (name: string) => /^\d+$/.test(name);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
