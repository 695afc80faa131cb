// gw scale: another number of workers for one group, which holds until the configuration says another one.
import { GwError, reasonOf } from "../../core/errors.ts";
import type { Place } from "../crew/place.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** As many as the option `processes` takes. */
const MOST = 1_024;

/**
 * Resolves when the new workers serve, or those that were too many are gone; what does not start is given up again. `present`: the
 * workers that the group has by then, where another generation has taken over.
 */
export async function scaleTo(
  pool: WorkerPool,
  count: number,
  present: () => WorkerPool | undefined = () => pool,
): Promise<{ from: number; to: number }> {
  refuseOutside(pool, count);
  const order = ++pool.scaled;
  const { wanted: before } = pool;
  const from = pool.livePlaces.length;
  const done = count > from ? growBy(pool, count - from, order) : shrinkBy(pool, from - count);
  // From now on, for a generation that is made meanwhile; and also where places that were drained by hand stay empty.
  pool.wanted = count;
  try {
    await done;
  } catch (error) {
    // Those of a generation that was let go meanwhile are let go as well.
    if (present() === pool && pool.scaled === order) {
      pool.wanted = before;
      throw error;
    }
  }
  if (pool.scaled !== order) throw refusal("Another gw scale was typed meanwhile, and that one counts");
  refuseOtherCount(pool, present(), count);
  return { from, to: count };
}

/** A generation that takes over begins with as many as the one before is to have, unless its configuration says something else. */
function refuseOtherCount(pool: WorkerPool, now: WorkerPool | undefined, count: number): void {
  if (now?.wanted === count) return;
  const has = now ? `has ${now.wanted} workers` : "is no more";
  const what = `Another generation has taken over meanwhile, in which the group "${pool.group.name}" ${has}`;
  throw refusal(what);
}

const refusal = (what: string, detail?: string) => new GwError("command_failed", { what }, detail);

const WHY = "gw scale was typed";

function refuseOutside({ group }: WorkerPool, count: number): void {
  const { processes, embeddedMode } = group.settings;
  if (embeddedMode)
    throw new GwError("usage", { what: "In embedded mode the number of workers is --front-ends" });
  if (processes.max === 0)
    throw new GwError("usage", {
      what: `The group "${group.name}" has only files, for which there are no workers`,
    });
  const isRange = processes.min < processes.max;
  const [least, most] = isRange ? [processes.min, processes.max] : [1, MOST];
  if (count >= least && count <= most) return;
  const what = `The group "${group.name}" can have from ${least} to ${most} workers, and not ${count}`;
  throw new GwError("usage", { what });
}

async function shrinkBy(pool: WorkerPool, count: number): Promise<void> {
  await Promise.all(surplus(pool, count).map((place) => pool.shrink(place, "scale_down", WHY)));
}

async function growBy(pool: WorkerPool, count: number, order: number): Promise<void> {
  const added = Array.from({ length: count }, () => pool.grow());
  const results = await Promise.allSettled(added.map(({ ready }) => ready));
  const failed = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ result, index }] : [],
  );
  const [first] = failed;
  // Whoever has said another number since has decided who goes.
  if (!first || pool.scaled !== order) return;
  await Promise.all(
    added.map(({ place }) => pool.shrink(place, "scale_down", "not all of the new ones started")),
  );
  const error: unknown = first.result.reason;
  const why = reasonOf(error);
  const what = `The group "${pool.group.name}" has as many workers as before: ${why}`;
  throw refusal(what, error instanceof GwError ? error.detail : undefined);
}

/** Those that serve nobody first, then the newest. */
function surplus({ livePlaces }: WorkerPool, count: number): Place[] {
  const isReady = ({ current }: Place) => (current.state === "ready" ? 1 : 0);
  return livePlaces
    .toReversed()
    .toSorted((a, b) => isReady(a) - isReady(b))
    .slice(0, count);
}
