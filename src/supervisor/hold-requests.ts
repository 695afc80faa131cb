// gw pause: requests wait in the queue, and the command is done when none is on a worker any more, so that a migration can
// begin. When they do not finish in time everything goes on: a pause that is half there is worse than none.
import { type Clock, pause } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import type { Generation } from "./generation.ts";
import type { Site } from "./site.ts";

const LOOK_MS = 50;

export async function holdRequests(site: Site, groups: string[], forMs: number, clock: Clock): Promise<void> {
  const sinceMs = clock.now();
  refuseWithoutQueue(site);
  site.pauses.begin(groups, forMs);
  const windowMs = Math.min(forMs, gracefulTimeoutOf(site.generation, groups));
  for (;;) {
    const left = countRunning(site, groups);
    if (left === 0 && site.fronts.every(({ traffic }) => traffic.lastHeardMs > sinceMs)) return;
    if (clock.now() - sinceMs >= windowMs) {
      site.pauses.end(groups);
      const what = `${left === 1 ? "1 request was" : `${left} requests were`} not finished within ${Math.round(windowMs / 100) / 10} s, and requests go on`;
      throw new GwError("command_failed", { what });
    }
    await pause(clock, LOOK_MS);
  }
}

function refuseWithoutQueue(site: Site): void {
  if (site.tenure.fronts.traffic.hasFronts) return;
  throw new GwError("command_failed", {
    what: "In embedded mode there is no queue in which requests could wait",
  });
}

function gracefulTimeoutOf({ pools }: Generation, groups: readonly string[]): number {
  const chosen = pools.filter(({ group }) => groups.includes(group.name));
  return Math.max(...chosen.map(({ group }) => group.settings.gracefulTimeout));
}

/** Streams that have begun may last for days and are not waited for; old generations finish what they have. */
function countRunning(site: Site, groups: readonly string[]): number {
  let running = 0;
  for (const { pools, traffic } of site.generations)
    for (const { group, crew } of pools) {
      if (!groups.includes(group.name)) continue;
      const loads = crew.places.flatMap(({ slots }) => slots.flatMap(({ pid }) => traffic.loadOf(pid) ?? []));
      running += loads.reduce((sum, { active, streams }) => sum + active - streams, 0);
    }
  return running;
}
