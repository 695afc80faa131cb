// When the limit of a worker is measured. All front ends have to do it at one time, for each sees what the others give the worker as
// well; all workers at one time would be felt by clients. Nobody tells them: they read the same wall clock, and come to the same
// instants.

import type { Clock } from "../../core/clock.ts";

/** The instant of the next measurement, after this one; `isEarly`: it is one of the first, which follow each other sooner. */
export type Schedule = (now: number, isEarly: boolean) => number;

const EVERY_MS = 15_000;
const EARLY_EVERY_MS = 2_000;
/** An instant is moved by so much of that time at most, so that nothing that comes again and again is met each time. */
const JITTER = 0.5;

/** `jitterOf`: a number from 0 to 1, for each count another one, that is the same in all front ends. */
export function scheduleFor(clock: Pick<Clock, "wall">, jitterOf: (count: number) => number): Schedule {
  return (now, isEarly) => {
    const everyMs = isEarly ? EARLY_EVERY_MS : EVERY_MS;
    const wall = clock.wall();
    const instantOf = (count: number) => everyMs * (count + JITTER * jitterOf(count));
    const count = Math.floor(wall / everyMs);
    const next = instantOf(count) > wall ? instantOf(count) : instantOf(count + 1);
    return now + next - wall;
  };
}
