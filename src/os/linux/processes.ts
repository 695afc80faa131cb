// Processes, as /proc tells of them.

import { statSync } from "node:fs";
import type { Outcome, Result } from "../../../ffi/process.ts";
import { codeOf, reasonOf } from "../../core/errors.ts";
import { namesIn, textOf } from "../../core/files.ts";
import type { Process, Usage } from "../operating-system.ts";
import { parseCpuMs, parseIsRunning, parseStat } from "./stat.ts";
import { parseRss } from "./status.ts";

const NO_PROC = { ok: false, reason: "there is no /proc" } as const;

export function canTellProcesses(): Outcome {
  return parseStat(textOf("/proc/self/stat") ?? "") === undefined ? NO_PROC : { ok: true };
}

export function listProcesses(): Result<Process[]> {
  const pids = listPids();
  return pids.ok ? { ok: true, value: pids.value.flatMap((pid) => read(pid) ?? []) } : pids;
}

export function listPids(): Result<number[]> {
  const names = namesIn("/proc");
  const pids = names?.filter((name) => /^\d+$/.test(name)).map(Number);
  // Where it is mounted this process at least is in it.
  return pids?.length ? { ok: true, value: pids } : NO_PROC;
}

export function findProcess(pid: number): Result<Process | undefined> {
  const found = read(pid);
  return found ? { ok: true, value: found } : ifGone();
}

export function isRunning(pid: number): boolean {
  const text = textOf(`/proc/${pid}/stat`);
  return text !== undefined && parseIsRunning(text);
}

export function childrenOf(pid: number): Result<number[]> {
  const threads = namesIn(`/proc/${pid}/task`);
  if (!threads) return canTellProcesses().ok ? { ok: true, value: [] } : NO_PROC;
  const lists = threads.map((thread) => textOf(`/proc/${pid}/task/${thread}/children`) ?? "");
  return { ok: true, value: lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number)) };
}

export function userOf(pid: number): Result<number | undefined> {
  try {
    return { ok: true, value: statSync(`/proc/${pid}`).uid };
  } catch (thrown) {
    return codeOf(thrown) === "ENOENT" ? ifGone() : { ok: false, reason: reasonOf(thrown) };
  }
}

export function usageOf(pid: number): Result<Usage | undefined> {
  const stat = textOf(`/proc/${pid}/stat`);
  const rssBytes = parseRss(textOf(`/proc/${pid}/status`) ?? "");
  if (stat === undefined || rssBytes === undefined) return ifGone();
  return { ok: true, value: { rssBytes, cpuMs: parseCpuMs(stat) } };
}

function read(pid: number): Process | undefined {
  return parseStat(textOf(`/proc/${pid}/stat`) ?? "");
}

/** What there is nothing of is gone, where there would be something. */
function ifGone(): Result<undefined> {
  const tells = canTellProcesses();
  return tells.ok ? { ok: true, value: undefined } : tells;
}
