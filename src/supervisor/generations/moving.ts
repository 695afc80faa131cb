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
 * `begin` resolves when those front ends are there, `end` when everybody else goes by them. Rejects as either does, or as `whenLost`;
 * then everything goes to the old ones, as before.
 */
export async function leadTo(
  next: Steerable,
  old: Steerable,
  { begin, end, whenLost }: LeadSteps,
  moving: MovingTools,
): Promise<void> {
  const { steering, isClosed } = moving;
  const orLost = (step: Promise<void>) => (whenLost ? Promise.race([whenLost, step]) : step);
  await steering.hold(old);
  try {
    await orLost(begin());
    await orLost(ease(old, next, moving));
    await end();
  } catch (error) {
    if (!isClosed()) await steering.aim(old);
    throw error;
  }
}

export type LeadSteps = { begin: () => Promise<void>; end: () => Promise<void>; whenLost?: Promise<never> };
