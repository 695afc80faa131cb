// How new connections move from one set of front ends to another: bit by bit, for new ones have yet to warm up, and p99 shows it.

import { type Clock, pause } from "../../core/clock.ts";
import type { Steerable, Steering } from "../fronts/steering.ts";

export type MovingTools = {
  clock: Clock;
  steering: Pick<Steering, "hold" | "aim" | "share">;
  /** gw is to stop: nothing moves any more. */
  isClosed: () => boolean;
};

/** Eighths of the new connections, one after the other. */
const EASING = [1, 2, 4];
const EASING_MS = 100;

export async function ease(
  old: Steerable,
  next: Steerable,
  { clock, steering, isClosed }: MovingTools,
): Promise<void> {
  for (const eighths of EASING) {
    if (isClosed()) return;
    await steering.share(old, next, eighths);
    await pause(clock, EASING_MS);
  }
  await steering.aim(next);
}

/**
 * To front ends of another gw: `begin` resolves when those are there, `end` when everybody else goes by them. Rejects as either
 * does, or as `whenLost`; then everything goes to the old ones, as before.
 */
export async function leadTo(
  next: Steerable,
  old: Steerable,
  {
    begin,
    end,
    whenLost,
  }: { begin: () => Promise<void>; end: () => Promise<void>; whenLost: Promise<never> },
  moving: MovingTools,
): Promise<void> {
  const { steering, isClosed } = moving;
  await steering.hold(old);
  try {
    await Promise.race([whenLost, begin()]);
    await Promise.race([whenLost, ease(old, next, moving)]);
    await end();
  } catch (error) {
    if (!isClosed()) await steering.aim(old);
    throw error;
  }
}
