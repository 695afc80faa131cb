// Open files from one process to another: UNIX sockets of whole messages (SOCK_SEQPACKET), each with some text and, where one
// comes along, a descriptor (SCM_RIGHTS). Nothing here waits. Linux only; elsewhere the answer is that it is not there.

import { ptr } from "bun:ffi";
import { type Linux, type LinuxCalls, libc } from "../libc.ts";
import type { Result } from "../process.ts";
import { withUnixSocket } from "../unix-socket.ts";
import { EAGAIN } from "./open-beneath.ts";

const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const WHOLE_MESSAGES = SOCK_SEQPACKET | SOCK_NONBLOCK;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
/** struct msghdr, struct cmsghdr with one descriptor, and the length that the latter says of itself, on 64-bit systems. */
const HEAD_BYTES = 56;
const CONTROL_BYTES = 24;
const CONTROL_LENGTH = 20;
const TEXT_BYTES = 128;
const BACKLOG = 128;

/** `fd`: what came along; absent where nothing did, or there was no room for it. */
export type Passed = { text: string; fd?: number };

/** A socket at this path, which takes who connects. */
export function listenForFiles(path: string): Result<number> {
  return withUnixSocket(WHOLE_MESSAGES, path, ({ linux, lastError }, fd, address) => {
    const isBound = linux.bind(fd, ptr(address), address.byteLength) === 0;
    return isBound && linux.listen(fd, BACKLOG) === 0 ? { ok: true } : { ok: false, reason: lastError() };
  });
}

export function connectForFiles(path: string): Result<number> {
  return withUnixSocket(WHOLE_MESSAGES, path, ({ linux, lastError }, fd, address) =>
    linux.connect(fd, ptr(address), address.byteLength) === 0
      ? { ok: true }
      : { ok: false, reason: lastError() },
  );
}

/** Undefined: nobody waits to be let in, or cannot be. */
export function acceptForFiles(listener: number): number | undefined {
  const calls = open();
  if (!calls.ok) return undefined;
  const fd = calls.value.linux.accept4(listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return fd < 0 ? undefined : fd;
}

/** Which process is at the other end: the one that listened, or connected. */
export function pidOfPeer(fd: number): number | undefined {
  const calls = open();
  if (!calls.ok) return undefined;
  const credentials = new Int32Array(new ArrayBuffer(12));
  const length = new Uint32Array(new ArrayBuffer(4));
  length[0] = credentials.byteLength;
  const asked = calls.value.linux.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ptr(credentials), ptr(length));
  return asked === 0 ? credentials[0] : undefined;
}

/** A text of up to 128 ASCII characters, and a descriptor with it. False: the other end is full, or gone. */
export function pass(channel: number, text: string, fd?: number): boolean {
  const calls = open();
  return calls.ok && message.send(calls.value.linux, channel, text, fd);
}

/** The next message; undefined: there is none now; "gone": nor will there be one. */
export function receivePassed(channel: number): Passed | "gone" | undefined {
  const calls = open();
  if (!calls.ok) return "gone";
  const received = message.receive(calls.value.linux, channel);
  if (typeof received !== "number") return received;
  const library = libc();
  return library.available && received < 0 && library.lastErrno() === EAGAIN ? undefined : "gone";
}

/** One message, used again and again: its memory must not move while the system has its address. */
class Message {
  readonly #text = new Uint8Array(new ArrayBuffer(TEXT_BYTES));
  readonly #pieces = new BigUint64Array(new ArrayBuffer(16));
  readonly #control = new DataView(new ArrayBuffer(CONTROL_BYTES));
  readonly #head = new DataView(new ArrayBuffer(HEAD_BYTES));

  send(linux: Linux, channel: number, text: string, fd: number | undefined): boolean {
    const count = Buffer.from(this.#text.buffer).write(text, "latin1");
    this.#prepare(count, fd === undefined ? 0 : CONTROL_BYTES);
    this.#control.setBigUint64(0, BigInt(CONTROL_LENGTH), true);
    this.#control.setInt32(8, SOL_SOCKET, true);
    this.#control.setInt32(12, SCM_RIGHTS, true);
    this.#control.setInt32(16, fd ?? -1, true);
    const sent = linux.sendmsg(channel, ptr(this.#head), MSG_DONTWAIT | MSG_NOSIGNAL);
    return Number(sent) === count;
  }

  receive(linux: Linux, channel: number): Passed | number {
    // Not one byte more: the system fills the room there is with descriptors, and drops only those that find none.
    this.#prepare(TEXT_BYTES, CONTROL_LENGTH);
    this.#control.setBigUint64(0, 0n, true);
    const count = Number(linux.recvmsg(channel, ptr(this.#head), MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    if (count < 0) return count;
    const text = Buffer.from(this.#text.buffer).toString("latin1", 0, count);
    const isDescriptor =
      this.#control.getBigUint64(0, true) === BigInt(CONTROL_LENGTH) &&
      this.#control.getInt32(8, true) === SOL_SOCKET &&
      this.#control.getInt32(12, true) === SCM_RIGHTS;
    if (isDescriptor) return { text, fd: this.#control.getInt32(16, true) };
    return count === 0 ? count : { text };
  }

  #prepare(textBytes: number, controlBytes: number): void {
    this.#pieces[0] = BigInt(ptr(this.#text));
    this.#pieces[1] = BigInt(textBytes);
    this.#head.setBigUint64(16, BigInt(ptr(this.#pieces)), true);
    this.#head.setBigUint64(24, 1n, true);
    this.#head.setBigUint64(32, controlBytes === 0 ? 0n : BigInt(ptr(this.#control)), true);
    this.#head.setBigUint64(40, BigInt(controlBytes), true);
  }
}

const message = new Message();

function open(): Result<LinuxCalls> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { linux, lastError } = library;
  if (!linux) return { ok: false, reason: "only on Linux gw passes open files between processes" };
  return { ok: true, value: { linux, lastError } };
}
