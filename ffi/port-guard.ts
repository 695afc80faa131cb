// Keeps a TCP port from being shared. Programs of one user may share a port where each asks for it (SO_REUSEPORT); the kernel
// refuses as soon as one socket that is bound there has not asked. Such a socket need not listen: it gets no connection, and
// takes no part in how they are dealt out. While it asks after all, those who are wanted can bind. Linux only.

import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { type LinuxCalls, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_FREEBIND = 78;
/** 100::/64 (RFC 6666) belongs to no machine, so that nobody listens there. */
const NOBODYS = Uint8Array.from([1, ...Array(15).fill(0)]);
const IPV4_BYTES = 4;
/** struct sockaddr_in6, the longer one. */
const ADDRESS_BYTES = 28;

/** `bytes`: four of IPv4 or sixteen of IPv6, in the order of the network. */
export type BoundAddress = { bytes: Uint8Array; port: number };

export interface PortGuard {
  /** Whoever asks to share the port can bind it until `shut`. */
  admit(): Outcome;
  /** From now on nobody can. It is tried out: not every kernel and address lets itself be guarded. */
  shut(): Outcome;
  close(): void;
}

/** Binds beside whoever shares the port now. */
export function guardPort(address: BoundAddress): Result<PortGuard> {
  const system = openSystem();
  if (!system.ok) return system;
  const { value } = system;
  // After a server that has ended its connections the port rests; only to be bound at all the guard must overlook that.
  const made = bindSocket(value, address, [
    [SOL_SOCKET, SO_REUSEADDR, 1],
    [SOL_SOCKET, SO_REUSEPORT, 1],
  ]);
  if (!made.ok) return made;
  const fd = made.value;
  const set = (option: number, on: number) => setOption(value, fd, [SOL_SOCKET, option, on]);
  const firm = set(SO_REUSEADDR, 0);
  if (!firm.ok) {
    closeSync(fd);
    return firm;
  }
  return {
    ok: true,
    value: {
      admit: () => set(SO_REUSEPORT, 1),
      shut() {
        const refused = set(SO_REUSEPORT, 0);
        return refused.ok ? forgetSharing(value, address) : refused;
      },
      close: () => closeSync(fd),
    },
  };
}

/**
 * The kernel remembers that the last one to bind the port was ready to share it, and then asks nobody else; a socket that is
 * not, somewhere on the same port where it is in nobody's way, makes it forget that.
 */
function forgetSharing(system: LinuxCalls, { bytes, port }: BoundAddress): Outcome {
  const lone = bindSocket(system, { bytes: NOBODYS, port }, [
    [IPPROTO_IPV6, IPV6_V6ONLY, 1],
    [IPPROTO_IPV6, IPV6_FREEBIND, 1],
  ]);
  if (!lone.ok) return { ok: false, reason: `a socket beside it: ${lone.reason}` };
  closeSync(lone.value);
  const stranger = bindSocket(system, { bytes, port }, [
    [SOL_SOCKET, SO_REUSEADDR, 1],
    [SOL_SOCKET, SO_REUSEPORT, 1],
  ]);
  if (!stranger.ok) return { ok: true };
  closeSync(stranger.value);
  return { ok: false, reason: "the system lets others bind it all the same" };
}

type SocketOption = [level: number, name: number, value: number];

function bindSocket(
  system: LinuxCalls,
  { bytes, port }: BoundAddress,
  options: SocketOption[],
): Result<number> {
  const { linux, lastError } = system;
  const isIpv4 = bytes.length === IPV4_BYTES;
  const fd = linux.socket(isIpv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, reason: lastError() };
  const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  address.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  address.setUint16(2, port);
  new Uint8Array(address.buffer).set(bytes, isIpv4 ? 4 : 8);
  const failed = options.map((option) => setOption(system, fd, option)).find(({ ok }) => !ok);
  const isBound = !failed && linux.bind(fd, ptr(address), isIpv4 ? 16 : ADDRESS_BYTES) === 0;
  if (isBound) return { ok: true, value: fd };
  const reason = failed && !failed.ok ? failed.reason : lastError();
  closeSync(fd);
  return { ok: false, reason };
}

function setOption(
  { linux, lastError }: LinuxCalls,
  fd: number,
  [level, name, value]: SocketOption,
): Outcome {
  const set = linux.setsockopt(fd, level, name, ptr(new Int32Array([value])), 4);
  return set === 0 ? { ok: true } : { ok: false, reason: lastError() };
}

function openSystem(): Result<LinuxCalls> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { linux, lastError } = library;
  if (!linux) return { ok: false, reason: "only on Linux gw knows how" };
  return { ok: true, value: { linux, lastError } };
}
