// How many connections may wait at a listener until it is asked to accept them: set for a listener that there is, and
// read back as the kernel has it, which grants no more than net.core.somaxconn.

import { ptr } from "bun:ffi";
import { fstatSync } from "node:fs";
import type { Linux } from "./libc.ts";
import { libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";
import { decodeName, listListeners, numberOf, openSystem } from "./socket.ts";

const AF_UNIX = 1;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SO_DOMAIN = 39;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_INFO_BYTES = 104;
/** Of a listener: the connections that it has, and that it may have, waiting; of any other socket, what their names say. */
const TCPI_UNACKED_AT = 24;
const TCPI_SACKED_AT = 28;
const LONGEST_NAME_BYTES = 128;

export type AcceptQueue = { now: number; most: number };

/** Where a listener is bound: the path of a UNIX socket, or a TCP port on whatever address. */
export type Bound = { unix: string } | { port: number };

/** The descriptor of this process's listener that is bound there. `open`: all that it has, where the system lists them. */
export function findListener(bound: Bound, open: Result<readonly number[]>): Result<number> {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux } = system.value;
  const fd = listListeners(linux, open).find((one) => isBoundTo(linux, one, bound));
  return fd === undefined
    ? { ok: false, reason: "the listener could not be found among the descriptors" }
    : { ok: true, value: fd };
}

function isBoundTo(linux: Linux, fd: number, bound: Bound): boolean {
  const name = Buffer.from(new ArrayBuffer(LONGEST_NAME_BYTES));
  const length = new Uint32Array([LONGEST_NAME_BYTES]);
  if (linux.getsockname(fd, ptr(name), ptr(length)) !== 0) return false;
  const found = decodeName(name.subarray(0, length[0]));
  if (!found) return false;
  return "unix" in found
    ? "unix" in bound && found.unix === bound.unix
    : "port" in bound && found.port === bound.port;
}

/** To listen again is to say anew how many may wait; nothing that waits is lost. */
export function setBacklog(fd: number, most: number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  return library.posix.listen(fd, most) === 0 ? { ok: true } : { ok: false, reason: library.lastError() };
}

/** How many wait at a listener, and how many may. */
export function readBacklog(fd: number): Result<AcceptQueue> {
  const system = openSystem();
  if (!system.ok) return system;
  const { linux, lastError } = system.value;
  if (numberOf(linux, fd, SO_DOMAIN) === AF_UNIX) return readUnixBacklog(linux, fd, lastError);
  const info = new DataView(new ArrayBuffer(TCP_INFO_BYTES));
  const length = new Uint32Array([TCP_INFO_BYTES]);
  if (linux.getsockopt(fd, IPPROTO_TCP, TCP_INFO, ptr(info), ptr(length)) !== 0)
    return { ok: false, reason: lastError() };
  return {
    ok: true,
    value: { now: info.getUint32(TCPI_UNACKED_AT, true), most: info.getUint32(TCPI_SACKED_AT, true) },
  };
}

// ---- UNIX sockets: only the kernel's own diagnosis tells, as it tells `ss` --------------------------------------

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const UDIAG_SHOW_RQLEN = 16;
const UNIX_DIAG_RQLEN = 4;
const ANY_STATE = 0xffffffff;
const NO_COOKIE = 0xffffffff;
const HEADER_BYTES = 16;
const REQUEST_BYTES = HEADER_BYTES + 24;
const REPLY_BYTES = 4096;
const MSG_DONTWAIT = 0x40;

function readUnixBacklog(linux: Linux, fd: number, lastError: () => string): Result<AcceptQueue> {
  const netlink = linux.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) return { ok: false, reason: lastError() };
  try {
    const request = diagnosisRequest(fstatSync(fd).ino);
    if (linux.send(netlink, ptr(request), BigInt(request.byteLength), 0) < 0)
      return { ok: false, reason: lastError() };
    // The kernel has answered when `send` returns.
    const reply = Buffer.from(new ArrayBuffer(REPLY_BYTES));
    const length = Number(linux.recv(netlink, ptr(reply), BigInt(REPLY_BYTES), MSG_DONTWAIT));
    if (length < 0) return { ok: false, reason: lastError() };
    return readDiagnosis(reply.subarray(0, length));
  } finally {
    linux.close(netlink);
  }
}

/** struct nlmsghdr, then struct unix_diag_req. */
function diagnosisRequest(inode: number): Buffer {
  const request = Buffer.from(new ArrayBuffer(REQUEST_BYTES));
  request.writeUInt32LE(REQUEST_BYTES, 0);
  request.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  request.writeUInt16LE(NLM_F_REQUEST, 6);
  request.writeUInt8(AF_UNIX, HEADER_BYTES);
  request.writeUInt32LE(ANY_STATE, HEADER_BYTES + 4);
  request.writeUInt32LE(inode, HEADER_BYTES + 8);
  request.writeUInt32LE(UDIAG_SHOW_RQLEN, HEADER_BYTES + 12);
  request.writeUInt32LE(NO_COOKIE, HEADER_BYTES + 16);
  request.writeUInt32LE(NO_COOKIE, HEADER_BYTES + 20);
  return request;
}

/** struct nlmsghdr, struct unix_diag_msg, then attributes of a length, a type and a value each, aligned to four bytes. */
export function readDiagnosis(reply: Buffer): Result<AcceptQueue> {
  const none = { ok: false, reason: "the kernel's diagnosis does not tell of this socket" } as const;
  if (reply.length < HEADER_BYTES || reply.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) return none;
  for (let at = 2 * HEADER_BYTES; at + 4 <= reply.length; ) {
    const length = reply.readUInt16LE(at);
    if (reply.readUInt16LE(at + 2) === UNIX_DIAG_RQLEN && length >= 12 && at + 12 <= reply.length)
      return { ok: true, value: { now: reply.readUInt32LE(at + 4), most: reply.readUInt32LE(at + 8) } };
    at += Math.max(4, (length + 3) & ~3);
  }
  return none;
}
