// The capability sets of Linux: what a process may do beside what its user may. They are held by each thread by itself; what
// is given up here is given up by the thread that asks, and by whatever it starts.

import { ptr } from "bun:ffi";
import { libc } from "../libc.ts";
import type { Outcome } from "../process.ts";

/** The structure with 64 bits for each set. */
const VERSION_3 = 0x20080522;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2n;
const PR_CAP_AMBIENT_CLEAR_ALL = 4n;
/** Capabilities are numbered from 0; the kernel says at which one they end. */
const MOST = 64;

/** A program that is started can gain none of them any more. Needs the right to do so, CAP_SETPCAP. */
export function emptyBoundingSet(): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux has capabilities" };
  for (let one = 0; one < MOST && library.linux.prctl(PR_CAPBSET_READ, one, 0, 0, 0) >= 0; one++) {
    if (library.linux.prctl(PR_CAPBSET_DROP, one, 0, 0, 0) !== 0)
      return { ok: false, reason: library.lastError() };
  }
  return { ok: true };
}

/**
 * Keeps of the effective and permitted ones those in `kept`, a bit for each, and nothing that programs would inherit; with
 * `passesOn` the program that this one becomes has those and no others, in all its threads.
 */
export function setCapabilities(kept: bigint, passesOn = false): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux) return { ok: false, reason: "only Linux has capabilities" };
  // A kernel that knows no ambient set (before 4.3) has none to be cleared.
  library.linux.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const header = new Uint32Array([VERSION_3, 0, 0, 0]);
  const [low, high] = [Number(kept & 0xffffffffn), Number(kept >> 32n)];
  // Effective, permitted and inheritable: the lower halves first.
  const sets = new Uint32Array([low, low, passesOn ? low : 0, high, high, passesOn ? high : 0]);
  const result = library.linux.capset(ptr(header), ptr(sets));
  const outcome: Outcome = result === 0 ? { ok: true } : { ok: false, reason: library.lastError() };
  if (passesOn && result === 0)
    for (let one = 0n; one < MOST; one++)
      if ((kept >> one) & 1n) library.linux.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, one, 0, 0);
  // A pointer keeps nothing alive.
  sets.fill(0);
  header.fill(0);
  return outcome;
}
