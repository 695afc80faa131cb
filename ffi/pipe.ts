// Pipes as a shell makes them: the runtime makes pairs of sockets, which cannot be opened by name and do not wait.
// Linux only; elsewhere the runtime's own have to do.

import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_GETFL = 3;
const F_SETFL = 4;

export type Pipe = { readEnd: number; writeEnd: number };

/**
 * Writers of it wait for its reader, who does not wait for them; no program that is started later inherits an end. Undefined
 * where the platform has no such call.
 */
export function openPipe(): Result<Pipe> | undefined {
  const library = libc();
  if (!library.available || !library.linux) return undefined;
  const ends = new Int32Array(2);
  if (library.linux.pipe2(ptr(ends), O_CLOEXEC) !== 0) return { ok: false, reason: library.lastError() };
  const [readEnd = -1, writeEnd = -1] = ends;
  // Of the two ends each has flags of its own.
  if (library.linux.fcntl(readEnd, F_SETFL, O_NONBLOCK) !== 0) {
    const reason = library.lastError();
    closeSync(readEnd);
    closeSync(writeEnd);
    return { ok: false, reason };
  }
  return { ok: true, value: { readEnd, writeEnd } };
}

/** From now on whoever writes to it waits until there is room. */
export function makeBlocking(fd: number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only on Linux gw changes how a descriptor waits" };
  const flags = library.linux.fcntl(fd, F_GETFL, 0);
  if (flags < 0 || library.linux.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) !== 0)
    return { ok: false, reason: library.lastError() };
  return { ok: true };
}
