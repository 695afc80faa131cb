// Old generations that still finish are let be, up to a number: more would fill the machine. Then the oldest is cut short,
// at once when it has only streams and WebSockets left; requests that have no answer yet keep their time.
import type { Waiting } from "../../control/results.ts";
import { type Clock, pause } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { ReplacementWindows } from "../crew/recycling.ts";
import type { Config } from "../fronts/front-setup.ts";
import type { Fronts } from "../fronts/fronts.ts";
import type { Generation } from "./generation.ts";
import { whenAborted } from "./moves.ts";

/** `fronts`: those that leave together with the generation. */
export type Leaving = {
  generation: Generation;
  fronts: Fronts | undefined;
  sinceMs: number;
  done: Promise<void>;
};

export type RoomTools = {
  clock: Clock;
  log: Log;
  /** What room is made for is wanted no more. */
  off: AbortSignal;
  /** What is waited for now; undefined when it is over. */
  onWait: (waiting: Waiting | undefined) => void;
};

const MOST_LEAVING = 3;
const LOOK_MS = 50;
/** How long a connection to an old front end may be on its way before that sees it, and tells of it. */
const HIDDEN_MS = 3_000;

/** Before one more leaves. Resolves when the oldest of too many is gone, or as soon as that is wanted no more. */
export async function makeRoom(leaving: ReadonlySet<Leaving>, tools: RoomTools): Promise<void> {
  const [oldest] = leaving;
  if (!oldest || leaving.size < MOST_LEAVING) return;
  const { log, off } = tools;
  const { generation, done } = oldest;
  await outlastRequests(oldest, leaving, tools);
  if (off.aborted || !leaving.has(oldest)) return;
  log.warn("the oldest generation is cut short: too many are still there", { generation: generation.number });
  for (const slot of generation.slots) generation.traffic.condemn(slot, "worker_stopped");
  await Promise.race([done, whenAborted(off).catch(() => {})]);
}

async function outlastRequests(
  oldest: Leaving,
  leaving: ReadonlySet<Leaving>,
  { clock, log, off, onWait }: RoomTools,
): Promise<void> {
  const { generation, sinceMs } = oldest;
  const untilMs = sinceMs + windowsOf(generation.config).requestsMs;
  const isWaitedFor = () =>
    leaving.has(oldest) && !off.aborted && clock.now() < untilMs && mayBeAsked(oldest, clock.now());
  if (!isWaitedFor()) return;
  const forMs = Math.round(untilMs - clock.now());
  log.info("the oldest generation may still have requests, and is waited for: too many are still there", {
    generation: generation.number,
    forMs,
  });
  onWait({ waitsFor: generation.number, forMs });
  while (isWaitedFor()) await pause(clock, LOOK_MS, off);
  onWait(undefined);
}

/** In embedded mode nobody tells what there is. */
function mayBeAsked(oldest: Leaving, nowMs: number): boolean {
  const { generation, fronts, sinceMs } = oldest;
  const { traffic, slots } = generation;
  const haveTold = traffic.hasFronts && traffic.lastHeardMs > sinceMs;
  if (!haveTold || traffic.unansweredOn(slots) > 0) return true;
  return fronts !== undefined && (nowMs - sinceMs < HIDDEN_MS || hasSilent(generation));
}

/** Clients of its own front ends may ask on, on connections on which nothing is answered now. */
function hasSilent({ traffic, slots }: Generation): boolean {
  const loads = slots.flatMap(({ pid }) => traffic.loadOf(pid) ?? []);
  return traffic.connections > loads.reduce((sum, { active, tunnels }) => sum + active + tunnels, 0);
}

/** The longest of all groups. */
export function windowsOf({ groups }: Config): ReplacementWindows {
  const requestsMs = Math.max(...groups.map(({ settings }) => settings.gracefulTimeout));
  const streamsMs = Math.max(requestsMs, ...groups.map(({ settings }) => settings.streamDrainTimeout));
  return { requestsMs, streamsMs };
}
