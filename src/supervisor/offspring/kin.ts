// Which processes are an app's: what its worker was seen to have below it, what is in the session of the worker or of one
// of those, or in the worker's process group, and what all of them have below them. Pure.
import type { Process } from "../../os/operating-system.ts";

/** Pids with the instants of their starts: a pid alone may be another process by now. */
export type Known = ReadonlyMap<number, number>;

/**
 * What is left of a worker that has ended. `sparesSessions`: without what has a session of its own, as daemons have, and
 * what is in there.
 */
export function leftOf(
  worker: number,
  known: Known,
  all: readonly Process[],
  sparesSessions: boolean,
): Process[] {
  const starts = new Map(all.map(({ pid, startedAt }) => [pid, startedAt]));
  /** It leads this session, or did until it ended: the system gives its pid to nobody else as long as the session lives. */
  const isOfKnown = (session: number) =>
    known.has(session) && (starts.get(session) ?? known.get(session)) === known.get(session);
  const isKin = ({ pid, group, session, startedAt }: Process) =>
    group === worker || session === worker || known.get(pid) === startedAt || isOfKnown(session);
  const kin = new Set(all.filter(isKin).map(({ pid }) => pid));
  for (let size = -1; size < kin.size; ) {
    size = kin.size;
    for (const { pid, parent } of all) if (kin.has(parent)) kin.add(pid);
  }
  return all.filter(
    ({ pid, session, isZombie }) =>
      kin.has(pid) && pid !== worker && !isZombie && (session === worker || !sparesSessions),
  );
}

/** How many are named; the others are only counted. */
const NAMED = 10;

/** `sleep 4711, node 4712 and 3 more`. */
export function nameAll(processes: readonly Process[]): string {
  const names = processes.slice(0, NAMED).map(({ name, pid }) => `${name} ${pid}`);
  const more = processes.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
