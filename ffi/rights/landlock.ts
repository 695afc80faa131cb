// Landlock: rights that the thread which asks gives up for good, with every thread and program that it starts from then on.
// Linux has it since 5.13, and more of it with each version of its interface; elsewhere each answer says that it is not there.
// Threads that run already stay as they are: whoever wants a whole process confined executes the program afterwards.

import { ptr } from "bun:ffi";
import { closeSync, fstatSync } from "node:fs";
import { constants } from "node:os";
import { type Linux, libc } from "../libc.ts";
import type { Outcome, Result } from "../process.ts";

/** The same on each architecture. */
const SYS_CREATE_RULESET = 444;
const SYS_ADD_RULE = 445;
const SYS_RESTRICT_SELF = 446;
const SYS_OPENAT2 = 437;

const CREATE_RULESET_VERSION = 1;
const RULE_PATH_BENEATH = 1;
const RULE_NET_PORT = 2;

/** Bits of LANDLOCK_ACCESS_FS_*. Those between them, to make devices, are granted to nobody. */
const EXECUTE = 1n << 0n;
const WRITE_FILE = 1n << 1n;
const READ_FILE = 1n << 2n;
const READ_DIR = 1n << 3n;
const REMOVE_DIR = 1n << 4n;
const REMOVE_FILE = 1n << 5n;
const MAKE_DIR = 1n << 7n;
const MAKE_REG = 1n << 8n;
const MAKE_SOCK = 1n << 9n;
const MAKE_FIFO = 1n << 10n;
const MAKE_SYM = 1n << 12n;
const REFER = 1n << 13n;
const TRUNCATE = 1n << 14n;
const IOCTL_DEV = 1n << 15n;

const FIRST_RIGHTS = (1n << 13n) - 1n;
const ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
const READING = EXECUTE | READ_FILE | READ_DIR;
const MAKING = MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM;
const WRITING = READING | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKING | REFER;

/** What may be done at a path and all below it. `devices`: a device that is written to and asked things. */
const GRANTS = {
  read: READING,
  write: WRITING,
  sockets: READ_DIR | READ_FILE | WRITE_FILE | TRUNCATE | REMOVE_FILE | MAKE_SOCK | MAKE_REG,
  device: READ_FILE | WRITE_FILE | IOCTL_DEV,
} as const;
export type Grant = keyof typeof GRANTS;

const BIND_TCP = 1n;
const CONNECT_TCP = 2n;
const SCOPE_ABSTRACT_SOCKET = 1n;
const SCOPE_SIGNAL = 2n;

/** Versions of the kernel's interface from which on it has each of these. */
export const LANDLOCK_SINCE = {
  files: 1,
  renaming: 2,
  truncating: 3,
  ports: 4,
  devices: 5,
  scopes: 6,
} as const;

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_SYMLINKS = 0x04n;
const AT_FDCWD = -100;

export type PathGrant = {
  path: string;
  grant: Grant;
  /** A symbolic link anywhere in it is refused: it was none when the path was decided on. */
  isReal: boolean;
};

export type Ruleset = {
  /** Takes it on in this thread, which has to have no_new_privs. */
  restrict(): Outcome;
};

/** 1 and up. */
export function landlockVersion(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux has Landlock" };
  const version = Number(
    library.linux.syscall(SYS_CREATE_RULESET, 0, null, CREATE_RULESET_VERSION as never, 0),
  );
  if (version >= 1) return { ok: true, value: version };
  const isOff = library.lastErrno() === constants.errno.EOPNOTSUPP;
  const why = isOff
    ? "it is not among the kernel's security modules (lsm= at boot)"
    : "the kernel was built without it";
  return { ok: false, reason: why };
}

export type RulesetWish = {
  paths: readonly PathGrant[];
  /** TCP ports that may be listened on, and connected to; absent for any. */
  listenPorts?: readonly number[];
  connectPorts?: readonly number[];
};

/** Opens each path now, with the rights that the process has now. What the kernel's version lacks is left out. */
export function makeRuleset(wish: RulesetWish, version: number): Result<Ruleset> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux has Landlock" };
  const calls: Calls = { linux: library.linux, lastError: library.lastError };
  const handled = handledBy(wish, version);
  const ruleset = createRuleset(calls, handled, version);
  if (!ruleset.ok) return ruleset;
  const failure =
    addPaths(calls, ruleset.value, wish.paths, handled.files) ??
    addPorts(calls, ruleset.value, wish, version);
  if (failure !== undefined) {
    closeSync(ruleset.value);
    return { ok: false, reason: failure };
  }
  return { ok: true, value: { restrict: () => restrict(calls, ruleset.value) } };
}

type Calls = { linux: Linux; lastError: () => string };
type Handled = { files: bigint; ports: bigint; scopes: bigint };

function handledBy({ listenPorts, connectPorts }: RulesetWish, version: number): Handled {
  const from = (since: number, rights: bigint) => (version >= since ? rights : 0n);
  const { renaming, truncating, ports, devices, scopes } = LANDLOCK_SINCE;
  return {
    files: FIRST_RIGHTS | from(renaming, REFER) | from(truncating, TRUNCATE) | from(devices, IOCTL_DEV),
    ports: from(ports, (listenPorts ? BIND_TCP : 0n) | (connectPorts ? CONNECT_TCP : 0n)),
    scopes: from(scopes, SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL),
  };
}

/** The kernel takes a structure that is longer than the one it knows only where the rest of it is zero. */
function createRuleset(
  { linux, lastError }: Calls,
  { files, ports, scopes }: Handled,
  version: number,
): Result<number> {
  const attributes = new BigUint64Array([files, ports, scopes, 0n]);
  const length = version >= LANDLOCK_SINCE.scopes ? 24 : version >= LANDLOCK_SINCE.ports ? 16 : 8;
  const fd = Number(linux.syscall(SYS_CREATE_RULESET, BigInt(ptr(attributes)), length as never, null, 0));
  // A pointer keeps nothing alive.
  attributes.fill(0n);
  return fd < 0 ? { ok: false, reason: lastError() } : { ok: true, value: fd };
}

function addPaths(
  calls: Calls,
  ruleset: number,
  paths: readonly PathGrant[],
  handled: bigint,
): string | undefined {
  for (const { path, grant, isReal } of paths) {
    const fd = openPath(calls, path, isReal);
    if (fd < 0) return `${path}: ${calls.lastError()}`;
    const rights = GRANTS[grant] & handled & (fstatSync(fd).isDirectory() ? ~0n : ON_FILES);
    const rule = new DataView(new ArrayBuffer(16));
    rule.setBigUint64(0, rights, true);
    rule.setInt32(8, fd, true);
    const added = addRule(calls, ruleset, RULE_PATH_BENEATH, rule);
    closeSync(fd);
    if (added !== undefined) return `${path}: ${added}`;
  }
  return undefined;
}

function openPath({ linux }: Calls, path: string, isReal: boolean): number {
  const how = new BigUint64Array([BigInt(O_PATH | O_CLOEXEC), 0n, isReal ? RESOLVE_NO_SYMLINKS : 0n, 0n]);
  const name = Buffer.from(`${path}\0`);
  const fd = Number(linux.syscall(SYS_OPENAT2, AT_FDCWD, ptr(name), ptr(how), 24));
  how.fill(0n);
  return fd;
}

function addPorts(
  calls: Calls,
  ruleset: number,
  { listenPorts = [], connectPorts = [] }: RulesetWish,
  version: number,
): string | undefined {
  if (version < LANDLOCK_SINCE.ports) return undefined;
  const granted = [
    ...listenPorts.map((port) => ({ port, right: BIND_TCP })),
    ...connectPorts.map((port) => ({ port, right: CONNECT_TCP })),
  ];
  for (const { port, right } of granted) {
    const rule = new DataView(new ArrayBuffer(16));
    rule.setBigUint64(0, right, true);
    rule.setBigUint64(8, BigInt(port), true);
    const failure = addRule(calls, ruleset, RULE_NET_PORT, rule);
    if (failure !== undefined) return `port ${port}: ${failure}`;
  }
  return undefined;
}

function addRule(
  { linux, lastError }: Calls,
  ruleset: number,
  type: number,
  rule: DataView,
): string | undefined {
  const bytes = new Uint8Array(rule.buffer);
  const result = Number(linux.syscall(SYS_ADD_RULE, ruleset, type as never, ptr(bytes), 0));
  return result === 0 ? undefined : lastError();
}

function restrict({ linux, lastError }: Calls, ruleset: number): Outcome {
  const result = Number(linux.syscall(SYS_RESTRICT_SELF, ruleset, null, null, 0));
  const outcome: Outcome = result === 0 ? { ok: true } : { ok: false, reason: lastError() };
  closeSync(ruleset);
  return outcome;
}
