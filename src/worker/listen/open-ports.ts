// The TCP ports that this process listens on, whichever of its threads opened them. Told by the kernel; nothing is told
// where there is no /proc.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

export function openPorts(): number[] {
  try {
    const own = new Set(readdirSync("/proc/self/fd").map(socketOf));
    return [
      ...new Set(
        ["tcp", "tcp6"].flatMap((name) => portsIn(readFileSync(`/proc/self/net/${name}`, "utf8"), own)),
      ),
    ];
  } catch {
    return [];
  }
}

/** Number of the socket behind a descriptor. */
function socketOf(fd: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined; // It has been closed meanwhile.
  }
}

/** Of the kernel's table: `sl local_address rem_address st … inode`, addresses and ports in hexadecimal. */
export function portsIn(table: string, sockets: ReadonlySet<string | undefined>): number[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTENING || !sockets.has(inode)) return [];
    return [Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16)];
  });
}
