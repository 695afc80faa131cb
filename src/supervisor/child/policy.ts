// How long and how often: answers with numbers, and nothing else. No clock and no random source of its own.

export type RestPolicy = {
  /** Rest before the first, second, third … replacement in a row of quick deaths; the last one repeats. */
  restsMs: readonly number[];
  /** A child that served this long before it died begins a new row. */
  goodRunMs: number;
  /** How many quick deaths in a row make a crash loop. */
  crashLoopAt: number;
};

const ROW_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;

/** A worker's requests wait in the front's queue meanwhile. For those that had served, see supervisor/groups/succession. */
export const WORKER_RESTS: RestPolicy = { restsMs: ROW_MS, goodRunMs: 30_000, crashLoopAt: 5 };

/** Without its front nobody is served: the first replacement comes at once. */
export const FRONT_RESTS: RestPolicy = { restsMs: [0, ...ROW_MS], goodRunMs: 30_000, crashLoopAt: 5 };

/** Jitter keeps the workers of many machines, and of one, from starting and leaving in step. */
const JITTER = 0.1;

/** A factor within a tenth of 1, from a number in [0, 1). */
export function jitterOf(random: number): number {
  return 1 + JITTER * (2 * random - 1);
}

/** `quickDeaths`: 0 when the last one had served. */
export type Rest = { quickDeaths: number; restMs: number; isCrashLoop: boolean };

/**
 * What follows a death. `quickDeathsBefore` counts the row so far, `servedMs` how long the child was ready (zero if
 * never), `random` is in [0, 1) and moves the rest by at most a tenth.
 */
export function restAfterDeath(
  policy: RestPolicy,
  quickDeathsBefore: number,
  servedMs: number,
  random: number,
): Rest {
  const quickDeaths = servedMs >= policy.goodRunMs ? 1 : quickDeathsBefore + 1;
  const baseMs = policy.restsMs[Math.min(quickDeaths, policy.restsMs.length) - 1] ?? 0;
  return {
    quickDeaths,
    restMs: Math.round(baseMs * jitterOf(random)),
    isCrashLoop: quickDeaths >= policy.crashLoopAt,
  };
}

/** What follows the end of one that had served: its row is over, and it waits for nothing but its turn. */
export function restAfterService(turnMs: number): Rest {
  return { quickDeaths: 0, restMs: Math.ceil(turnMs), isCrashLoop: false };
}

/** The part of a worker's concurrency that front `index` of `fronts` may use; the parts add up, and none is zero. */
export function shareOf(concurrency: number, fronts: number, index: number): number {
  const share = Math.floor(concurrency / fronts) + (index < concurrency % fronts ? 1 : 0);
  return Math.max(1, share);
}

/** How much later than the child's own deadline the supervisor steps in. */
const DRAIN_GRACE_MS = 500;
/** A killed process that is still there after this is killed again; the system may hold it in a call. */
const REAP_MS = 2_000;

export type Patience = { startupTimeoutMs: number; shutdownTimeoutMs: number };

/** How long a slot's timer runs; `drainMs`: what the child was told. */
export function lengthOf(
  action: "armStartup" | "armDrain" | "armShutdown" | "armReap",
  { startupTimeoutMs, shutdownTimeoutMs }: Patience,
  drainMs: number,
): number {
  if (action === "armStartup") return startupTimeoutMs;
  if (action === "armDrain") return drainMs + DRAIN_GRACE_MS;
  return action === "armShutdown" ? shutdownTimeoutMs : REAP_MS;
}
