// Takes away processes that have ended and that nobody waits for: as process 1, as in a container, gw is the parent of all
// that have lost theirs. What the runtime has started is left to the runtime, which wants to know how it ended.
import type { Result } from "../../../ffi/process.ts";
import type { Clock } from "../../core/clock.ts";

export type ReaperSetup = {
  clock: Clock;
  isOurs(pid: number): boolean;
  findEnded(): Result<number>;
  reap(pid: number): Result<boolean>;
};

const LOOK_MS = 1_000;
/** In one look: nobody is to be held up by an app that starts processes without end. */
const MOST = 1_000;

/** Each second, for as long as the clock's timers run. */
export function reapStrangers(setup: ReaperSetup): void {
  for (let count = 0; count < MOST && reapOne(setup); count++);
  setup.clock.after(LOOK_MS, () => reapStrangers(setup));
}

/** One of the runtime's own hides those behind it until the runtime has seen it, which is in a moment. */
function reapOne({ isOurs, findEnded, reap }: ReaperSetup): boolean {
  const ended = findEnded();
  if (!ended.ok || ended.value === 0 || isOurs(ended.value)) return false;
  const reaped = reap(ended.value);
  return reaped.ok && reaped.value;
}
