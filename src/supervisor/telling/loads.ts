// What the groups have to give and what of it is used, at this moment; and what all of them have done since the start. Looks, and
// changes nothing.

import type { GroupUse } from "../../control/picture.ts";
import type { Distribution, Sample } from "../../link/figures.ts";
import type { Metric } from "../../metrics/table.ts";
import type { Slot } from "../child/slot.ts";
import type { Site } from "../generations/site.ts";
import type { WorkerPool } from "../groups/worker-pool.ts";
import type { Glance, Totals } from "./history.ts";

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/** Of the groups that have apps. */
export function loadsOf(site: Site): GroupUse[] {
  if (!site.hasBegun) return [];
  const told = site.fronts.flatMap(({ traffic }) =>
    [...traffic.stats.values()].flatMap(({ groups }) => groups),
  );
  return site.generation.pools
    .filter(({ group }) => group.kind === "app")
    .map((pool) => {
      const { name } = pool.group;
      const own = told.filter((group) => group.name === name);
      const busy = pool.traffic.hasFronts ? sum(own.map((group) => group.busy ?? 0)) : activeOf(pool);
      return {
        group: name,
        slots: pool.traffic.hasFronts ? sum(readyOf(pool).map((slot) => placesOn(pool, slot))) : 0,
        busy,
        oldestMs: Math.max(0, ...own.map((group) => group.oldestMs ?? 0)),
      };
    });
}

function readyOf({ crew }: WorkerPool) {
  return crew.places.flatMap(({ slots }) => slots.filter(({ state }) => state === "ready"));
}

/** As the front ends have found, or as was said. */
const placesOn = ({ traffic, group }: WorkerPool, { pid }: Slot) =>
  traffic.loadOf(pid)?.limit ?? group.settings.concurrency.max;

/** Where no front end counts, workers say themselves what they have. */
const activeOf = (pool: WorkerPool) => sum(readyOf(pool).map(({ run }) => run?.pulse.active ?? 0));

/** Nothing is known of clients that come to the workers themselves. */
const NOBODY_KNOWS: Glance = { capacity: null, queued: null, oldestMs: null };

export function glanceAt(site: Site): Glance {
  if (site.hasBegun && !site.tenure.fronts.traffic.hasFronts) return NOBODY_KNOWS;
  const loads = loadsOf(site);
  return {
    capacity: Math.max(0, ...loads.map(({ busy, slots }) => (slots > 0 ? busy / slots : 0))),
    queued: sum(loads.map(({ group }) => sum(site.fronts.map(({ traffic }) => traffic.queuedOf(group))))),
    oldestMs: Math.max(0, ...loads.map(({ oldestMs }) => oldestMs)),
  };
}

/** What came to no group (no request at all, a host that nobody answers for) is left out. */
export function totalsOf(samples: readonly Sample[]): Totals {
  const name = "http_server_request_duration_seconds" satisfies Metric;
  const own = samples.filter(({ metric, labels: [group] }) => metric === name && group !== "");
  const [all, errors] = [own, own.filter(({ labels }) => labels[2] === "5xx")].map(addUp);
  return { requests: countOf(all), errors: countOf(errors), latency: all };
}

/** Of apps that speak to their clients themselves. */
export function totalsOfWorkers(site: Site): Totals {
  const pools = site.hasBegun ? site.generation.pools : [];
  const counts = pools.flatMap(({ crew }) =>
    crew.places.flatMap(({ slots }) => slots.map(({ run }) => run?.pulse.requests ?? 0)),
  );
  return { requests: sum(counts), errors: null, latency: undefined };
}

const countOf = (latency: Distribution | undefined) => sum(latency?.counts ?? []);

function addUp(samples: readonly Sample[]): Distribution | undefined {
  return samples.reduce<Distribution | undefined>((all, { value }) => {
    if (typeof value === "number") return all;
    if (!all) return value;
    return {
      counts: all.counts.map((count, at) => count + (value.counts[at] ?? 0)),
      sumMs: all.sumMs + value.sumMs,
    };
  }, undefined);
}
