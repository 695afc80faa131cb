// From one open file to another descriptor inside the kernel. Without the call, the outcome says so and the caller
// copies by itself.

import { platform } from "node:os";
import { libc } from "./libc.ts";
import type { Result } from "./process.ts";

/** Moves up to `countBytes` from where `from` stands; answers how many bytes went. */
export function sendFile(to: number, from: number, countBytes: number): Result<number> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: `the form of sendfile on ${platform()} is not used` };
  const sent = Number(library.linux.sendfile(to, from, null, countBytes));
  return sent < 0 ? { ok: false, reason: library.lastError() } : { ok: true, value: sent };
}
