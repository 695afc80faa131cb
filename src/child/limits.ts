// What a worker may use: planned from its setup and from what the process has already, set before the app is loaded,
// and read back from the system. What must hold against the app beyond that is watched by the supervisor.

import {
  getPriority,
  getResourceLimit,
  type Outcome,
  type ResourceLimit,
  type ResourceName,
  type Result,
  setPriority,
  setResourceLimit,
} from "../../ffi/process.ts";
import { GwError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { LimitSetup } from "../link/setups.ts";
import { rowOf } from "../options/declare/table.ts";
import type { MemoryTaken } from "../os/operating-system.ts";
import { os } from "../os/os.ts";

type LimitOption =
  | "memoryLimit"
  | "virtualMemoryLimit"
  | "cpuTimeLimit"
  | "cpuPriority"
  | "stackSize"
  | "openFiles";
export type Wish = { option: LimitOption; value: number; resource: ResourceName; limit: ResourceLimit };
export type RefusedLimit = { option: LimitOption; value: number; reason: string };

export type LimitTools = { log: Log; shutdownTimeoutMs: number };

/** Sets all limits or throws the first refusal; with best effort every refusal is a warning. */
export function takeLimits(setup: LimitSetup, tools: LimitTools): void {
  const plan = planLimits(setup, tools.shutdownTimeoutMs, os.ownMemory());
  const refusals = [
    ...plan.refusals,
    ...plan.wishes.flatMap((wish) => setOne(wish, setup.isBestEffort)),
    ...checkStack(setup),
    ...takePriority(setup, os.ownThreads()),
  ];
  for (const { option, value: number, reason } of refusals) {
    const value = rowOf(option).kind.print(number);
    if (!setup.isBestEffort) throw new GwError("limit_refused", { option, value, reason });
    tools.log.warn(`The limit ${option} "${value}" could not be set`, { reason });
  }
}

/** `taken`: what the runtime has before the app is loaded. */
export function planLimits(
  setup: LimitSetup,
  shutdownTimeoutMs: number,
  taken: Result<MemoryTaken>,
): { wishes: Wish[]; refusals: RefusedLimit[] } {
  const wishes: Wish[] = [];
  const refusals: RefusedLimit[] = [];
  const { memoryBytes, virtualMemoryBytes, cpuTimeMs, openFiles } = setup;
  const wish = (option: LimitOption, value: number, resource: ResourceName, soft: number, hard = soft) =>
    wishes.push({ option, value, resource, limit: { soft, hard } });
  if (memoryBytes !== undefined) {
    if (taken.ok) wish("memoryLimit", memoryBytes, "data", taken.value.dataBytes + memoryBytes);
    else refusals.push({ option: "memoryLimit", value: memoryBytes, reason: wordUnknown(taken) });
  }
  if (virtualMemoryBytes !== undefined) {
    const [option, value] = ["virtualMemoryLimit" as const, virtualMemoryBytes];
    if (taken.ok && value > taken.value.mappedBytes) wish(option, value, "addressSpace", value);
    else refusals.push({ option, value, reason: taken.ok ? wordNeed(taken.value) : wordUnknown(taken) });
  }
  if (cpuTimeMs !== undefined) {
    const seconds = Math.ceil(cpuTimeMs / 1000);
    wish("cpuTimeLimit", cpuTimeMs, "cpu", seconds, seconds + 1 + Math.ceil(shutdownTimeoutMs / 1000));
  }
  if (openFiles !== undefined) wish("openFiles", openFiles, "openFiles", openFiles);
  return { wishes, refusals };
}

const MEGABYTE = 2 ** 20;

function wordNeed({ mappedBytes }: MemoryTaken): string {
  return `the runtime alone takes ${Math.ceil(mappedBytes / MEGABYTE)}M`;
}

function wordUnknown({ reason }: { reason: string }): string {
  return `what the runtime itself has taken is not known: ${reason}`;
}

function setOne({ option, value, resource, limit }: Wish, isBestEffort: boolean): RefusedLimit[] {
  const before = getResourceLimit(resource);
  const set = setResourceLimit(resource, limit);
  const after = getResourceLimit(resource);
  const isSet = set.ok && after.ok && after.value.soft === limit.soft && after.value.hard === limit.hard;
  if (isSet) return [];
  const most = before.ok ? before.value.hard : undefined;
  if (isBestEffort && most !== undefined) setResourceLimit(resource, { soft: most, hard: most });
  return [{ option, value, reason: wordRefusal(set, most) }];
}

function wordRefusal(set: Outcome, most: number | undefined): string {
  const why = set.ok ? "the system took another value" : set.reason;
  return most === undefined ? why : `${why}; at most ${shown(most)} is allowed here`;
}

/** A stack is given at the start of a program, by the supervisor; here it can only be looked at. */
function checkStack({ stackBytes }: LimitSetup): RefusedLimit[] {
  if (stackBytes === undefined) return [];
  const got = getResourceLimit("stack");
  if (got.ok && got.value.soft === stackBytes) return [];
  const reason = got.ok ? `at most ${shown(got.value.hard)} is allowed here` : got.reason;
  return [{ option: "stackSize", value: stackBytes, reason }];
}

/** A thread that is left out would keep its own value: nothing is set where they are not known. */
function takePriority({ cpuPriority }: LimitSetup, threads: Result<readonly number[]>): RefusedLimit[] {
  if (cpuPriority === undefined) return [];
  if (!threads.ok) return [{ option: "cpuPriority", value: cpuPriority, reason: threads.reason }];
  const before = getPriority();
  const set = setPriority(cpuPriority, threads.value);
  if (set.ok) return [];
  const least = before.ok ? `; without more rights it can only be raised from ${before.value}` : "";
  return [{ option: "cpuPriority", value: cpuPriority, reason: `${set.reason}${least}` }];
}

const READ_BACK = ["data", "addressSpace", "cpu", "stack", "openFiles", "core"] as const;

/** The limits of this process as the system has them. */
export function readLimits(): Record<string, number | string> {
  const found: Record<string, number | string> = {};
  for (const resource of READ_BACK) {
    const limit = getResourceLimit(resource);
    if (limit.ok) found[resource] = shown(limit.value.soft);
  }
  const priority = getPriority();
  if (priority.ok) found.cpuPriority = priority.value;
  return found;
}

function shown(value: number): number | string {
  return Number.isFinite(value) ? value : "unlimited";
}
