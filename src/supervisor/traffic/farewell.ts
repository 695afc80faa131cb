// What has ended with a worker, told by each front for itself, and added up.

import type { Casualty } from "../../link/messages.ts";

/**
 * The requests that ended with a worker, the oldest first; not all of them are listed. `cut`: how many it has not answered
 * since it was to take no more. `hasAnswered`: it has answered some request in its life. `isUnclear`: not only
 * these may have ended it.
 */
export type Farewell = {
  requests: Casualty[];
  count: number;
  cut: number;
  hasAnswered: boolean;
  isUnclear: boolean;
};

type Told = Pick<Farewell, "requests" | "count"> & Partial<Farewell>;

export const noLoss = (): Farewell => ({
  requests: [],
  count: 0,
  cut: 0,
  hasAnswered: false,
  isUnclear: false,
});

export function addTo(farewell: Farewell, told: Told): void {
  const { requests, count, cut = 0, hasAnswered = false, isUnclear = false } = told;
  farewell.hasAnswered ||= hasAnswered;
  farewell.isUnclear ||= isUnclear;
  farewell.count += count;
  farewell.cut += cut;
  farewell.requests = [...farewell.requests, ...requests].toSorted((a, b) => b.ageMs - a.ageMs);
}

/** Who spoke of it did so a while ago. */
export function agedBy(request: Casualty | undefined, ms: number): Casualty[] {
  return request ? [{ ...request, ageMs: request.ageMs + Math.round(ms) }] : [];
}
