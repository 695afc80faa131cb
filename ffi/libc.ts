// The C library, opened once and only when first asked for. Every caller must be ready to hear that it is not there.
// Nothing but symbols and the wording of errno: what a call means stands in the file beside it that makes the call.

import { dlopen, type FFIFunction, type Library, type Pointer, read } from "bun:ffi";
import { platform } from "node:os";
import { getSystemErrorMap } from "node:util";

const POSIX = {
  getrlimit: { args: ["i32", "ptr"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  getuid: { args: [], returns: "u32" },
  geteuid: { args: [], returns: "u32" },
  getgid: { args: [], returns: "u32" },
  getegid: { args: [], returns: "u32" },
  getgroups: { args: ["i32", "ptr"], returns: "i32" },
  // A size_t on Linux and an int elsewhere: the same register, and never negative.
  setgroups: { args: ["u64", "ptr"], returns: "i32" },
  setgid: { args: ["u32"], returns: "i32" },
  setuid: { args: ["u32"], returns: "i32" },
  chroot: { args: ["ptr"], returns: "i32" },
  umask: { args: ["u32"], returns: "u32" },
  getppid: { args: [], returns: "i32" },
  getpriority: { args: ["i32", "u32"], returns: "i32" },
  setenv: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  execv: { args: ["ptr", "ptr"], returns: "i32" },
  setpriority: { args: ["i32", "u32", "i32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
} as const satisfies Record<string, FFIFunction>;

const LINUX = {
  ...POSIX,
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  capset: { args: ["ptr", "ptr"], returns: "i32" },
  // Its fifth argument, for the usage of resources, is not asked for.
  waitid: { args: ["i32", "u32", "ptr", "i32", "ptr"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
  getresuid: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  getresgid: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  // Takes more arguments than one for some commands; on Linux they travel like any others.
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
  mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "u64" },
  mprotect: { args: ["u64", "u64", "i32"], returns: "i32" },
  signal: { args: ["i32", "u64"], returns: "u64" },
  sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i64" },
  // Calls that the C library has no function for; each takes its arguments as they come.
  syscall: { args: ["i64", "i64", "ptr", "ptr", "u64"], returns: "i64" },
  __errno_location: { args: [], returns: "ptr" },
} as const satisfies Record<string, FFIFunction>;

/** In glibc since 2.26 and in musl since 1.2.5. Asked for apart: of one that is missing all would fail. */
const LINUX_NEWER = {
  preadv2: { args: ["i32", "ptr", "i32", "i64", "i32"], returns: "i64" },
} as const satisfies Record<string, FFIFunction>;

const DARWIN = {
  ...POSIX,
  __error: { args: [], returns: "ptr" },
} as const satisfies Record<string, FFIFunction>;

/** glibc first, then musl by the names its loaders go by. */
const LINUX_NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc.so"];
const DARWIN_NAMES = ["libSystem.B.dylib"];

export type Libc =
  | {
      available: true;
      name: string;
      posix: Library<typeof POSIX>["symbols"];
      /** What only Linux has; undefined elsewhere. */
      linux: Library<typeof LINUX>["symbols"] | undefined;
      /** What only newer libraries have. */
      newer: Library<typeof LINUX_NEWER>["symbols"] | undefined;
      /** Text for the error of the call just made. The runtime may have made calls in between: for wording only. */
      lastError(): string;
      /** Its number, with the same reservation: whoever goes by it must not be led astray by another one. */
      lastErrno(): number;
    }
  | { available: false; reason: string };

/** The calls that only Linux has. */
export type Linux = NonNullable<Extract<Libc, { available: true }>["linux"]>;

/** Those calls, with the text for the error of the last one. */
export type LinuxCalls = { linux: Linux; lastError: () => string };

let opened: Libc | undefined;

export function libc(): Libc {
  opened ??= platform() === "linux" ? openLinux() : platform() === "darwin" ? openDarwin() : unknown();
  return opened;
}

function openLinux(): Libc {
  return firstThatOpens(LINUX_NAMES, (name) => {
    const { symbols } = dlopen(name, LINUX);
    const lastErrno = () => errnoAt(symbols.__errno_location());
    const lastError = () => describeErrno(lastErrno());
    return {
      available: true,
      name,
      posix: symbols,
      linux: symbols,
      newer: openNewer(name),
      lastError,
      lastErrno,
    };
  });
}

function openNewer(name: string): Library<typeof LINUX_NEWER>["symbols"] | undefined {
  try {
    return dlopen(name, LINUX_NEWER).symbols;
  } catch {
    return undefined; // An older library: its callers have another way.
  }
}

function openDarwin(): Libc {
  return firstThatOpens(DARWIN_NAMES, (name) => {
    const { symbols } = dlopen(name, DARWIN);
    const lastErrno = () => errnoAt(symbols.__error());
    const lastError = () => describeErrno(lastErrno());
    return {
      available: true,
      name,
      posix: symbols,
      linux: undefined,
      newer: undefined,
      lastError,
      lastErrno,
    };
  });
}

function unknown(): Libc {
  return { available: false, reason: `gw knows no C library for ${platform()}` };
}

function firstThatOpens(names: readonly string[], open: (name: string) => Libc): Libc {
  const reasons: string[] = [];
  for (const name of names) {
    try {
      return open(name);
    } catch (thrown) {
      reasons.push(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  return { available: false, reason: `none of ${names.join(", ")} can be opened (${reasons[0] ?? ""})` };
}

function errnoAt(location: Pointer | bigint | null): number {
  return location === null ? 0 : read.i32(Number(location) as Pointer);
}

function describeErrno(errno: number): string {
  const [name, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, "unknown error"];
  return `${text} (${name})`;
}
