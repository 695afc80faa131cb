// The requests that a front end has, from their heads to the last byte of their answers, and where each of them is.

import type { ActiveTold, PhaseTimes, RequestPhase } from "../../link/requests/requests.ts";
import { Running } from "../visit/running.ts";
import { toldPath } from "../visit/target-parts.ts";
import type { Visit } from "../visit/visit.ts";

export class InFlight {
  readonly #all = new Running<Visit>();

  get size(): number {
    return this.#all.size;
  }

  add(visit: Visit): void {
    this.#all.add(visit);
  }

  delete(visit: Visit): void {
    this.#all.delete(visit);
  }

  [Symbol.iterator](): Iterator<Visit> {
    return this.#all[Symbol.iterator]();
  }

  /** The oldest first, so many at most, of all or of some. */
  list(most: number, now: number, among: readonly Visit[] = [...this]): ActiveTold[] {
    return among
      .toSorted((a, b) => a.arrivedAt - b.arrivedAt)
      .slice(0, most)
      .map((visit) => activeOf(visit, now));
  }

  /** How many requests are on each worker, by its slot. */
  countByWorker(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const visit of this)
      if (isOnWorker(visit)) counts.set(visit.slot, (counts.get(visit.slot) ?? 0) + 1);
    return counts;
  }
}

export const isOnWorker = (visit: Visit) => !visit.isOver && visit.startedAt > 0 && visit.queuedAt === 0;

export function activeOf(visit: Visit, now: number): ActiveTold {
  return {
    id: visit.id,
    method: visit.client.method,
    path: toldPath(visit.path),
    ageMs: Math.round(now - visit.arrivedAt),
    phase: phaseOf(visit),
    client: visit.peer.address,
    group: visit.group,
    worker: visit.slot,
  };
}

export function phaseOf({ isOver, admittedAt, queuedAt, headAt, awaitsClient }: Visit): RequestPhase {
  if (isOver) return "deliver";
  if (headAt > 0) return awaitsClient ? "deliver" : "body";
  if (admittedAt === 0) return "receive";
  if (queuedAt > 0) return "queue";
  return awaitsClient ? "upload" : "app";
}

/** Up to `now`, for one that goes on. */
export function timesOf(visit: Visit, now: number): PhaseTimes {
  const { arrivedAt, admittedAt, queuedAt, queuedMs, startedAt, headAt } = visit;
  const isAdmitted = admittedAt > 0;
  const isGiven = startedAt > 0 && queuedAt === 0;
  return {
    receive: Math.round((isAdmitted ? admittedAt : now) - arrivedAt),
    queue: isAdmitted ? Math.round(queuedMs + (queuedAt > 0 ? now - queuedAt : 0)) : null,
    app: isGiven ? Math.round(Math.max(0, (headAt > 0 ? headAt : now) - startedAt)) : null,
    body: headAt > 0 ? Math.round(Math.max(0, now - headAt)) : null,
  };
}
