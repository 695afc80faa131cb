// Whether a worker may go on: one observation of it, held against the settings, answers with nothing or with a
// verdict. Pure; supervisor/crew/watch observes, supervisor/crew/recycling acts.
import type { Reason } from "../../core/reasons.ts";
import type { Settings } from "../../options/declare/table.ts";

/** Times in milliseconds, sizes in bytes; 0 turns a rule off. */
export type Rules = {
  concurrency: number;
  requestTimeoutMs: number;
  deadlockTimeoutMs: number;
  inactivityTimeoutMs: number;
  maximumRequests: number;
  restartIntervalMs: number;
  memoryLimitBytes: number;
  cpuTimeLimitMs: number;
  shutdownTimeoutMs: number;
};

export type Observation = {
  /** Since it was ready. */
  servedMs: number;
  /** Since its event loop has been heard of. */
  silentMs: number;
  /** Requests not answered yet, and the sum of their ages. */
  active: number;
  ageSumMs: number;
  /** Requests ever begun. */
  requests: number;
  /** Since the last activity that counts; 0 while there is some. */
  idleMs: number;
  /** Absent where the system does not tell. */
  rssBytes?: number | undefined;
  cpuMs?: number | undefined;
  /** Its socket is not there any more: whoever is not connected already cannot reach it. */
  isHidden?: boolean;
  /** About 1, and fixed for each process: keeps workers that were started together from leaving together. */
  jitter: number;
};

/**
 * `replace`: its successor first. `dismiss`: nothing new for it from now on, and killed a moment later. `kill`: it
 * cannot hear anybody.
 */
export type Verdict = { reason: Reason; how: "replace" | "dismiss" | "kill"; why: string };

/** Reasons that lie in what the worker does just then. */
export const IS_FOR_A_REQUEST: ReadonlySet<Reason> = new Set<Reason>(["deadlock_timeout", "request_timeout"]);

const VANISHED = "its socket has vanished";
/** Over this much of the limit, waiting for the successor would be a danger to the machine. */
const MEMORY_EXCESS = 1.25;

export function rulesOf(settings: Settings): Rules {
  return {
    concurrency: settings.concurrency.max,
    // An interrupted request has that time to end by itself.
    requestTimeoutMs: settings.requestTimeout && settings.requestTimeout + settings.interruptTimeout,
    deadlockTimeoutMs: settings.deadlockTimeout,
    // Where the number of workers follows the load, idle ones leave for good: supervisor/groups/scaling decides.
    inactivityTimeoutMs: settings.processes.min < settings.processes.max ? 0 : settings.inactivityTimeout,
    maximumRequests: settings.maximumRequests,
    restartIntervalMs: settings.restartInterval,
    memoryLimitBytes: settings.memoryLimit,
    cpuTimeLimitMs: settings.cpuTimeLimit,
    shutdownTimeoutMs: settings.shutdownTimeout,
  };
}

export function judge(seen: Observation, rules: Rules): Verdict | undefined {
  return judgeDanger(seen, rules) ?? judgeUse(seen, rules) ?? judgeAge(seen, rules);
}

/** Of a process of gw's own: nothing but that it can be heard of and reached. */
export function judgePresence(
  { silentMs, isHidden = false }: Pick<Observation, "silentMs" | "isHidden">,
  { deadlockTimeoutMs }: Pick<Rules, "deadlockTimeoutMs">,
): Verdict | undefined {
  if (deadlockTimeoutMs > 0 && silentMs > deadlockTimeoutMs)
    return verdict("deadlock_timeout", "kill", `no sign of life for ${seconds(silentMs)}`);
  return isHidden ? verdict("crash", "kill", VANISHED) : undefined;
}

/** What ends a worker even while it leaves already. */
export function judgeDanger(seen: Observation, rules: Rules): Verdict | undefined {
  const { memoryLimitBytes, cpuTimeLimitMs, shutdownTimeoutMs } = rules;
  const silence = judgePresence({ silentMs: seen.silentMs }, rules);
  if (silence) return silence;
  const { rssBytes = 0, cpuMs = 0 } = seen;
  if (memoryLimitBytes > 0 && rssBytes > memoryLimitBytes * MEMORY_EXCESS)
    return verdict("memory_limit", "dismiss", `${megabytes(rssBytes)} of memory, far over the limit`);
  if (cpuTimeLimitMs > 0 && cpuMs > cpuTimeLimitMs + shutdownTimeoutMs)
    return verdict("cpu_time_limit", "dismiss", `${seconds(cpuMs)} of processor time, far over the limit`);
  return undefined;
}

function judgeUse(seen: Observation, rules: Rules): Verdict | undefined {
  const { memoryLimitBytes, cpuTimeLimitMs, requestTimeoutMs, concurrency } = rules;
  const { rssBytes = 0, cpuMs = 0, ageSumMs, active, isHidden = false } = seen;
  if (isHidden) return verdict("crash", "replace", VANISHED);
  if (memoryLimitBytes > 0 && rssBytes > memoryLimitBytes)
    return verdict("memory_limit", "replace", `${megabytes(rssBytes)} of memory`);
  if (cpuTimeLimitMs > 0 && cpuMs > cpuTimeLimitMs)
    return verdict("cpu_time_limit", "replace", `${seconds(cpuMs)} of processor time`);
  // One request that never ends leaves the others their places; the process goes when too many are taken.
  if (requestTimeoutMs > 0 && ageSumMs / concurrency > requestTimeoutMs)
    return verdict("request_timeout", "replace", `${whose(active)} for ${seconds(ageSumMs)} together`);
  return undefined;
}

function judgeAge(seen: Observation, rules: Rules): Verdict | undefined {
  const { maximumRequests, restartIntervalMs, inactivityTimeoutMs } = rules;
  const { requests, servedMs, idleMs, active, jitter } = seen;
  if (maximumRequests > 0 && requests >= maximumRequests * jitter)
    return verdict("maximum_requests", "replace", `${requests} requests`);
  if (restartIntervalMs > 0 && servedMs >= restartIntervalMs * jitter)
    return verdict("restart_interval", "replace", `served for ${seconds(servedMs)}`);
  // A worker that nobody has used yet has nothing to let go of.
  const isIdle = requests > 0 && active === 0;
  if (inactivityTimeoutMs > 0 && isIdle && idleMs >= inactivityTimeoutMs)
    return verdict("inactivity_timeout", "replace", `idle for ${seconds(idleMs)}`);
  return undefined;
}

function verdict(reason: Reason, how: Verdict["how"], why: string): Verdict {
  return { reason, how, why };
}

/** None is active where front ends have answered them all in the place of the app, which is still at them. */
function whose(active: number): string {
  if (active === 0) return "requests that nobody waits for any more have run";
  return active === 1 ? "1 request has run" : `${active} requests have run`;
}

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
