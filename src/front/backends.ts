// The workers as this front sees them, and which of them gets the next request. Choosing is pure: least busy first,
// never more than its share, never one that is leaving or has just refused a connection.

import type { Backend, Casualty, WorkerLoad } from "../link/messages.ts";
import type { Pool } from "../upstream/pool.ts";
import type { Relay } from "./relay.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Visit } from "./visit.ts";

export type BackendState = {
  backend: Backend;
  pool: Pool;
  /** Requests of this front that are on the worker now, or on their way to it. */
  running: Set<Relay>;
  /** Open WebSockets. */
  tunnels: Set<Tunnel>;
  /** Requests ever given to it. */
  requests: number;
  /** Until this instant nothing new goes there: its socket refused a connection. */
  restsUntil: number;
  /** Instant of the last activity that counts against inactivity-timeout. */
  activityAt: number;
  /** Requests that ended because the worker did, oldest first. */
  lost: Casualty[];
};

export function isOpen(state: BackendState, now: number): boolean {
  return state.backend.accepting && state.running.size < state.backend.capacity && state.restsUntil <= now;
}

/** The least busy worker that may take a request; of equals the one that has had the fewest. */
export function chooseBackend(states: Iterable<BackendState>, now: number): BackendState | undefined {
  let best: BackendState | undefined;
  for (const state of states) {
    if (!isOpen(state, now)) continue;
    const fewer = best ? state.running.size - best.running.size : -1;
    if (!best || fewer < 0 || (fewer === 0 && state.requests < best.requests)) best = state;
  }
  return best;
}

export function casualtyOf(visit: Visit, now: number): Casualty {
  const { id, client, path, startedAt } = visit;
  return { id, method: client.method, path: path.slice(0, 512), ageMs: Math.round(now - startedAt) };
}

export function loadOf(
  { backend, running, tunnels, requests, activityAt }: BackendState,
  now: number,
): WorkerLoad {
  let first: Visit | undefined;
  for (const { visit } of running) if (!first || visit.startedAt < first.startedAt) first = visit;
  const idleMs = running.size + tunnels.size > 0 ? 0 : Math.round(now - activityAt);
  const load = {
    slot: backend.slot,
    pid: backend.pid,
    active: running.size,
    requests,
    tunnels: tunnels.size,
    idleMs,
  };
  return first ? { ...load, oldest: casualtyOf(first, now) } : load;
}
