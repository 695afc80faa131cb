// Socket options that the runtime has no name for. They are set on the listener, from which the kernel copies them to
// each connection that it accepts; some ask, or tell, the kernel how it deals connections out among listeners.

import { ptr } from "bun:ffi";
import { type Linux, type LinuxCalls, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";
import { encodeProgram, steeringProgram } from "./steering.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SO_TYPE = 3;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const LONGEST_NAME_BYTES = 128;
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

// ---- sockets that this process was started with ------------------------------------------------------------------

/** Where it is bound: four bytes of IPv4 or sixteen of IPv6, or a path, behind an at sign for one without a file. */
export type SocketName = { bytes: Uint8Array; port: number } | { unix: string };

/** Of a stream socket that listens; for anything else, the words in which it is not one. */
export function nameOfListener(fd: number): Result<SocketName> {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux, lastError } = system.value;
  const type = numberOf(linux, fd, SO_TYPE);
  if (type === undefined) return { ok: false, reason: "is no socket" };
  if (type !== SOCK_STREAM) return { ok: false, reason: "is a socket of another type than stream" };
  if (numberOf(linux, fd, SO_ACCEPTCONN) !== 1)
    return { ok: false, reason: "is a socket that does not listen" };
  const name = Buffer.from(new ArrayBuffer(LONGEST_NAME_BYTES));
  const length = new Uint32Array([LONGEST_NAME_BYTES]);
  if (linux.getsockname(fd, ptr(name), ptr(length)) !== 0) return { ok: false, reason: lastError() };
  const found = decodeName(name.subarray(0, length[0]));
  return found
    ? { ok: true, value: found }
    : { ok: false, reason: "is of another family than IPv4, IPv6 and UNIX" };
}

/** struct sockaddr_in, sockaddr_in6 or sockaddr_un. */
export function decodeName(name: Buffer): SocketName | undefined {
  const family = name.readUInt16LE(0);
  if (family === AF_INET) return { port: name.readUInt16BE(2), bytes: Uint8Array.from(name.subarray(4, 8)) };
  if (family === AF_INET6)
    return { port: name.readUInt16BE(2), bytes: Uint8Array.from(name.subarray(8, 24)) };
  if (family !== AF_UNIX) return undefined;
  const path = name.subarray(2);
  if (path[0] === 0 && path.length > 1) return { unix: `@${path.toString("utf8", 1)}` };
  return { unix: path.toString("utf8").replace(/\0.*$/s, "") };
}

/**
 * Several processes may wait for the same client, and only one gets it: none of them may hang on the others'. No program that
 * is started later gets the descriptor, unless it is given to it.
 */
export function shareListener(fd: number): Outcome {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux, lastError } = system.value;
  return hasSet(linux, fd) ? { ok: true } : { ok: false, reason: lastError() };
}

function hasSet(linux: Linux, fd: number): boolean {
  const flags = linux.fcntl(fd, F_GETFL, 0);
  if (flags < 0 || linux.fcntl(fd, F_SETFL, flags | O_NONBLOCK) !== 0) return false;
  return linux.fcntl(fd, F_SETFD, FD_CLOEXEC) === 0;
}

// ---- the first bytes of a connection ------------------------------------------------------------------------------

const MSG_PEEK = 2;
const MSG_DONTWAIT = 0x40;

/** Whether bytes can be looked at before the runtime reads them. */
export function canPeek(): Outcome {
  const system = openSystem();
  return system.ok ? { ok: true } : system;
}

/**
 * Looks at what has come and was not read, from its beginning, without taking it. How many bytes are in `into` now: 0 where the
 * other side has ended; undefined where nothing has come yet.
 */
export function peekAtOnce(fd: number, into: Uint8Array): number | undefined {
  return receive(fd, into, MSG_PEEK | MSG_DONTWAIT);
}

/** Takes as many bytes as are there and as `into` has room for; they are not read again. Undefined as above. */
export function takeAtOnce(fd: number, into: Uint8Array): number | undefined {
  return receive(fd, into, MSG_DONTWAIT);
}

function receive(fd: number, into: Uint8Array, flags: number): number | undefined {
  const system = openSystem();
  if (!system.ok) return undefined;
  const count = Number(system.value.linux.recv(fd, ptr(into), BigInt(into.byteLength), flags));
  // What is wrong with a connection is told by the runtime, which waits for it as well.
  return count < 0 ? undefined : count;
}
