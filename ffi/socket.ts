// Socket options that the runtime has no name for. They are set on the listener, from which the kernel copies them to
// each connection that it accepts; some ask, or tell, the kernel how it deals connections out among listeners.

import { ptr } from "bun:ffi";
import { type Linux, type LinuxCalls, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";
import { encodeProgram, steeringProgram } from "./steering.ts";

const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_PROTOCOL = 38;
const SO_ATTACH_REUSEPORT_CBPF = 51;
const SO_DETACH_REUSEPORT_BPF = 68;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_NOTSENT_LOWAT = 25;
const INT_BYTES = 4;
const NUMBERS_TRIED = 1024;
const TCP_INFO_BYTES = 104;
/** Of a listener, the connections that nobody has accepted yet; of any other socket, what its name says. */
const TCPI_UNACKED_AT = 24;

/** Descriptors of this process's TCP listeners. `open`: all that it has, where the system lists them. */
export function findListeners(open: Result<readonly number[]>): Result<number[]> {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux } = system.value;
  const found = listListeners(linux, open).filter((fd) => numberOf(linux, fd, SO_PROTOCOL) === IPPROTO_TCP);
  return found.length > 0
    ? { ok: true, value: found }
    : { ok: false, reason: "no TCP listener among the descriptors" };
}

/** Descriptors of this process's listeners, of whatever kind. */
export function listListeners(linux: Linux, open: Result<readonly number[]>): number[] {
  // Where nobody lists them the lowest are tried: those are given out first.
  const tried = open.ok ? open.value : Array.from({ length: NUMBERS_TRIED }, (_, fd) => fd);
  return tried.filter((fd) => numberOf(linux, fd, SO_ACCEPTCONN) === 1);
}

/**
 * Bounds the bytes that wait unsent in the kernel for each connection of these listeners. A slow reader then shows
 * progress every few dozen kilobytes, where the kernel's own buffers would hide it for megabytes.
 */
export function limitUnsentBytes(listeners: readonly number[], bytes: number): Outcome {
  return onEach(listeners, IPPROTO_TCP, TCP_NOTSENT_LOWAT, new Int32Array([bytes]));
}

/** Connections that these listeners hold and that this process has not accepted yet. */
export function countUnaccepted(listeners: readonly number[]): Result<number> {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux, lastError } = system.value;
  const info = new DataView(new ArrayBuffer(TCP_INFO_BYTES));
  let count = 0;
  for (const fd of listeners) {
    const length = new Uint32Array([TCP_INFO_BYTES]);
    if (linux.getsockopt(fd, IPPROTO_TCP, TCP_INFO, ptr(info), ptr(length)) !== 0)
      return { ok: false, reason: lastError() };
    count += info.getUint32(TCPI_UNACKED_AT, true);
  }
  return { ok: true, value: count };
}

/**
 * New connections to the port of these listeners go, from now on, to those of its listeners only, of all processes, that
 * have these numbers: the order in which they were bound, and when one is closed, the last one takes its number. A number
 * that there is no longer means any of them. An empty list ends the choice.
 */
export function steerConnections(listeners: readonly number[], numbers: readonly number[]): Outcome {
  if (numbers.length === 0) {
    const detached = onEach(listeners, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, new Int32Array(1));
    // Without a program there is nothing to end.
    return detached.ok || /ENOENT/.test(detached.reason) ? { ok: true } : detached;
  }
  const { program, length } = encodeProgram(steeringProgram(numbers));
  // struct sock_fprog: a count of 16 bits and, aligned, where the program is.
  const header = new BigUint64Array([BigInt(length), BigInt(ptr(program))]);
  return onEach(listeners, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, header);
}

function onEach(
  listeners: readonly number[],
  level: number,
  option: number,
  value: NodeJS.TypedArray,
): Outcome {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux, lastError } = system.value;
  for (const fd of listeners) {
    if (linux.setsockopt(fd, level, option, ptr(value), value.byteLength) !== 0)
      return { ok: false, reason: lastError() };
  }
  return { ok: true };
}

export function openSystem(): Result<LinuxCalls> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { linux, lastError } = library;
  if (!linux) return { ok: false, reason: "only on Linux gw knows the options of sockets" };
  return { ok: true, value: { linux, lastError } };
}

/** An option of SOL_SOCKET; undefined for what is no socket. */
export function numberOf(linux: Linux, fd: number, option: number): number | undefined {
  const value = new Int32Array(1);
  const length = new Uint32Array([INT_BYTES]);
  return linux.getsockopt(fd, SOL_SOCKET, option, ptr(value), ptr(length)) === 0 ? value[0] : undefined;
}
