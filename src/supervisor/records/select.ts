// Which of the records somebody asks for: those of a worker, of one request, or of the last while. Pure.
import type { Records } from "../../control/records.ts";

/** Each that is given holds. `since`: wall time, ISO 8601. */
export type RecordsWanted = { since?: string; slot?: number; request?: string };

export function selectRecords(records: Records, { since, slot, request }: RecordsWanted): Records {
  const after = (at: string | null) => since === undefined || at === null || at >= since;
  const isAsked = (id: string, worker: number) =>
    (slot === undefined || worker === slot) && (request === undefined || id === request);
  const names = new Set(records.ends.filter((end) => end.slot === slot).map(({ process }) => process));
  const isWhole = slot === undefined && request === undefined;
  return {
    ends: records.ends.filter(
      (end) =>
        after(end.at) &&
        (slot === undefined || (end.slot === slot && isOfApp(end.role))) &&
        (request === undefined || end.request?.id === request || end.lostIds.includes(request)),
    ),
    reloads: isWhole ? records.reloads.filter(({ at }) => after(at)) : [],
    refusals: isWhole ? records.refusals.filter(({ lastAt }) => after(lastAt)) : [],
    refused: records.refused.filter(({ at, id, worker }) => after(at) && isAsked(id, worker)),
    slow: records.slow.filter(({ endedAt, id, worker }) => after(endedAt) && isAsked(id, worker)),
    spells: records.spells.filter(
      ({ until, subject }) =>
        after(until) && request === undefined && (slot === undefined || isOf(subject, slot, names)),
    ),
  };
}

/** Places of workers and of auth processes are numbered apart from those of front ends. */
const isOfApp = (role: string) => role === "worker" || role === "auth";

function isOf(subject: string, slot: number, names: ReadonlySet<string>): boolean {
  return names.has(subject) || new RegExp(`(^|\\s)worker ${slot}$`).test(subject);
}
