// The ids of requests, by which log, access log, client and app speak of the same one.

import type { Clock } from "../core/clock.ts";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Makes request ids: unique among all processes that make some and their predecessors, short, and safe in a log line. */
export function createIds(random: () => number, clock: Clock): () => string {
  const run = Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, "0");
  const prefix = `${Math.floor(clock.wall() / 1000).toString(36)}${run}`;
  let count = 0;
  // All but the last digit: it stays the same for a while.
  let start = `${prefix}-`;
  return () => {
    const last = ++count % DIGITS.length;
    if (last === 0) start = `${prefix}-${(count / DIGITS.length).toString(36)}`;
    return start + DIGITS[last];
  };
}
