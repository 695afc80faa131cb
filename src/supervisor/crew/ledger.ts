// The book of ends: each end of a process is one line of the log with its reason, and one more in the counters that
// status and metrics show. Puts into words what others have found out.

import type { EndRecord } from "../../control/records.ts";
import { type Clock, within } from "../../core/clock.ts";
import type { GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { type EndingKind, REASONS, type Reason } from "../../core/reasons.ts";
import type { Casualty, Role } from "../../link/messages.ts";
import type { Settings } from "../../options/declare/table.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { lastErrorIn, tellEnding } from "../child/endings.ts";
import type { Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import { describeEnding, type ProcessEnding } from "../child/spawn.ts";
import type { EndSeen, Evidence } from "../evidence/evidence.ts";
import { describeStack } from "../questions/stack-reader.ts";
import { Chronicle } from "../records/chronicle.ts";
import { type Farewell, noLoss, stoodIn } from "../traffic/farewell.ts";

/** Why a process is to go: the word, the figures behind it, and what it was doing when that was decided. */
export type ReplacementOrder = {
  reason: Reason;
  why: string;
  culprit?: Casualty;
  active?: number;
  /** Where its event loop was, the innermost frame first. */
  stack?: readonly string[];
  /** Done when its clients have gone, before it is told to leave. */
  lastAct?: () => Promise<void>;
};

/** Whether a process that is to go is asked where it stands, although it hears gw. */
export const asksStack = (reason: Reason, { stackOnTimeout }: Settings): boolean =>
  reason === "request_timeout" && stackOnTimeout;

/** Asks the process where it stands; nothing comes of it where it cannot or does not say so in time. */
export async function addStack(order: ReplacementOrder, run: Run | undefined, clock: Clock): Promise<void> {
  const stack = await run?.stack?.ask(clock);
  if (stack) order.stack = stack;
}

export type Entry = {
  name: string;
  role: Role;
  /** Number of its place. */
  slot: number;
  run: Run;
  ending: ProcessEnding;
  /** That the process ran under; a front runs under none. */
  limits?: Limits | undefined;
  /** Absent when nobody had told it to go. */
  order?: ReplacementOrder;
  /** Comes when the fronts have told what ended with it. */
  farewell?: Promise<Farewell>;
};

/** Whose end it is. */
export const whoIs = ({ number, setup: { name, role } }: Slot) => ({ name, role, slot: number });

type Diagnosed = Pick<EndRecord, "reason" | "kind"> & {
  crash?: string | undefined;
  servedMs: number | undefined;
};

/** The fronts answer within milliseconds; one that does not is not waited for. */
const FAREWELL_MS = 500;

export type Limits = Pick<Settings, "cpuTimeLimit" | "memoryLimit" | "virtualMemoryLimit">;

const NO_LIMITS: Limits = { cpuTimeLimit: 0, memoryLimit: 0, virtualMemoryLimit: 0 };

export class Ledger {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly evidence: Pick<Evidence, "isKept" | "note" | "begin" | "keep"> | undefined;
  readonly #restarts = new Map<Reason, number>();
  /** What the gw counted that this one follows. */
  #before: Readonly<Record<string, number>> = {};
  /** The latest of them; on the monotonic clock. */
  last: { reason: Reason; name: string; atMs: number } | undefined;
  /** What is remembered of ends, and of all else that went wrong. */
  readonly chronicle: Chronicle;
  #oomKills = known(os.countOomKills()) ?? 0;

  /** `evidence`: keeps more of each end than a line. */
  constructor(clock: Clock, log: Log, evidence?: Ledger["evidence"]) {
    this.#clock = clock;
    this.#log = log;
    this.evidence = evidence;
    this.chronicle = new Chronicle(clock);
  }

  /** How often each reason has ended a process since gw was started, or the one that was started before all its upgrades. */
  get restarts(): ReadonlyMap<Reason, number> {
    const all = new Map(this.#restarts);
    for (const reason of Object.keys(REASONS) as Reason[]) {
      const before = this.#before[reason] ?? 0;
      if (before > 0) all.set(reason, before + (all.get(reason) ?? 0));
    }
    return all;
  }

  /** As the gw that this one follows last told; replaces what it said before. */
  inherit(restarts: Readonly<Record<string, number>>): void {
    this.#before = restarts;
  }

  /** Resolves when the line is written. */
  async note(entry: Entry): Promise<void> {
    const { name, run, ending, order } = entry;
    const { kind, crash, reason: found } = this.#findOut(entry);
    const reason = order?.reason ?? found;
    const servedMs = run.readyAtMs === undefined ? undefined : Math.round(this.#clock.now() - run.readyAtMs);
    this.#count(reason, name);
    const farewell = await this.#hear(entry.farewell);
    const record = recordOf(entry, { kind, reason, crash, servedMs }, farewell);
    const answered = this.chronicle.refusedOn(entry.slot, run.spawnedAtMs);
    const evidence = await this.evidence?.keep({ ...evidenceOf(entry, record, kind, farewell), answered });
    const { level } = REASONS[reason];
    // Whatever the reason: somebody did not get an answer.
    const hasLost = (farewell?.count ?? 0) > 0;
    this.#log[hasLost && level === "info" ? "warn" : level](`${name} ended`, {
      pid: run.child?.pid,
      how: describeEnding(ending),
      reason,
      kind,
      why: order?.why,
      ...describeLost(record.request, order, farewell),
      webSockets: record.webSockets,
      servedMs,
      crash,
      stack: order?.stack && describeStack(order.stack),
      evidence,
    });
    this.chronicle.noteEnd({ ...record, ...(evidence !== undefined && { evidence }) });
  }

  /** A process that could not be started while others serve. */
  noteLostStart(
    { name, role, slot }: Pick<Entry, "name" | "role" | "slot">,
    pid: number | undefined,
    { error, isLate, steps }: { error: GwError; isLate: boolean; steps: string },
  ): void {
    const reason = isLate ? "startup_timeout" : "crash";
    this.#count(reason, name);
    this.#log.error(`${name} did not start`, { pid, reason, why: error.message, steps });
    this.chronicle.noteEnd({
      ...{ process: name, role, slot, pid: pid ?? null, reason, kind: null, how: error.message, why: steps },
      ...{ servedMs: null, request: null, lostIds: [], lost: 0, stack: null, crash: null },
      lastWords: error.detail ?? null,
    });
  }

  #findOut({ run, ending, order, limits = NO_LIMITS }: Entry) {
    const { cpuTimeLimit, memoryLimit, virtualMemoryLimit } = limits;
    const oomKillsBefore = this.#oomKills;
    this.#oomKills = known(os.countOomKills()) ?? 0;
    return tellEnding({
      ending,
      hasCalledExit: run.hasCalledExit,
      isKilledByGw: run.isKilled || ending.isOutcast === true,
      isAsked: order !== undefined,
      hasParted: run.hasParted,
      lastLines: run.lastLines,
      cpuMs: run.usage?.cpuMs ?? 0,
      cpuTimeLimitMs: cpuTimeLimit,
      hasMemoryLimit: memoryLimit > 0 || virtualMemoryLimit > 0,
      hasOomKill: this.#oomKills > oomKillsBefore,
    });
  }

  #count(reason: Reason, name: string): void {
    this.last = { reason, name, atMs: this.#clock.now() };
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
  }

  async #hear(farewell: Promise<Farewell> | undefined): Promise<Farewell | undefined> {
    return farewell && within(this.#clock, FAREWELL_MS, farewell, undefined);
  }
}

/** As it is kept beside that. */
function evidenceOf(
  { run, order }: Entry,
  { process, role, slot, pid, reason, how, why, servedMs, request, crash }: Omit<EndRecord, "at">,
  kind: EndingKind,
  farewell: Farewell | undefined,
): Omit<EndSeen, "answered"> {
  const { count, requests } = farewell ?? noLoss();
  const lost = { count, requests: [...requests] };
  return {
    process,
    role,
    slot,
    pid,
    reason,
    kind,
    how,
    why,
    servedMs,
    ...(request && { request }),
    lost,
    crash,
    run,
    stack: order?.stack,
  };
}

/** As it is remembered. */
function recordOf(
  { name, role, slot, run, ending, order }: Entry,
  { kind, reason, crash, servedMs }: Diagnosed,
  farewell: Farewell | undefined,
): Omit<EndRecord, "at"> {
  const { hasCalledExit, lastLines } = run;
  const longest = longestOn(run, kind, farewell) ?? order?.culprit;
  return {
    ...{ process: name, role, slot, pid: run.child?.pid ?? null, reason, kind },
    how: describeEnding(ending),
    why: order?.why ?? null,
    servedMs: servedMs ?? null,
    request: longest ? { ...longest, ageMs: Math.round(longest.ageMs) } : null,
    lostIds: (farewell?.requests ?? []).map(({ id }) => id),
    lost: farewell?.count ?? 0,
    ...(farewell && farewell.tunnels > 0 && { webSockets: farewell.tunnels }),
    stack: order?.stack ? [...order.stack] : null,
    crash: crash ?? null,
    lastWords: lastErrorIn({ ending, hasCalledExit, lastLines }) ?? null,
  };
}

/** Who has left as it was told stood in nothing. */
function longestOn({ pulse }: Run, kind: EndRecord["kind"], farewell: Farewell | undefined) {
  if (!farewell) return undefined;
  const stood = kind === "left" ? [] : stoodIn(farewell, pulse.atMs);
  return [...farewell.requests.slice(0, 1), ...stood.slice(0, 1)].toSorted((a, b) => b.ageMs - a.ageMs)[0];
}

/** The request that was longest on the process, its age, and how many others were there. */
function describeLost(
  request: Casualty | null,
  order: ReplacementOrder | undefined,
  farewell: Farewell | undefined,
): Record<string, string | number | undefined> {
  if (!request) return {};
  const lost = farewell?.count ?? 0;
  const all = lost > 0 ? lost : (order?.active ?? 0);
  // One that was over before is none of those that were lost, nor of those that were active later.
  const isCounted = request.cause === undefined || (lost === 0 && order?.culprit?.id === request.id);
  return {
    request: `${request.method} ${request.path}`,
    requestId: request.id,
    ageMs: request.ageMs,
    requestCause: request.cause,
    bystanders: Math.max(0, isCounted ? all - 1 : all),
  };
}
