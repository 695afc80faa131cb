// How many workers a group of MIN..MAX is to have. Pure: supervisor/groups/scaler observes and acts. It grows when requests wait,
// by one at a time; it shrinks by one when for a whole window fewer would have been enough.

/** What is known of a group now. */
export type GroupLoad = {
  /** Workers that it has or is starting. */
  count: number;
  min: number;
  max: number;
  /** Of one worker, on the average. */
  concurrency: number;
  /** One of its workers is not ready yet. */
  isStarting: boolean;
  /** Requests that wait, that run, and WebSockets. */
  queued: number;
  active: number;
  tunnels: number;
  /** The most workers at once whose loops did not turn, in the window. */
  stalledPeak: number;
  /** Since the last activity that counts, on any worker. */
  idleMs: number;
};

/** Without --inactivity-timeout. */
export const WINDOW_MS = 60_000;
/** With this share of its places taken, a worker still has room for what comes together. */
const COMFORTABLE = 0.5;

export function mayGrow({ count, max, isStarting }: GroupLoad): boolean {
  return count < max && !isStarting;
}

/** `peak`: the most requests at once, waiting ones included, in a window that has passed since the number changed. */
export function mayShrink(load: GroupLoad, peak: number, inactivityTimeoutMs: number): boolean {
  const { count, min, concurrency, queued, active, tunnels, stalledPeak, idleMs } = load;
  if (count <= min || queued > 0) return false;
  // With one less, one whose loop turns is to be left.
  if (count > 1 && stalledPeak > count - 2) return false;
  if (count > 1) return peak <= (count - 1) * concurrency * COMFORTABLE;
  // The last one: nobody is there to take the next request.
  return inactivityTimeoutMs > 0 && active + tunnels === 0 && idleMs >= inactivityTimeoutMs;
}

/** How many workers a new generation begins with, so that it can take over what the present one does. */
export function countForSuccessor(
  present: { wanted: number; min: number; max: number } | undefined,
  { min, max }: { min: number; max: number },
): number {
  if (max === 0) return 0;
  // A group that sleeps is started all the same: only so can it be known whether it would start.
  const least = Math.max(min, 1);
  if (!present || present.min !== min || present.max !== max) return least;
  if (min === max) return Math.max(1, present.wanted);
  return Math.min(max, Math.max(least, present.wanted));
}
