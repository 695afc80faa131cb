// What a front end says of itself each second, checked as every message of a child is.

import { isRecord } from "../core/records.ts";
import { countOf, cutWord, isNumber, isText, MOST_LISTED } from "./bounded.ts";
import { BOUNDS_MS } from "./figures.ts";
import type { FrontStats, SideCounts, TrialCounts, WorkerLoad } from "./front-stats.ts";
import { casualtyOf, isCasualty } from "./requests/read-requests.ts";

export function readStats(raw: unknown): FrontStats | undefined {
  return isStats(raw) ? statsOf(raw) : undefined;
}

function isStats(value: unknown): value is FrontStats {
  return (
    isRecord(value) &&
    isNumber(value.queued) &&
    isNumber(value.active) &&
    isNumber(value.requests) &&
    isRecord(value.errors) &&
    Array.isArray(value.groups) &&
    value.groups.every((group) => isRecord(group) && isText(group.name) && isNumber(group.queued)) &&
    Array.isArray(value.workers) &&
    value.workers.every(
      (w) =>
        isRecord(w) &&
        isNumber(w.slot) &&
        isNumber(w.pid) &&
        isNumber(w.active) &&
        isNumber(w.requests) &&
        isNumber(w.idleMs) &&
        (w.oldest === undefined || isCasualty(w.oldest)),
    )
  );
}

/** Nothing but the known fields: what else a child wrote must not travel on. */
function statsOf(stats: FrontStats): FrontStats {
  const { queued, groups, active, requests, connections, maxClients, errors, workers } = stats;
  const counts = Object.entries(errors)
    .slice(0, MOST_LISTED)
    .filter(([, count]) => isNumber(count))
    .map(([cause, count]) => [cutWord(cause), count]);
  return {
    queued,
    groups: groups.slice(0, MOST_LISTED).map(({ name, queued: waiting, oldestMs, busy, trial }) => ({
      name: cutWord(name),
      queued: waiting,
      ...(isNumber(oldestMs) && { oldestMs: countOf(oldestMs) }),
      ...(isNumber(busy) && { busy: countOf(busy) }),
      ...trialOf(trial),
    })),
    active,
    requests,
    ...(isNumber(connections) && { connections }),
    ...(isNumber(maxClients) && { maxClients }),
    errors: Object.fromEntries(counts),
    workers: workers.slice(0, MOST_LISTED).map(loadOf),
  };
}

function loadOf(load: WorkerLoad): WorkerLoad {
  const {
    slot,
    pid,
    active,
    requests,
    streams,
    receiving,
    heldUp,
    bodyWaitMs,
    pastBodyWaitMs,
    tunnels,
    idleMs,
    oldest,
    hasAnswered,
    limit,
    freeMs,
    wantsMeasuring,
  } = load;
  return {
    slot,
    pid,
    active,
    requests,
    ...(isNumber(streams) && { streams }),
    ...(isNumber(receiving) && { receiving: countOf(receiving) }),
    ...(isNumber(heldUp) && { heldUp: countOf(heldUp) }),
    ...(isNumber(pastBodyWaitMs) && { pastBodyWaitMs: countOf(pastBodyWaitMs) }),
    ...(isNumber(bodyWaitMs) && { bodyWaitMs: countOf(bodyWaitMs) }),
    ...(isNumber(tunnels) && { tunnels }),
    ...(hasAnswered === true && { hasAnswered }),
    idleMs,
    ...(isNumber(limit) && { limit: countOf(limit) }),
    ...(isNumber(freeMs) && { freeMs: countOf(freeMs) }),
    ...(wantsMeasuring === true && { wantsMeasuring }),
    ...(oldest && { oldest: casualtyOf(oldest) }),
  };
}

/** Both sides, or nothing of either. */
function trialOf(raw: unknown): { trial?: TrialCounts } {
  if (!isRecord(raw) || !isSide(raw.old) || !isSide(raw.new)) return {};
  return { trial: { old: sideOf(raw.old), new: sideOf(raw.new) } };
}

const isSide = (raw: unknown): raw is SideCounts =>
  isRecord(raw) &&
  isNumber(raw.ended) &&
  isNumber(raw.failed) &&
  Array.isArray(raw.heads) &&
  raw.heads.length === BOUNDS_MS.length + 1 &&
  raw.heads.every(isNumber);

const sideOf = ({ ended, failed, heads }: SideCounts): SideCounts => ({
  ended: countOf(ended),
  failed: countOf(failed),
  heads: heads.map(countOf),
});
