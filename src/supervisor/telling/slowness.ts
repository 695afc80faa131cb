// What is slow at this moment: waits in the queues of the serving groups, the part of their capacity that is used, and event
// loops that do not turn.
import { HEARTBEAT_MS } from "../../link/messages.ts";
import type { Slot } from "../child/slot.ts";
import type { Site } from "../generations/site.ts";
import type { SpellSeen } from "../records/spells.ts";

/** How often each says that its loop turns; the next word may take a moment to come. */
const EVERY_MS = { worker: HEARTBEAT_MS, front: 1_000 } as const;

export function seeSlowness(site: Site, nowMs: number): SpellSeen[] {
  if (!site.hasBegun) return [];
  const { generation, fronts } = site.tenure;
  const told = [...fronts.traffic.stats.values()].flatMap(({ groups }) => groups);
  const ofGroups = generation.pools.flatMap(({ group, livePlaces }): SpellSeen[] => {
    if (group.kind !== "app") return [];
    const own = told.filter(({ name }) => name === group.name);
    const ready = livePlaces.filter(({ current }) => current.state === "ready");
    const slotsOf = ({ pid }: Slot) => fronts.traffic.loadOf(pid)?.limit ?? group.settings.concurrency.max;
    const slots = ready.reduce((sum, { current }) => sum + slotsOf(current), 0);
    const busy = own.reduce((sum, one) => sum + (one.busy ?? 0), 0);
    const value = Math.max(0, ...own.map(({ oldestMs = 0 }) => oldestMs));
    const subject = group.name;
    return [
      ...(site.pauses.endOf(subject) === undefined ? [{ kind: "queue", subject, value } as const] : []),
      ...(slots > 0 ? [{ kind: "capacity", subject, value: busy / slots } as const] : []),
    ];
  });
  const ofLoops = [...generation.slots, ...fronts.crew.places.map(({ current }) => current)];
  return [...ofGroups, ...ofLoops.flatMap((slot) => loopOf(slot, nowMs))];
}

/** The worst since the last look: what it has said of itself, or for how long it has said nothing. */
function loopOf({ run, state, setup }: Slot, nowMs: number): SpellSeen[] {
  if (!run || state !== "ready") return [];
  const said = run.worstLagMs;
  run.worstLagMs = 0;
  const silentMs = Math.round(nowMs - run.pulse.atMs - EVERY_MS[setup.role === "front" ? "front" : "worker"]);
  return [{ kind: "loop", subject: setup.name, value: Math.max(said, silentMs) }];
}
