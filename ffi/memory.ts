// Memory that a process holds without needing it: pages of its own executable that only its start has used. They are
// the file's, unchanged, and come back from the system's cache when they are needed again.

import { libc } from "./libc.ts";
import type { Result } from "./process.ts";

const MADV_DONTNEED = 4;

export type CodeRange = { start: bigint; length: bigint };

/** Lets the system have the pages of the program's code back; the answer is the size of what they were taken from. */
export function releaseProgramText(ranges: readonly CodeRange[]): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only on Linux gw knows how to give code back" };
  let bytes = 0;
  for (const { start, length } of ranges) {
    if (library.linux.madvise(start, length, MADV_DONTNEED) !== 0)
      return { ok: false, reason: library.lastError() };
    bytes += Number(length);
  }
  return { ok: true, value: bytes };
}
