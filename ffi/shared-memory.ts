// Memory that several processes have in common. Linux only; elsewhere the answer says so, and each process counts for itself.

import { type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { closeSync, ftruncateSync } from "node:fs";
import { arch, platform } from "node:os";
import { libc } from "./libc.ts";
import type { Result } from "./process.ts";

/** The C library has a function for it only since 2018. */
const SYS_MEMFD_CREATE: Readonly<Record<string, number>> = { x64: 319, arm64: 279 };
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
/** Whoever has it can neither shorten nor lengthen it, nor change that: a shorter one would end its readers by a signal. */
const SEALS = 0x1 | 0x2 | 0x4;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** A descriptor of so many bytes of zeros, which take no memory before they are touched. No program that is started inherits it by itself. */
export function makeSharedMemory(name: string, bytes: number): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const number = SYS_MEMFD_CREATE[arch()];
  if (!library.linux || number === undefined)
    return { ok: false, reason: `gw does not know how to share memory on ${platform()} (${arch()})` };
  const { syscall, fcntl } = library.linux;
  const text = Buffer.from(`${name}\0`);
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const fd = Number(syscall(number, ptr(text), flags as Pointer, null, 0));
  if (fd < 0) return { ok: false, reason: library.lastError() };
  try {
    ftruncateSync(fd, bytes);
  } catch (thrown) {
    closeSync(fd);
    return { ok: false, reason: String(thrown) };
  }
  if (fcntl(fd, F_ADD_SEALS, SEALS) === 0) return { ok: true, value: fd };
  const reason = library.lastError();
  closeSync(fd);
  return { ok: false, reason };
}

/** What stands behind that descriptor, for as long as the process lives; the descriptor itself may be closed. */
export function mapSharedMemory(fd: number, bytes: number): Result<ArrayBuffer> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: `gw does not know how to share memory on ${platform()}` };
  const mapped = BigInt(library.linux.mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, fd, 0n));
  // MAP_FAILED is all ones.
  if (BigInt.asIntN(64, mapped) === -1n) return { ok: false, reason: library.lastError() };
  return { ok: true, value: toArrayBuffer(Number(mapped) as Pointer, 0, bytes) };
}
