// A restart that somebody waits for: whether a place has another worker by now, and what keeps it from getting one. Pure.
import type { Run } from "../child/run.ts";
import type { Place } from "../crew/place.ts";

/** One place whose worker is to be another one. */
export type PlannedRestart = { place: Place; oldPid: number | null; oldRun: Run | undefined };

/**
 * A successor that does not start holds up all others, since there is one at a time. Of those that ended by themselves
 * only the wanted ones count, and not for one crash alone.
 */
export function isInTheWay(place: Place, wanted: readonly PlannedRestart[]): boolean {
  const { trouble, current, successor } = place;
  if (trouble?.slot.state !== "resting") return false;
  if (trouble.slot === successor) return true;
  const isLasting = trouble.error !== undefined || trouble.rest.isCrashLoop;
  return trouble.slot === current && isLasting && wanted.some((one) => one.place === place);
}

/** One that does not serve yet, or rests, is another one as soon as it serves. */
export function wantAnother(place: Place): PlannedRestart {
  const { state, run, pid } = place.current;
  return { place, oldPid: pid ?? null, oldRun: state === "ready" ? run : undefined };
}

export function isReplaced({ place, oldRun }: PlannedRestart): boolean {
  const { current, departing } = place;
  const isOldGone = ![...departing].some(
    ({ run, state }) => run !== undefined && run === oldRun && state !== "parting",
  );
  return current.state === "ready" && current.run !== oldRun && isOldGone;
}
