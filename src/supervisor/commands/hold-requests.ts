// gw pause: requests wait in the queue, and the command is done when none is on a worker any more, so that a migration can
// begin. When they do not finish in time everything goes on: a pause that is half there is worse than none.
import { type Clock, pause } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { Generation } from "../generations/generation.ts";
import type { Site } from "../generations/site.ts";
import { requireFronts } from "./require-fronts.ts";

const LOOK_MS = 50;

/** Resolves with the instant at which the pause of each group ends. */
export async function holdRequests(
  site: Site,
  groups: string[],
  forMs: number,
  clock: Clock,
): Promise<Map<string, number>> {
  const sinceMs = clock.now();
  const { pauses } = site;
  requireFronts(site, NO_QUEUE);
  const before = pauses.endsOf(groups);
  pauses.begin(groups, forMs);
  const windowMs = Math.min(forMs, gracefulTimeoutOf(site.generation, groups));
  for (;;) {
    const left = countRunning(site, groups);
    // Those that leave may still have clients whose connections were open before.
    const haveTold = site.fronts.every(({ traffic }) => traffic.lastHeardMs > sinceMs);
    const ends = pauses.endsOf(groups);
    const isInForce = ends.size === groups.length;
    if (isInForce && left === 0 && haveTold) return ends;
    const isLate = clock.now() - sinceMs >= windowMs;
    if (isLate || !isInForce) {
      pauses.callOff(groups, before);
      throw new GwError("command_failed", { what: isLate ? whyLate(left, windowMs) : RESUMED });
    }
    await pause(clock, LOOK_MS);
  }
}

const RESUMED = "gw resume was typed meanwhile, and requests go on";

/** `left`: requests of which is known that they still run. */
function whyLate(left: number, windowMs: number): string {
  const late = `within ${Math.round(windowMs / 100) / 10} s, and requests go on`;
  if (left === 0) return `A front end did not say that it holds requests back ${late}`;
  return `${left === 1 ? "1 request was" : `${left} requests were`} not finished ${late}`;
}

const NO_QUEUE = "In embedded mode there is no queue in which requests could wait";

function gracefulTimeoutOf({ pools }: Generation, groups: readonly string[]): number {
  const chosen = pools.filter(({ group }) => groups.includes(group.name));
  return Math.max(...chosen.map(({ group }) => group.settings.gracefulTimeout));
}

/** Streams that have begun may last for days and are not waited for; old generations finish what they have. */
function countRunning(site: Site, groups: readonly string[]): number {
  let running = 0;
  for (const { pools, traffic } of site.generations)
    for (const { group, crew } of pools)
      if (groups.includes(group.name))
        running += traffic.unansweredOn(crew.places.flatMap(({ slots }) => slots));
  return running;
}
