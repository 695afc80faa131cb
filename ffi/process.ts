// What a process may do and who it is: resource limits, parent-death signal, no_new_privs, user and group ids, its program.
// Every function answers with an Outcome; where the platform lacks the call, the reason says so.

import { ptr } from "bun:ffi";
import { platform } from "node:os";
import { libc } from "./libc.ts";

export type Outcome = { ok: true } | { ok: false; reason: string };
export type Result<T> = { ok: true; value: T } | { ok: false; reason: string };

export type ResourceName = "cpu" | "data" | "stack" | "core" | "processes" | "openFiles" | "addressSpace";

/** In the unit of the resource: bytes, seconds or a number of things; Infinity where there is no limit. */
export type ResourceLimit = { soft: number; hard: number };

const LINUX_NUMBERS: Record<ResourceName, number> = {
  cpu: 0,
  data: 2,
  stack: 3,
  core: 4,
  processes: 6,
  openFiles: 7,
  addressSpace: 9,
};
const DARWIN_NUMBERS: Record<ResourceName, number> = {
  ...LINUX_NUMBERS,
  addressSpace: 5,
  processes: 7,
  openFiles: 8,
};

const IS_LINUX = platform() === "linux";
const NUMBERS = IS_LINUX ? LINUX_NUMBERS : DARWIN_NUMBERS;
const UNLIMITED = IS_LINUX ? 2n ** 64n - 1n : 2n ** 63n - 1n;

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_SET_DUMPABLE = 4;
const PR_SET_NAME = 15;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const PRIO_PROCESS = 0;

export function getResourceLimit(name: ResourceName): Result<ResourceLimit> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const pair = new BigUint64Array(2);
  if (library.posix.getrlimit(NUMBERS[name], ptr(pair)) !== 0)
    return { ok: false, reason: library.lastError() };
  const [soft = 0n, hard = 0n] = pair;
  return { ok: true, value: { soft: fromKernel(soft), hard: fromKernel(hard) } };
}

/** Sets both limits of this process, and so of the children that it starts from now on. */
export function setResourceLimit(name: ResourceName, { soft, hard }: ResourceLimit): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!(soft >= 0 && hard >= soft))
    return { ok: false, reason: `the soft limit ${soft} is not within the hard limit ${hard}` };
  const pair = new BigUint64Array([toKernel(soft), toKernel(hard)]);
  if (library.posix.setrlimit(NUMBERS[name], ptr(pair)) !== 0)
    return { ok: false, reason: library.lastError() };
  return { ok: true };
}

/** From now on this process, and what it starts, leaves no core file: for good, and read back from the system. */
export function forbidCoreFiles(): Outcome {
  const set = setResourceLimit("core", { soft: 0, hard: 0 });
  if (!set.ok) return set;
  const got = getResourceLimit("core");
  if (!got.ok) return got;
  return got.value.hard === 0 ? { ok: true } : { ok: false, reason: "the system took another value" };
}

function fromKernel(value: bigint): number {
  return value >= UNLIMITED ? Number.POSITIVE_INFINITY : Number(value);
}

function toKernel(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.floor(value)) : UNLIMITED;
}

/** The signal that the kernel sends to this process when the thread that started it ends; 0 for none. */
export function setParentDeathSignal(signal: number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return noPrctl();
  const result = library.linux.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
  return result === 0 ? { ok: true } : { ok: false, reason: library.lastError() };
}

export function getParentDeathSignal(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return noPrctl();
  const signal = new Int32Array(1);
  const result = library.linux.prctl(PR_GET_PDEATHSIG, ptr(signal), 0, 0, 0);
  return result === 0 ? { ok: true, value: signal[0] ?? 0 } : { ok: false, reason: library.lastError() };
}

/** The process that this one was started by; another one when that has ended. */
export function getParent(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  return { ok: true, value: library.posix.getppid() };
}

/** True when no program started from here can gain rights, for example through sudo. */
export function hasNoNewPrivileges(): Result<boolean> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return noPrctl();
  const result = library.linux.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  return result < 0 ? { ok: false, reason: library.lastError() } : { ok: true, value: result === 1 };
}

/** For good, and for all programs that are started from this thread. */
export function setNoNewPrivileges(): Outcome {
  return control(PR_SET_NO_NEW_PRIVS, 1);
}

/** After a change of user the kernel hides /proc/self from the process itself; this shows it again. */
export function showToOwnUser(): Outcome {
  return control(PR_SET_DUMPABLE, 1);
}

/** As much as the kernel keeps of a name, the final zero not counted. */
const NAME_BYTES = 15;

/**
 * What `top`, `ps -e` and the kernel's own messages call this process from now on, which is otherwise the name of the file that it
 * was started from. To be called from the main thread; of a longer name the kernel would keep a part.
 */
export function setProcessName(name: string): Outcome {
  const bytes = Buffer.from(`${name}\0`);
  if (bytes.length > NAME_BYTES + 1)
    return { ok: false, reason: `the name ${name} is longer than ${NAME_BYTES} bytes` };
  return control(PR_SET_NAME, ptr(bytes));
}

/** Linux holds a nice value for each thread: `threads` are those that there are already. New ones inherit it. */
export function setPriority(nice: number, threads: readonly number[]): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  for (const thread of [0, ...threads]) {
    if (library.posix.setpriority(PRIO_PROCESS, thread, nice) !== 0)
      return { ok: false, reason: library.lastError() };
  }
  return { ok: true };
}

export function getPriority(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  return { ok: true, value: library.posix.getpriority(PRIO_PROCESS, 0) };
}

export type Identity = { uid: number; effectiveUid: number; gid: number; effectiveGid: number };

export function getIdentity(): Result<Identity> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { getuid, geteuid, getgid, getegid } = library.posix;
  return {
    ok: true,
    value: { uid: getuid(), effectiveUid: geteuid(), gid: getgid(), effectiveGid: getegid() },
  };
}

function control(option: number, value: number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return noPrctl();
  const result = library.linux.prctl(option, value, 0, 0, 0);
  return result === 0 ? { ok: true } : { ok: false, reason: library.lastError() };
}

function noPrctl(): { ok: false; reason: string } {
  return { ok: false, reason: `${platform()} has no prctl` };
}

/**
 * Becomes another program: its number, descriptors and parent stay. Returns only when it fails. `words`: the arguments, the program's own name first. `variable`: set in the environment, which
 * is otherwise the one that this process was started with, whatever has become of process.env.
 */
export function execute(
  path: string,
  words: readonly string[],
  variable: [name: string, value: string],
): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const [name, value, program] = [...variable, path].map(zeroEnded) as [Buffer, Buffer, Buffer];
  const list = words.map(zeroEnded);
  const pointers = new BigUint64Array([...list.map((word) => BigInt(ptr(word))), 0n]);
  if (library.posix.setenv(ptr(name), ptr(value), 1) === 0) library.posix.execv(ptr(program), ptr(pointers));
  const reason = library.lastError();
  // A pointer keeps nothing alive: what they point to has to be there until the system has read it.
  for (const text of [name, value, program, ...list]) text.fill(0);
  pointers.fill(0n);
  return { ok: false, reason };
}

const zeroEnded = (text: string) => Buffer.from(`${text}\0`);

const CLOCK_MONOTONIC = 1;

/** Microseconds on the kernel's own monotonic clock, for who is told an instant by another process; the runtime's begins anew. */
export function kernelMicroseconds(): Result<bigint> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: `the clock of ${platform()} is not asked` };
  // struct timespec: seconds, nanoseconds.
  const time = new BigInt64Array(new ArrayBuffer(16));
  if (library.linux.clock_gettime(CLOCK_MONOTONIC, ptr(time)) !== 0)
    return { ok: false, reason: library.lastError() };
  return { ok: true, value: (time[0] as bigint) * 1_000_000n + (time[1] as bigint) / 1_000n };
}
