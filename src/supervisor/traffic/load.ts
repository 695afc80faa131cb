// What all front ends together have on one worker, as each has last told. Pure.

import type { WorkerLoad } from "../../link/messages.ts";
import { agedBy } from "./farewell.ts";

export type Load = Pick<WorkerLoad, "active" | "requests" | "idleMs" | "oldest"> & {
  streams: number;
  receiving: number;
  heldUp: number;
  bodyWaitMs: number;
  pastBodyWaitMs: number;
  tunnels: number;
  /** How many it may have, as the fronts have found; undefined where that is fixed. */
  limit: number | undefined;
};

/** What one front has told of it, and how long ago. */
export type LoadReport = { loads: readonly WorkerLoad[]; sinceMs: number };

/** Undefined when nobody knows the worker. */
export function addLoads(reports: readonly LoadReport[]): Load | undefined {
  const loads = reports.flatMap((report) => report.loads);
  if (loads.length === 0) return undefined;
  // Fronts speak at different instants: what they said has become older since.
  const [oldest] = reports
    .flatMap(({ loads: some, sinceMs }) => some.flatMap((load) => agedBy(load.oldest, sinceMs)))
    .toSorted((a, b) => b.ageMs - a.ageMs);
  return {
    active: sumOf(loads, "active"),
    requests: sumOf(loads, "requests"),
    streams: sumOf(loads, "streams"),
    receiving: sumOf(loads, "receiving"),
    heldUp: sumOf(loads, "heldUp"),
    // Whose clients were waited for when that was told, are taken to be waited for still.
    bodyWaitMs:
      sumOf(loads, "bodyWaitMs") +
      reports.reduce((sum, { loads: some, sinceMs }) => sum + sinceMs * sumOf(some, "receiving"), 0),
    pastBodyWaitMs: sumOf(loads, "pastBodyWaitMs"),
    tunnels: sumOf(loads, "tunnels"),
    limit: loads.some(({ limit }) => limit !== undefined) ? sumOf(loads, "limit") : undefined,
    idleMs: Math.min(...loads.map(({ idleMs }) => idleMs)),
    ...(oldest && { oldest }),
  };
}

type Summand =
  | "active"
  | "requests"
  | "streams"
  | "receiving"
  | "heldUp"
  | "bodyWaitMs"
  | "pastBodyWaitMs"
  | "tunnels"
  | "limit";

function sumOf(loads: readonly WorkerLoad[], field: Summand): number {
  return loads.reduce((sum, load) => sum + (load[field] ?? 0), 0);
}
