// What macOS tells of processes, in the place of /proc: libproc for processes, sysctl for settings. Elsewhere each answer says
// that there is none.

import { dlopen, type FFIFunction, type Library, type Pointer, ptr } from "bun:ffi";
import { platform } from "node:os";
import type { Result } from "./process.ts";

const SYMBOLS = {
  proc_listpids: { args: ["u32", "u32", "ptr", "i32"], returns: "i32" },
  proc_pidinfo: { args: ["i32", "i32", "u64", "ptr", "i32"], returns: "i32" },
  getsid: { args: ["i32"], returns: "i32" },
  mach_timebase_info: { args: ["ptr"], returns: "i32" },
  sysctlbyname: { args: ["ptr", "ptr", "ptr", "ptr", "u64"], returns: "i32" },
} as const satisfies Record<string, FFIFunction>;

type Symbols = Library<typeof SYMBOLS>["symbols"];

/** The system's own library holds all of it. */
const NAME = "libSystem.B.dylib";

const PROC_ALL_PIDS = 1;
const PROC_PPID_ONLY = 6;
const PROC_PIDLISTFDS = 1;
const PROC_PIDTBSDINFO = 3;
const PROC_PIDTASKINFO = 4;
/** sizeof(struct proc_bsdinfo), sizeof(struct proc_taskinfo), sizeof(struct proc_fdinfo). */
const BSD_INFO_BYTES = 136;
const TASK_INFO_BYTES = 96;
const FD_INFO_BYTES = 8;
const PID_BYTES = 4;
/** Room for what comes between the question how many there are and the list of them. */
const SPARE = 64;

/** Undefined in an answer: there is no such process, or it is not ours to look at. */
export type Libproc = {
  listPids(parent?: number): Result<number[]>;
  /** The bytes of struct proc_bsdinfo; of a zombie as well. */
  bsdInfo(pid: number): Result<Uint8Array | undefined>;
  /** The bytes of struct proc_taskinfo; only of processes of one's own user. */
  taskInfo(pid: number): Result<Uint8Array | undefined>;
  /** An array of struct proc_fdinfo. */
  descriptors(pid: number): Result<Uint8Array | undefined>;
  sessionOf(pid: number): Result<number | undefined>;
  /** Nanoseconds of one unit of processor time. */
  tickNs(): Result<number>;
  /** Of an integer. */
  setting(name: string): Result<number>;
};

let opened: Result<Symbols> | undefined;

function open(): Result<Symbols> {
  if (platform() !== "darwin") return { ok: false, reason: `${platform()} has no libproc` };
  try {
    return { ok: true, value: dlopen(NAME, SYMBOLS).symbols };
  } catch (thrown) {
    return { ok: false, reason: `libproc: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}

function call<T>(act: (symbols: Symbols) => Result<T>): Result<T> {
  opened ??= open();
  return opened.ok ? act(opened.value) : opened;
}

export const libproc: Libproc = {
  listPids: (parent) =>
    call(({ proc_listpids }) => {
      const [kind, of] = parent === undefined ? [PROC_ALL_PIDS, 0] : [PROC_PPID_ONLY, parent];
      const bytes = proc_listpids(kind, of, null, 0);
      if (bytes < 0) return { ok: false, reason: "libproc does not list processes" };
      const list = new Int32Array(bytes / PID_BYTES + SPARE);
      const filled = proc_listpids(kind, of, ptr(list), list.byteLength);
      if (filled < 0) return { ok: false, reason: "libproc does not list processes" };
      // It fills what it does not need with zeros.
      return { ok: true, value: [...list.subarray(0, filled / PID_BYTES)].filter((pid) => pid > 0) };
    }),
  bsdInfo: (pid) => record(pid, PROC_PIDTBSDINFO, BSD_INFO_BYTES, 1n),
  taskInfo: (pid) => record(pid, PROC_PIDTASKINFO, TASK_INFO_BYTES, 0n),
  descriptors: (pid) =>
    call(({ proc_pidinfo }) => {
      const bytes = proc_pidinfo(pid, PROC_PIDLISTFDS, 0n, null, 0);
      const list = new Uint8Array(Math.max(bytes, 0) + SPARE * FD_INFO_BYTES);
      const filled = bytes > 0 ? proc_pidinfo(pid, PROC_PIDLISTFDS, 0n, ptr(list), list.byteLength) : 0;
      return { ok: true, value: filled > 0 ? list.subarray(0, filled) : undefined };
    }),
  sessionOf: (pid) =>
    call(({ getsid }) => {
      const session = getsid(pid);
      return { ok: true, value: session < 0 ? undefined : session };
    }),
  tickNs: () =>
    call(({ mach_timebase_info }) => {
      const fraction = new Uint32Array(2);
      const [numerator = 0, denominator = 0] = mach_timebase_info(ptr(fraction)) === 0 ? fraction : [];
      return denominator > 0
        ? { ok: true, value: numerator / denominator }
        : { ok: false, reason: "the system does not tell the unit of its times" };
    }),
  setting: (name) =>
    call(({ sysctlbyname }) => {
      const value = new Int32Array(1);
      const length = new BigUint64Array([BigInt(value.byteLength)]);
      const isTold = sysctlbyname(text(name), ptr(value), ptr(length), null, 0n) === 0;
      return isTold && length[0] === BigInt(value.byteLength)
        ? { ok: true, value: value[0] ?? 0 }
        : { ok: false, reason: `sysctl does not tell ${name}` };
    }),
};

/** `argument` 1 has zombies found, too. */
function record(pid: number, kind: number, bytes: number, argument: bigint): Result<Uint8Array | undefined> {
  return call(({ proc_pidinfo }) => {
    const info = new Uint8Array(bytes);
    const filled = proc_pidinfo(pid, kind, argument, ptr(info), bytes);
    return { ok: true, value: filled === bytes ? info : undefined };
  });
}

const text = (name: string): Pointer => ptr(Buffer.from(`${name}\0`));
