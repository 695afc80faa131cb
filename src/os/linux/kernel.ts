// Counters and settings of the kernel, as /proc tells of them.
import type { Result } from "../../../ffi/process.ts";
import { textOf } from "../../core/files.ts";

export function countOomKills(): Result<number> {
  return numberIn("/proc/vmstat", /^oom_kill (\d+)$/m);
}

export function mostBacklog(): Result<number> {
  return numberIn("/proc/sys/net/core/somaxconn", /^(\d+)$/m);
}

export function lowestOpenPort(): Result<number> {
  return numberIn("/proc/sys/net/ipv4/ip_unprivileged_port_start", /^(\d+)$/m);
}

export function migratesRequests(): Result<boolean> {
  const found = numberIn("/proc/sys/net/ipv4/tcp_migrate_req", /^(\d+)$/m);
  return found.ok ? { ok: true, value: found.value !== 0 } : found;
}

function numberIn(path: string, pattern: RegExp): Result<number> {
  const digits = pattern.exec(textOf(path) ?? "")?.[1];
  return digits === undefined
    ? { ok: false, reason: `${path} does not tell` }
    : { ok: true, value: Number(digits) };
}
