// The workers as this front sees them, and which of them gets the next request. Choosing is pure: least busy first,
// never more than its share, never one that is leaving or has just refused a connection.

import type { Backend } from "../link/messages.ts";
import type { Pool } from "../upstream/pool.ts";

export type BackendState = {
  backend: Backend;
  pool: Pool;
  /** Requests of this front that are on the worker now. */
  active: number;
  /** Requests ever given to it. */
  requests: number;
  /** Until this instant nothing new goes there: its socket refused a connection. */
  restsUntil: number;
};

export function isOpen(state: BackendState, now: number): boolean {
  return state.backend.accepting && state.active < state.backend.capacity && state.restsUntil <= now;
}

/** The least busy worker that may take a request; of equals the one that has had the fewest. */
export function chooseBackend(states: Iterable<BackendState>, now: number): BackendState | undefined {
  let best: BackendState | undefined;
  for (const state of states) {
    if (!isOpen(state, now)) continue;
    if (
      !best ||
      state.active < best.active ||
      (state.active === best.active && state.requests < best.requests)
    )
      best = state;
  }
  return best;
}
