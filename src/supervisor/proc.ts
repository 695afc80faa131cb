// Facts about other processes, read from /proc. Where there is no /proc, or no right to look, the answer is undefined
// and whoever asked says less; nothing depends on it.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

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

const LISTEN = "0A";
/** Looking through every descriptor of a busy machine must not hold up an error message. */
const MOST_PROCESSES = 5_000;

type Listening = { address: string; inode: string };

/** The process that listens on a TCP port. */
export function listenerOf(port: number): number | undefined {
  return holderOf(listeningOn(port));
}

/**
 * Somebody who shares the very address that processes `pids` listen on: its pid, or 0 when it cannot be told. Whoever
 * binds the same port on another address of this machine is no stranger.
 */
export function strangerOn(port: number, pids: readonly number[]): number | undefined {
  const all = listeningOn(port);
  const ours = all.filter((socket) => pids.some((pid) => holdsOne(pid, [socket])));
  const strange = all.filter(
    (socket) => !ours.includes(socket) && ours.some(({ address }) => address === socket.address),
  );
  return strange.length === 0 ? undefined : (holderOf(strange) ?? 0);
}

function listeningOn(port: number): Listening[] {
  const found: Listening[] = [];
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (read(table) ?? "").split("\n").slice(1)) {
      const [, address = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && Number.parseInt(address.split(":")[1] ?? "", 16) === port && inode)
        found.push({ address, inode });
    }
  }
  return found;
}

function holderOf(sockets: readonly Listening[]): number | undefined {
  if (sockets.length === 0) return undefined;
  const pids = list("/proc").filter(isNumber).slice(0, MOST_PROCESSES).map(Number);
  return pids.find((pid) => holdsOne(pid, sockets));
}

function holdsOne(pid: number, sockets: readonly Listening[]): boolean {
  const names = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return names.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
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
