// UNIX sockets that this process makes before others accept from them: bound and listening, with their permissions from the first
// moment on. And datagrams to one of somebody else's. Linux only; elsewhere each answer says so.

import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { type LinuxCalls, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";
import { openSystem } from "./socket.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un: the family, then the path with the byte that ends it. */
const PATH_AT = 2;
const ADDRESS_BYTES = 110;
const ALL_BITS = 0o777;

export type UnixListener = { mode: number; backlog: number };

/** `path`: of a file, or behind an at sign a name without one. Its descriptor; the file is there from then on. */
export function listenAtPath(path: string, { mode, backlog }: UnixListener): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  return withUnixSocket(SOCK_STREAM | SOCK_NONBLOCK, path, ({ linux, lastError }, fd, address) => {
    // The file never has other permissions than these: not for a moment.
    const before = library.posix.umask(ALL_BITS & ~mode);
    const bound = linux.bind(fd, ptr(address), address.byteLength);
    const reason = bound === 0 ? undefined : lastError();
    library.posix.umask(before);
    if (reason !== undefined) return { ok: false, reason };
    return library.posix.listen(fd, backlog) === 0 ? { ok: true } : { ok: false, reason: lastError() };
  });
}

/** Whether anybody listens there: tried out. Refused with the system's word for it, when nobody does or it cannot be told. */
export function tryToConnect(path: string): Outcome {
  const made = withUnixSocket(SOCK_STREAM | SOCK_NONBLOCK, path, ({ linux, lastError }, fd, address) => {
    if (linux.connect(fd, ptr(address), address.byteLength) === 0) return { ok: true };
    return { ok: false, reason: lastError() };
  });
  if (!made.ok) return made;
  closeSync(made.value);
  return { ok: true };
}

/** Waits for nobody: a reader who does not keep up misses it. */
export function sendDatagram(path: string, text: string): Outcome {
  const made = withUnixSocket(SOCK_DGRAM, path, ({ linux, lastError }, fd, address) => {
    const bytes = Buffer.from(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (linux.connect(fd, ptr(address), address.byteLength) !== 0) return { ok: false, reason: lastError() };
    const sent = linux.send(fd, ptr(bytes), BigInt(bytes.length), flags);
    return Number(sent) === bytes.length ? { ok: true } : { ok: false, reason: lastError() };
  });
  if (!made.ok) return made;
  closeSync(made.value);
  return { ok: true };
}

type Act = (system: LinuxCalls, fd: number, address: Uint8Array) => Outcome;

/** A new socket, on which `act` has succeeded. */
export function withUnixSocket(type: number, path: string, act: Act): Result<number> {
  const system = openSystem();
  if (!system.ok) return system;
  const address = addressOf(path);
  if (!address) return { ok: false, reason: "the path is too long for a socket" };
  const { linux, lastError } = system.value;
  const fd = linux.socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, reason: lastError() };
  const done = act(system.value, fd, address);
  if (done.ok) return { ok: true, value: fd };
  closeSync(fd);
  return done;
}

/** A name without a file begins with a zero byte, and is as long as its bytes. */
function addressOf(path: string): Uint8Array | undefined {
  const isAbstract = path.startsWith("@");
  const text = Buffer.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (PATH_AT + text.length > ADDRESS_BYTES) return undefined;
  const address = new Uint8Array(new ArrayBuffer(PATH_AT + text.length));
  address[0] = AF_UNIX;
  address.set(text, PATH_AT);
  return address;
}
