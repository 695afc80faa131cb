// What is told of a move from one generation to the next: what it has brought, and what clients still have on the old one.
import type { Reloaded } from "../../control/results.ts";
import type { Generation, Tenure } from "./generation.ts";

/** What clients still have on it, as the front ends last told. */
export function countLeft({ workerPlaces, traffic }: Generation): Reloaded["left"] {
  const slots = workerPlaces.flatMap((place) => place.slots);
  const loads = slots.flatMap(({ pid }) => traffic.loadOf(pid) ?? []);
  const sum = (field: "active" | "streams" | "tunnels") =>
    loads.reduce((total, load) => total + load[field], 0);
  return { requests: sum("active"), streams: sum("streams"), tunnels: sum("tunnels") };
}

/** What waits stays with its front ends. */
function queuedBehind({ generation, fronts }: Tenure): number {
  return generation.config.groups.reduce((sum, { name }) => sum + fronts.traffic.queuedOf(name), 0);
}

export function describeMove(next: Tenure, old: Tenure): Omit<Reloaded, "tookMs"> {
  const left = countLeft(old.generation);
  const hasNewFronts = next.fronts !== old.fronts;
  if (hasNewFronts) left.requests += queuedBehind(old);
  return {
    generation: next.generation.number,
    previous: old.generation.number,
    workers: next.generation.workerPlaces.length,
    hasNewFronts,
    left,
  };
}

/** `generation` was tried out, and has gone; undefined where it had not begun. */
export function withdrawnOf(
  { generation: serving }: Tenure,
  generation: number | undefined = serving.number,
): Reloaded {
  const left = { requests: 0, streams: 0, tunnels: 0 };
  const workers = serving.workerPlaces.length;
  return { generation: serving.number, previous: generation, workers, hasNewFronts: false, tookMs: 0, left };
}
