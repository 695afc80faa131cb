// How a process ended, told apart by all that is known of it: its code or signal, what it said before, what its limits
// were. Pure; the words are those of core/reasons.ts.
import type { EndingKind, Reason } from "../../core/reasons.ts";
import type { ProcessEnding } from "./spawn.ts";

export type Signs = {
  ending: ProcessEnding;
  hasCalledExit: boolean;
  isKilledByGw: boolean;
  /** It had been told to leave. */
  isAsked: boolean;
  /** And had finished what it had: what it did then was its app's own shutdown code. */
  hasParted: boolean;
  /** Last lines of its stderr. */
  lastLines: readonly string[];
  /** Processor time that it had used when it was last looked at. */
  cpuMs: number;
  /** 0: no limit. */
  cpuTimeLimitMs: number;
  hasMemoryLimit: boolean;
  /** The kernel has ended some process for want of memory since the last such look. */
  hasOomKill: boolean;
};

export type Diagnosis = { kind: EndingKind; reason: Reason; crash?: string };

/** Signals by which a process ends itself when it finds itself broken. */
const CRASHES: readonly string[] = ["SIGSEGV", "SIGILL", "SIGTRAP", "SIGBUS", "SIGABRT", "SIGFPE", "SIGSYS"];
/** How a shell writes an end by SIGABRT. */
const ABORT_CODE = 134;
/** First line of the runtime's crash report. */
const PANIC = /^panic(\(|:)/;
const NO_MEMORY = /out of memory|OutOfMemory|bad_alloc|allocation fail/i;

export function tellEnding(known: Signs): Diagnosis {
  const { ending, isKilledByGw, isAsked, hasParted, hasCalledExit } = known;
  const { code, signal, reason } = ending;
  if (reason !== undefined) return { kind: "not_made", reason: "crash" };
  if (isKilledByGw) return { kind: "killed_by_gw", reason: "crash" };
  if (signal !== null || code === ABORT_CODE) return tellSignal(known);
  if (isAsked && (code === 0 || (hasParted && hasCalledExit))) return { kind: "left", reason: "crash" };
  if (hasCalledExit) return { kind: "app_exit", reason: "crash" };
  return { kind: code === 0 ? "nothing_to_do" : "uncaught_error", reason: "crash" };
}

function tellSignal(known: Signs): Diagnosis {
  const { ending, cpuMs, cpuTimeLimitMs, hasMemoryLimit, hasOomKill, lastLines } = known;
  const signal = ending.signal ?? "SIGABRT";
  const hasCpuLimit = cpuTimeLimitMs > 0;
  if (hasCpuLimit && (signal === "SIGXCPU" || (signal === "SIGKILL" && cpuMs >= cpuTimeLimitMs)))
    return { kind: "cpu_limit", reason: "cpu_time_limit" };
  if (signal === "SIGKILL" && hasOomKill) return { kind: "oom_killer", reason: "crash" };
  if (!CRASHES.includes(signal)) return { kind: "outside_signal", reason: "crash" };
  const crash = lastLines.find((line) => PANIC.test(line));
  const told = crash === undefined ? {} : { crash };
  // Without a report an abort under a limit is what the allocator does when it gets nothing more.
  const isStarved = lastLines.some((line) => NO_MEMORY.test(line)) || (signal === "SIGABRT" && !crash);
  return hasMemoryLimit && isStarved
    ? { kind: "memory_limit", reason: "memory_limit", ...told }
    : { kind: "runtime_crash", reason: "crash", ...told };
}

/** How the runtime prints an error that nobody caught, and the frames below it. */
const ERROR_LINE = /^(?:error|\w*(?:Error|Exception)): \S/;
const FRAME_PLACE = /^\s+at .*?(\/[^\s()]+:\d+:\d+)\)?$/;

/** The error that ended a process, in the app's own words and with its place, where the last lines hold one. */
export function lastErrorIn({
  ending,
  hasCalledExit,
  lastLines,
}: Pick<Signs, "hasCalledExit" | "lastLines"> & { ending: ProcessEnding | undefined }): string | undefined {
  // Whatever else ended it, an error among its lines was not the reason.
  if (!ending?.code || hasCalledExit) return undefined;
  const at = lastLines.findLastIndex((line) => ERROR_LINE.test(line));
  const message = lastLines[at];
  if (message === undefined) return undefined;
  const places = lastLines.slice(at + 1).flatMap((line) => FRAME_PLACE.exec(line)?.[1] ?? []);
  return places[0] === undefined ? message : `${message} (${places[0]})`;
}
