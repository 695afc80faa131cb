// What the app's own children leave behind, daemons above all, becomes the worker's child and not that of process 1: so the
// supervisor can tell whose it is. When such a process ends, nobody waits for it, and it is taken away here. Children that
// the app has started are waited for by whoever has started them, at once; so only what was left lying is taken.

import { adoptOrphans, findEndedChild, reapChild } from "../../../ffi/children.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";

const LOOK_MS = 1_000;
/** Whoever wants to know how its child has ended has asked long before. */
const FORSAKEN_MS = 3_000;

export type OrphanTools = { clock: Clock; log: Log; pid: number };

/** `clock`: its timers must not keep the process alive. */
export function lookAfterOrphans({ clock, log, pid }: OrphanTools): void {
  const adopts = adoptOrphans();
  if (!adopts.ok) return log.debug("daemons that the app starts are not seen", { reason: adopts.reason });
  const forsaken = new Forsaken(FORSAKEN_MS);
  const look = () => {
    const zombies = zombiesBelow(pid);
    // The loop may have stood still: the runtime gets a turn to see what has ended before anybody else takes it.
    if (forsaken.among(zombies, clock.now()).length > 0) clock.after(0, () => clock.after(0, reap));
    clock.after(LOOK_MS, look);
  };
  const reap = () => {
    for (const zombie of forsaken.among(zombiesBelow(pid), clock.now())) reapChild(zombie);
  };
  clock.after(LOOK_MS, look);
}

/** One call in nearly all cases; the table is read when there is something in it. */
function zombiesBelow(pid: number): number[] {
  const ended = findEndedChild();
  if (!ended.ok || ended.value === 0) return [];
  const zombies = (known(os.childrenOf(pid)) ?? []).filter((child) => known(os.findProcess(child))?.isZombie);
  // Below another root directory there may be no table.
  return zombies.length > 0 ? zombies : [ended.value];
}

/** Since when each of them has been seen dead. */
export class Forsaken {
  readonly #seenMs = new Map<number, number>();
  readonly #afterMs: number;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Those that have lain there for long enough. What is not among `zombies` has been taken away, and is forgotten. */
  among(zombies: readonly number[], nowMs: number): number[] {
    for (const pid of this.#seenMs.keys()) if (!zombies.includes(pid)) this.#seenMs.delete(pid);
    for (const pid of zombies) if (!this.#seenMs.has(pid)) this.#seenMs.set(pid, nowMs);
    return zombies.filter((pid) => nowMs - (this.#seenMs.get(pid) ?? nowMs) >= this.#afterMs);
  }
}
