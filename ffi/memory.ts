// Memory that a process holds without needing it: pages of its own executable that only its start has used. They are
// the file's, unchanged, and come back from the system's cache when they are needed again.

import { readFileSync, readlinkSync } from "node:fs";
import { libc } from "./libc.ts";
import type { Result } from "./process.ts";

const MADV_DONTNEED = 4;

/** A line of /proc/PID/maps for a mapping that is executed and never written. */
const PROGRAM_TEXT = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+\s+(\/.*)$/;

/** Lets the system have the pages of the program's code back; the answer is the size of what they were taken from. */
export function releaseProgramText(): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux tells where a program's code is" };
  let bytes = 0;
  for (const { start, length } of programText()) {
    if (library.linux.madvise(start, length, MADV_DONTNEED) !== 0)
      return { ok: false, reason: library.lastError() };
    bytes += Number(length);
  }
  return bytes > 0
    ? { ok: true, value: bytes }
    : { ok: false, reason: "/proc does not tell where the code is" };
}

function programText(): { start: bigint; length: bigint }[] {
  try {
    const executable = readlinkSync("/proc/self/exe");
    return readFileSync("/proc/self/maps", "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, from = "", to = "", path] = PROGRAM_TEXT.exec(line) ?? [];
        const start = BigInt(`0x${from || "0"}`);
        return path === executable ? [{ start, length: BigInt(`0x${to}`) - start }] : [];
      });
  } catch {
    return [];
  }
}
