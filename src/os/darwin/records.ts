// The records in which macOS tells of processes (sys/proc_info.h): bytes in, facts out. Pure.
import type { Process } from "../operating-system.ts";

/** Of struct proc_bsdinfo. */
const AT = {
  flags: 0,
  status: 4,
  pid: 12,
  parent: 16,
  user: 20,
  command: 48,
  name: 64,
  group: 100,
  startSeconds: 120,
  startMicroseconds: 128,
} as const;
const COMMAND_BYTES = 16;
const NAME_BYTES = 32;
const PROC_FLAG_INEXIT = 4;
const SZOMB = 5;
/** Of struct proc_taskinfo. */
const [RESIDENT_AT, USER_TIME_AT, SYSTEM_TIME_AT] = [8, 16, 24];
const NS_PER_MS = 1e6;
const FD_INFO_BYTES = 8;

/** `session`: the record does not tell it. */
export function parseProcess(record: Uint8Array, session: number): Process {
  const view = viewOf(record);
  return {
    pid: view.getUint32(AT.pid, true),
    parent: view.getUint32(AT.parent, true),
    group: view.getUint32(AT.group, true),
    session,
    // Microseconds since 1970: exact in a number until the year 2255.
    startedAt:
      Number(view.getBigUint64(AT.startSeconds, true)) * 1e6 +
      Number(view.getBigUint64(AT.startMicroseconds, true)),
    isZombie: view.getUint32(AT.status, true) === SZOMB,
    name: textAt(record, AT.name, NAME_BYTES) || textAt(record, AT.command, COMMAND_BYTES),
  };
}

export function parseIsRunning(record: Uint8Array): boolean {
  const view = viewOf(record);
  const isLeaving = (view.getUint32(AT.flags, true) & PROC_FLAG_INEXIT) !== 0;
  return !isLeaving && view.getUint32(AT.status, true) !== SZOMB;
}

export function parseUser(record: Uint8Array): number {
  return viewOf(record).getUint32(AT.user, true);
}

/** `tickNs`: the unit of the system's times. */
export function parseUsage(record: Uint8Array, tickNs: number): { rssBytes: number; cpuMs: number } {
  const view = viewOf(record);
  const ticks = view.getBigUint64(USER_TIME_AT, true) + view.getBigUint64(SYSTEM_TIME_AT, true);
  return {
    rssBytes: Number(view.getBigUint64(RESIDENT_AT, true)),
    cpuMs: (Number(ticks) * tickNs) / NS_PER_MS,
  };
}

/** Numbers out of an array of struct proc_fdinfo. */
export function parseDescriptors(list: Uint8Array): number[] {
  const view = viewOf(list);
  const count = Math.floor(list.byteLength / FD_INFO_BYTES);
  return Array.from({ length: count }, (_, at) => view.getInt32(at * FD_INFO_BYTES, true));
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function textAt(record: Uint8Array, at: number, most: number): string {
  const bytes = record.subarray(at, at + most);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
