// Which of the requests on a worker hold a place there. One whose answer waits until its client takes some of it costs the worker next to
// nothing, and a crowd of such clients must not keep others out: its place is free meanwhile. How many may wait like that is bounded, and how
// much may be in memory for it: what goes beyond that keeps its place. One whose body still comes keeps it too, for its app may be at
// work; but while others wait for a place, those who send slowly have less time than usual. Pure.

import type { AdaptiveLimit } from "./adaptive-limit.ts";

export type HeldUp = { count: number; bytes: number };

/** On one worker, for one front end. */
const MOST: HeldUp = { count: 2_000, bytes: 96 * 2 ** 20 };
/** What a request takes by itself, and what is on its way when an answer is held up; measured, with what the front end has of it. */
const REQUEST_BYTES = 49_152;
const ANSWER_BYTES = 327_680;
/** Who is so far behind with a body has had its time when others wait for a place. */
const FAR_BEHIND_MS = 5_000;

export interface Placed {
  /** It waits for its client, and holds no place. */
  isHeldUp: boolean;
  /** Of its body, or of its answer's, so much may be in memory; as it was when it was last counted. */
  heldBytes: number;
  /** What there is of it; less than 0 where that is not known. */
  readonly bodyBytes: number;
  /** Its answer has not begun. */
  readonly isUnanswered: boolean;
  /** Its client has yet to send some of its body, and nothing else is waited for. */
  readonly awaitsBody: boolean;
  /** How much longer that takes than it may, were there no time to start with; less than 0 for one that is fast enough. */
  readonly behindMs: number;
}

export type Workplace = {
  backend: { keepsPlaces?: true };
  running: Iterable<Placed>;
  /** Of those in `running`. */
  heldUp: HeldUp;
  limit: AdaptiveLimit | undefined;
};

/** Its client is waited for, still or again. Returns whether a place has become free. */
export function freePlace(one: Placed, worker: Workplace, most = MOST): boolean {
  const { heldUp } = worker;
  if (worker.backend.keepsPlaces) return false;
  weigh(one, worker, Math.max(0, one.bodyBytes) + (one.isUnanswered ? REQUEST_BYTES : ANSWER_BYTES));
  if (heldUp.bytes > most.bytes) takePlace(one, worker);
  else if (!one.isHeldUp && heldUp.count < most.count) {
    one.isHeldUp = true;
    heldUp.count++;
    if (one.isUnanswered) worker.limit?.leave();
    return true;
  }
  if (!one.isHeldUp) weigh(one, worker, 0);
  return false;
}

/** It goes on, though there may be no room for it. Returns whether it had no place. */
export function takePlace(one: Placed, worker: Workplace): boolean {
  if (!one.isHeldUp) return false;
  one.isHeldUp = false;
  worker.heldUp.count--;
  weigh(one, worker, 0);
  if (one.isUnanswered) worker.limit?.begin();
  return true;
}

/** For so many who wait for a place: who of them all sends a body far too slowly. Those who hold a place come first. */
export function farBehind<P extends Placed>(running: Iterable<P>, most: number): P[] {
  return [...running]
    .filter((one) => one.awaitsBody && one.behindMs >= FAR_BEHIND_MS)
    .toSorted((one, other) => Number(one.isHeldUp) - Number(other.isHeldUp))
    .slice(0, most);
}

function weigh(one: Placed, { heldUp }: Workplace, bytes: number): void {
  heldUp.bytes += bytes - one.heldBytes;
  one.heldBytes = bytes;
}
