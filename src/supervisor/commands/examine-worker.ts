// gw profile and gw heap: a worker looks at itself, and the command gets a file. Its directory is the worker's, who may have put
// something else there: whoever reads it looks at what it is (cli/control/take-file.ts).
import { rmSync } from "node:fs";
import type { ExaminedFile } from "../../control/results.ts";
import { type Clock, within } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import { workerKindOf } from "../../options/declare/worker-kinds.ts";
import { insideOf } from "../child/child-setup.ts";
import type { Slot } from "../child/slot.ts";
import type { Place } from "../crew/place.ts";
import { windowFor } from "../crew/recycling.ts";
import type { WorkerPool } from "../groups/worker-pool.ts";

/** For what takes a moment beside the time that was asked for. */
const MARGIN_MS = 30_000;
/** A large heap takes its time. */
const HEAP_MS = 300_000;

type ChosenWorker = { pool: WorkerPool; place: Place };

export async function profileWorker(
  { pool, place: { current } }: ChosenWorker,
  forMs: number,
  clock: Clock,
): Promise<ExaminedFile> {
  return examineSlot(pool, current, { what: "profile", forMs, withinMs: forMs + MARGIN_MS }, clock);
}

/**
 * The worker gets its successor first, and leaves when the picture is made: it stands still meanwhile, and takes much memory, which
 * is nothing for one that serves.
 */
export async function heapOfWorker({ pool, place }: ChosenWorker, clock: Clock): Promise<ExaminedFile> {
  const { current: slot } = place;
  const { recycling, group } = pool;
  refuseUnlessReady(pool, slot);
  const taken = Promise.withResolvers<ExaminedFile>();
  const lastAct = async () => {
    const picture = examineSlot(pool, slot, { what: "heap", forMs: 0, withinMs: HEAP_MS }, clock);
    await picture.then(taken.resolve, taken.reject);
  };
  const order = { reason: "graceful_signal", why: "gw heap was typed", lastAct } as const;
  const windowMs = windowFor(order.reason, group.settings);
  if (!recycling.ask(place, slot, order, windowMs)) throw failure(slot, "is about to be replaced already");
  void slot.whenEmpty().then(() => taken.reject(failure(slot, "has ended before its heap could be seen")));
  const mostMs = group.settings.startupTimeout + windowMs + HEAP_MS + MARGIN_MS;
  return (
    (await within(clock, mostMs, taken.promise, undefined)) ??
    Promise.reject(failure(slot, "has no successor that could start"))
  );
}

async function examineSlot(
  pool: WorkerPool,
  slot: Slot,
  { what, forMs, withinMs }: { what: "profile" | "heap"; forMs: number; withinMs: number },
  clock: Clock,
): Promise<ExaminedFile> {
  const { run, pid } = refuseUnlessReady(pool, slot);
  const path = pool.fileFor(`${what}-${slot.number}`);
  // Of an earlier one that nobody has taken.
  rmSync(path, { force: true });
  const order = { what, forMs, path: insideOf(pool.group.settings, path) };
  const way = { send: slot.send.bind(slot), isThere: () => slot.run === run };
  const told = await run.examiner.ask(order, way, clock, withinMs);
  if (told === "busy") throw failure(slot, "is being looked at already");
  if (!told) throw failure(slot, "has ended, or not answered in time");
  if (told.reason !== undefined) throw failure(slot, `could not do it: ${told.reason}`);
  return { worker: slot.number, pid, path, bytes: told.bytes ?? 0 };
}

function refuseUnlessReady({ group }: WorkerPool, slot: Slot) {
  if (workerKindOf(group.settings) !== "bun")
    throw failure(
      slot,
      `is in Python, and this is for JavaScript; gw stack ${slot.number} tells where its requests stand`,
    );
  const { run, pid } = slot;
  if (run && pid !== undefined && slot.state === "ready" && slot.setup.role === "worker") return { run, pid };
  if (slot.setup.role !== "worker") throw failure(slot, "runs no app");
  throw failure(slot, "has no process that is ready");
}

const failure = ({ setup }: Slot, why: string) =>
  new GwError("command_failed", { what: `${setup.name} ${why}` });
