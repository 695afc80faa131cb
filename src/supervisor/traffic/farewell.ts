// What has ended with a worker, told by each front for itself, and added up.

import { type Casualty, HEARTBEAT_MS, type Unawaited } from "../../link/messages.ts";

/**
 * The requests that ended with a worker, the oldest first; not all of them are listed. `unawaited`: those that were over for their
 * clients before, perhaps not for the worker. `tunnels`: how many WebSockets were cut. `cut`: how many it has not answered
 * since it was to take no more. `hasAnswered`: it has answered some request in its life. `isUnclear`: not only
 * these may have ended it.
 */
export type Farewell = {
  requests: Casualty[];
  unawaited: UnawaitedAt[];
  count: number;
  tunnels: number;
  cut: number;
  hasAnswered: boolean;
  isUnclear: boolean;
};

/** Instants. */
type UnawaitedAt = { request: Casualty; startedAtMs: number; overAtMs: number; toldAtMs: number };

type Told = Pick<Farewell, "requests" | "count"> &
  Partial<Omit<Farewell, "unawaited">> & { unawaited?: readonly Unawaited[] };

export const noLoss = (): Farewell => ({
  requests: [],
  unawaited: [],
  count: 0,
  tunnels: 0,
  cut: 0,
  hasAnswered: false,
  isUnclear: false,
});

export function addTo(farewell: Farewell, told: Told, nowMs: number): void {
  const { requests, count, tunnels = 0, cut = 0, hasAnswered = false, isUnclear = false } = told;
  farewell.hasAnswered ||= hasAnswered;
  farewell.isUnclear ||= isUnclear;
  farewell.count += count;
  farewell.tunnels += tunnels;
  farewell.cut += cut;
  farewell.requests = [...farewell.requests, ...requests].toSorted(byAge);
  for (const { overMs, ...request } of told.unawaited ?? [])
    farewell.unawaited.push({
      ...{ request, startedAtMs: nowMs - request.ageMs },
      ...{ overAtMs: nowMs - overMs, toldAtMs: nowMs },
    });
}

const byAge = (a: Casualty, b: Casualty) => b.ageMs - a.ageMs;

/** A loop that has been silent for so long stands still. */
export const STILL_MS = 1_000;

/**
 * Those of its requests that were over for their clients in which its loop may have stood, the oldest first, where it was last heard
 * to turn at that instant: they had begun by then, or before the next word was due, which may have come late, and were over later.
 */
export function stoodIn({ unawaited }: Farewell, heardAtMs: number): Casualty[] {
  return unawaited
    .filter(({ toldAtMs }) => toldAtMs - heardAtMs >= STILL_MS)
    .filter((one) => one.startedAtMs <= heardAtMs + 2 * HEARTBEAT_MS && one.overAtMs >= heardAtMs)
    .map(({ request }) => request)
    .toSorted(byAge);
}

/** Who spoke of it did so a while ago. */
export function agedBy(request: Casualty | undefined, ms: number): Casualty[] {
  return request ? [{ ...request, ageMs: request.ageMs + Math.round(ms) }] : [];
}
