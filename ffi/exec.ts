// Becoming another program in the same process: its number, descriptors and parent stay. POSIX; where there is no C library
// that gw knows, the answer says so.

import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";
import type { Outcome } from "./process.ts";

/**
 * Returns only when it fails. `words`: the arguments, the program's own name first. `variable`: set in the environment, which
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
  for (const text of [name, value, program, ...list, pointers]) text.fill(0 as never);
  return { ok: false, reason };
}

const zeroEnded = (text: string) => Buffer.from(`${text}\0`);
