// Opening a path so that it cannot lead out of a directory, whatever links somebody puts into it meanwhile, and reading of a
// file what the kernel has in memory. Both answer at once, and say so where they would have to wait for a disk. Linux has
// the calls (openat2 since 5.6, RESOLVE_CACHED since 5.12, RWF_NOWAIT since 4.14); elsewhere, on older kernels and with older
// C libraries, the answer is that they are not there, and the caller goes step by step.

import { ptr } from "bun:ffi";
import { constants } from "node:os";
import { libc } from "../libc.ts";

/** The number of openat2, the same on each architecture. */
const SYS_OPENAT2 = 437;
const OPEN_HOW_BYTES = 24;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** Links of /proc, which lead to what a process has open and past every check of paths. */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_CACHED = 0x20;
const RWF_NOWAIT = 8;

export const { EAGAIN, EACCES, ELOOP, EMFILE, ENFILE, ENOENT, ENOSYS, ENOTDIR, ENAMETOOLONG, EXDEV } =
  constants.errno;

/** Arguments that the calls read; an array that small may be moved unless its memory is its own. */
const how = new BigUint64Array(new ArrayBuffer(OPEN_HOW_BYTES));
const pieces = new BigUint64Array(new ArrayBuffer(16));

export type Beneath = {
  /** May symbolic links lead anywhere? */
  followsLinks: boolean;
  /** Fail with EAGAIN rather than wait for a disk. */
  cachedOnly: boolean;
};

/**
 * A descriptor of what stands at `path`, below the directory that `directory` is a descriptor of. It is one that nothing
 * can be read or changed by (O_PATH): whatever it turns out to be, nothing has happened to it. Below zero: the negated
 * errno, EXDEV where the path leads out.
 */
export function openBeneath(directory: number, path: string, { followsLinks, cachedOnly }: Beneath): number {
  const library = libc();
  if (!library.available || !library.linux) return -ENOSYS;
  how[0] = BigInt(O_PATH | O_CLOEXEC);
  how[2] = BigInt(
    RESOLVE_NO_MAGICLINKS | (followsLinks ? 0 : RESOLVE_BENEATH) | (cachedOnly ? RESOLVE_CACHED : 0),
  );
  const name = Buffer.from(`${path}\0`);
  const fd = Number(library.linux.syscall(SYS_OPENAT2, directory, ptr(name), ptr(how), OPEN_HOW_BYTES));
  return fd < 0 ? -library.lastErrno() : fd;
}

/**
 * Bytes of a file from `position` on, as many as there are in memory up to the length of `into`; 0 at its end. Below zero:
 * the negated errno, EAGAIN where a disk would have to be waited for.
 */
export function readCached(fd: number, into: Uint8Array, position: number): number {
  const library = libc();
  if (!library.available || !library.newer) return -EAGAIN;
  pieces[0] = BigInt(ptr(into));
  pieces[1] = BigInt(into.byteLength);
  const count = Number(library.newer.preadv2(fd, ptr(pieces), 1, position, RWF_NOWAIT));
  return count < 0 ? -library.lastErrno() : count;
}
