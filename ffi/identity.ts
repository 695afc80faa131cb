// Becoming somebody else: root directory, groups, user, umask, and the proof that there is no way back. The C library
// changes all threads of a process at once. In what order, and whether at all, is decided by whoever calls.

import { ptr } from "bun:ffi";
import { type Libc, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";

type Library = Extract<Libc, { available: true }>;

/** Paths mean something else from now on; the working directory must be changed next. */
export function changeRoot(path: string): Outcome {
  const bytes = Buffer.from(`${path}\0`);
  return call(({ posix }) => posix.chroot(ptr(bytes)));
}

export function setGroups(gids: readonly number[]): Outcome {
  const list = new Uint32Array(gids);
  return call(({ posix }) => posix.setgroups(list.length, list.length > 0 ? ptr(list) : null));
}

/** As root: the real, effective and saved group. */
export function setGroup(gid: number): Outcome {
  return call(({ posix }) => posix.setgid(gid));
}

/** As root: the real, effective and saved user, for good. */
export function setUser(uid: number): Outcome {
  return call(({ posix }) => posix.setuid(uid));
}

export function setUmask(mask: number): Outcome {
  return call(({ posix }) => {
    posix.umask(mask);
    return 0;
  });
}

/** The mask can only be read by setting it; nobody else runs in between. */
export function getUmask(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const mask = library.posix.umask(0o077);
  library.posix.umask(mask);
  return { ok: true, value: mask };
}

/** Sorted and without doubles. */
export function getGroups(): Result<number[]> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const count = library.posix.getgroups(0, null);
  if (count < 0) return { ok: false, reason: library.lastError() };
  const list = new Uint32Array(Math.max(count, 1));
  const filled = library.posix.getgroups(count, ptr(list));
  if (filled < 0) return { ok: false, reason: library.lastError() };
  return { ok: true, value: [...new Set(list.subarray(0, filled))].sort((a, b) => a - b) };
}

/** All that the kernel holds of user and group: real, effective and saved, where the platform tells. */
export function getAllIds(): Result<{ uids: number[]; gids: number[] }> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { getuid, geteuid, getgid, getegid } = library.posix;
  if (!library.linux)
    return { ok: true, value: { uids: [getuid(), geteuid()], gids: [getgid(), getegid()] } };
  const [uids, gids] = [new Uint32Array(3), new Uint32Array(3)];
  const { getresuid, getresgid } = library.linux;
  const failed =
    getresuid(ptr(uids, 0), ptr(uids, 4), ptr(uids, 8)) !== 0 ||
    getresgid(ptr(gids, 0), ptr(gids, 4), ptr(gids, 8)) !== 0;
  if (failed) return { ok: false, reason: library.lastError() };
  return { ok: true, value: { uids: [...uids], gids: [...gids] } };
}

function call(act: (library: Library) => number): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  return act(library) === 0 ? { ok: true } : { ok: false, reason: library.lastError() };
}
