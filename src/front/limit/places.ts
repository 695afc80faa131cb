// Which of the requests on a worker hold a place there. One whose answer waits until its client takes some of it costs the worker next to
// nothing, and a crowd of such clients must not keep others out: its place is free meanwhile. How many may wait like that is bounded, and how
// much may be in memory for it: what goes beyond that keeps its place. One whose body still comes keeps it too, for its app may be at
// work; but while others wait for a place, those who send slowly have less time than usual. Pure.

export type HeldUp = { count: number; bytes: number };

/** On one worker, for one front end. */
const MOST: HeldUp = { count: 2_000, bytes: 96 * 2 ** 20 };
/** The same for those that could as well wait on the disk, where nobody has to wait for them in memory. */
export const MOST_BESIDE_DISK: HeldUp = { count: 2_000, bytes: 24 * 2 ** 20 };
/** What is on its way when an answer is held up; measured, with what the front end has of it. */
const ANSWER_BYTES = 327_680;
/** Who is so far behind with a body has had its time when others wait for a place. */
const FAR_BEHIND_MS = 5_000;

export interface Placed {
  /** It waits for its client, and holds no place. */
  isHeldUp: boolean;
  /** Of its answer so much may be in memory. */
  heldBytes: number;
  /** What there is of the answer; 0 where that is not known. */
  readonly answerBytes: number;
  /** Its client has yet to send some of its body, and nothing else is waited for. */
  readonly awaitsBody: boolean;
  /** Its client has yet to take some of its answer, and nothing else is waited for. */
  readonly awaitsTaking: boolean;
  /** How much longer the body takes than it may, were there no time to start with; less than 0 for one that is fast enough. */
  readonly behindMs: number;
}

export type Workplace = {
  backend: { keepsPlaces?: true };
  running: Iterable<Placed>;
  /** Of those in `running`. */
  heldUp: HeldUp;
};

/** Its client has to take some of the answer. Returns whether a place has become free. */
export function freePlace(one: Placed, { backend, heldUp }: Workplace, most = MOST): boolean {
  if (backend.keepsPlaces || one.isHeldUp) return false;
  const bytes = one.answerBytes + ANSWER_BYTES;
  if (heldUp.count >= most.count || heldUp.bytes + bytes > most.bytes) return false;
  one.isHeldUp = true;
  one.heldBytes = bytes;
  heldUp.count++;
  heldUp.bytes += bytes;
  return true;
}

/** It goes on, though there may be no room for it. */
export function takePlace(one: Placed, { heldUp }: Workplace): void {
  if (!one.isHeldUp) return;
  heldUp.count--;
  heldUp.bytes -= one.heldBytes;
  one.isHeldUp = false;
  one.heldBytes = 0;
}

/** For so many who wait for a place: who of those that hold one sends a body far too slowly. */
export function farBehind<P extends Placed>(running: Iterable<P>, most: number): P[] {
  const slow: P[] = [];
  for (const one of running) {
    if (slow.length >= most) break;
    if (!one.isHeldUp && one.awaitsBody && one.behindMs >= FAR_BEHIND_MS) slow.push(one);
  }
  return slow;
}
