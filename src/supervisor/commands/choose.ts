// Whom a command means: a worker by its place, a group by its name; with an error that names what there is. Pure.
import { GwError } from "../../core/errors.ts";
import { nearest } from "../../options/declare/names.ts";
import type { Place } from "../crew/place.ts";
import type { WorkerPool } from "../groups/worker-pool.ts";

type Pools = readonly WorkerPool[];

export function chooseWorkers(
  pools: Pools,
  worker: number | undefined,
): { pool: WorkerPool; place: Place }[] {
  const all = pools.flatMap((pool) => pool.crew.places.map((place) => ({ pool, place })));
  // What has been drained stays so, unless it is named.
  if (worker === undefined) return all.filter(({ place }) => place.isWanted);
  const found = all.find(({ place }) => place.number === worker);
  if (found) return [found];
  const numbers = all.map(({ place }) => place.number).toSorted((a, b) => a - b);
  const what = `There is no worker ${worker}; ${countOf("worker", numbers)}`;
  throw new GwError("usage", { what });
}

export function poolFor(pools: Pools, group: string | undefined): WorkerPool {
  const apps = pools.filter((pool) => pool.group.kind === "app");
  const names = apps.map((pool) => pool.group.name);
  const [only, other] = apps;
  if (group === undefined && only && !other) return only;
  const found = apps.find((pool) => pool.group.name === group);
  if (found) return found;
  if (group === undefined)
    throw new GwError("usage", { what: `There are several groups; name one of ${names.join(", ")}` });
  if (pools.some((pool) => pool.group.kind === "auth" && pool.group.name === group))
    throw new GwError("usage", {
      what: `"${group}" runs the scripts that decide who may ask; --auth-processes says how many processes it has`,
    });
  if (pools.some((pool) => [group, `service:${group}`].includes(pool.group.name)))
    throw new GwError("usage", {
      what: `"${group}" is a service: it has one process and gets no requests`,
    });
  const near = nearest(group, names);
  const what = `There is no group "${group}"; ${near ? `the nearest is "${near}"` : countOf("group", names)}`;
  throw new GwError("usage", { what });
}

export function groupsFor(pools: Pools, group: string | undefined): string[] {
  if (group !== undefined) return [poolFor(pools, group).group.name];
  return pools.flatMap((pool) => (pool.group.kind === "app" ? pool.group.name : []));
}

/** `there is one group, default`; `there are the workers 1, 2`. */
function countOf(thing: string, names: readonly (string | number)[]): string {
  if (names.length === 0) return `there is no ${thing} at all`;
  return names.length === 1
    ? `there is one ${thing}, ${names[0]}`
    : `there are the ${thing}s ${names.join(", ")}`;
}
