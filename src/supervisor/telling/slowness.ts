// What is slow at this moment: waits in the queues of the serving groups, the part of their capacity that is used, and event
// loops that do not turn. Looks, and changes nothing.
import { HEARTBEAT_MS } from "../../link/messages.ts";
import type { Slot } from "../child/slot.ts";
import type { Site } from "../generations/site.ts";
import type { SpellSeen } from "../records/spells.ts";

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
  const isStill = (slot: Slot) => fronts.traffic.isStalled(slot);
  return [
    ...ofGroups,
    ...generation.slots.flatMap((slot) => loopOf(slot, isStill(slot), nowMs)),
    ...fronts.crew.places.flatMap(({ current }) => loopOf(current, false, nowMs)),
  ];
}

/** `isStill`: it has said nothing for too long; without that it is as late as it last said. */
function loopOf({ run, state, setup }: Slot, isStill: boolean, nowMs: number): SpellSeen[] {
  if (!run || state !== "ready") return [];
  const { lagMs, atMs } = run.pulse;
  const silentMs = isStill ? Math.round(nowMs - atMs - HEARTBEAT_MS) : 0;
  return [{ kind: "loop", subject: setup.name, value: Math.max(lagMs, silentMs) }];
}
