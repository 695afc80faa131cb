// Socket options that the runtime has no name for. They are set on the listener, from which the kernel copies them to
// each connection that it accepts.

import { ptr } from "bun:ffi";
import { readdirSync } from "node:fs";
import { libc } from "./libc.ts";
import type { Outcome } from "./process.ts";

const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6;
const TCP_NOTSENT_LOWAT = 25;
const INT_BYTES = 4;

/**
 * Bounds the bytes that wait unsent in the kernel for each connection of this process's TCP listeners. A slow reader
 * then shows progress every few dozen kilobytes, where the kernel's own buffers would hide it for megabytes.
 */
export function limitUnsentBytes(bytes: number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux lists a process's descriptors in /proc" };
  const value = new Int32Array([bytes]);
  let found = 0;
  for (const fd of readdirSync("/proc/self/fd").map(Number)) {
    if (!isListening(library.linux, fd)) continue;
    // UNIX listeners refuse the option; they have no clients to protect.
    if (library.linux.setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, ptr(value), INT_BYTES) === 0) found++;
  }
  return found > 0 ? { ok: true } : { ok: false, reason: `no TCP listener took it: ${library.lastError()}` };
}

type Linux = NonNullable<Extract<ReturnType<typeof libc>, { available: true }>["linux"]>;

function isListening(linux: Linux, fd: number): boolean {
  const value = new Int32Array(1);
  const length = new Uint32Array([INT_BYTES]);
  return linux.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(length)) === 0 && value[0] === 1;
}
