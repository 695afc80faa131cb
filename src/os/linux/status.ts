// The text of /proc/PID/status, as proc(5) describes it. Pure.
import type { MemoryTaken, Privileges } from "../operating-system.ts";

const SIGHUP_BIT = 1n;

/** Undefined of a process that has no memory any more. */
export function parseRss(status: string): number | undefined {
  return bytesOf(status, "VmRSS");
}

export function parseMemory(status: string): MemoryTaken | undefined {
  const [dataBytes, mappedBytes] = [bytesOf(status, "VmData"), bytesOf(status, "VmSize")];
  return dataBytes === undefined || mappedBytes === undefined ? undefined : { dataBytes, mappedBytes };
}

export function parseCapabilities(status: string): bigint | undefined {
  return maskOf(status, "CapEff");
}

/** All but the bounding set. */
export function parsePrivileges(status: string): Privileges | undefined {
  const sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map((name) => maskOf(status, name));
  const hasNone = /^NoNewPrivs:\s*([01])$/m.exec(status)?.[1];
  if (hasNone === undefined || sets[1] === undefined) return undefined;
  return {
    capabilities: sets.reduce<bigint>((all, set = 0n) => all | set, 0n),
    noNewPrivileges: hasNone === "1",
  };
}

export function parseIgnoresHangup(status: string): boolean | undefined {
  const ignored = maskOf(status, "SigIgn");
  return ignored === undefined ? undefined : (ignored & SIGHUP_BIT) !== 0n;
}

function bytesOf(status: string, name: string): number | undefined {
  const kilobytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function maskOf(status: string, name: string): bigint | undefined {
  const hex = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
  return hex === undefined ? undefined : BigInt(`0x${hex}`);
}
