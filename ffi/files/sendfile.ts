// Bytes to a descriptor past the runtime: from an open file inside the kernel, or what would go through TLS otherwise. Without
// the call, the outcome says so; from a file, the caller copies by itself.

import { ptr } from "bun:ffi";
import { platform } from "node:os";
import { libc } from "../libc.ts";
import type { Result } from "../process.ts";
import { EAGAIN, ENOSYS } from "./open-beneath.ts";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Moves up to `countBytes` from where `from` stands; answers how many bytes went. */
export function sendFile(to: number, from: number, countBytes: number): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: `the form of sendfile on ${platform()} is not used` };
  const sent = Number(library.linux.sendfile(to, from, null, countBytes));
  return sent < 0 ? { ok: false, reason: library.lastError() } : { ok: true, value: sent };
}

const offset = new BigInt64Array(new ArrayBuffer(8));

/**
 * Moves up to `countBytes` from `position` of the file `from` to the socket `to`, which does not wait. How many bytes went:
 * 0 at the end of the file. Below zero: the negated errno, EAGAIN where the socket takes nothing now.
 */
export function sendFileAt(to: number, from: number, position: number, countBytes: number): number {
  const library = libc();
  if (!library.available || !library.linux) return -ENOSYS;
  offset[0] = BigInt(position);
  const sent = Number(library.linux.sendfile(to, from, ptr(offset), countBytes));
  if (sent >= 0) return sent;
  // Whatever else stood there by now: to write the bytes instead is right after any failure.
  return -(library.lastErrno() || EAGAIN);
}

/** Sends what the kernel takes at once; answers how many bytes that were. */
export function sendAtOnce(fd: number, bytes: Uint8Array): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: `sending past the runtime is not done on ${platform()}` };
  if (bytes.length === 0) return { ok: true, value: 0 };
  const sent = Number(library.linux.send(fd, ptr(bytes), bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL));
  return sent < 0 ? { ok: false, reason: library.lastError() } : { ok: true, value: sent };
}
