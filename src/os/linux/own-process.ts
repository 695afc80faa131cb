// This process, as /proc/self tells of it.

import { existsSync, readlinkSync } from "node:fs";
import type { Registration } from "../../../ffi/accepting.ts";
import type { CodeRange } from "../../../ffi/memory.ts";
import type { Result } from "../../../ffi/process.ts";
import { reasonOf } from "../../core/errors.ts";
import { namesIn, textOf } from "../../core/files.ts";
import type { MemoryTaken, Privileges } from "../operating-system.ts";
import { parseCapabilities, parseIgnoresHangup, parseMemory, parsePrivileges } from "./status.ts";

/** Linux opens the running program under this name. */
const PROGRAM = "/proc/self/exe";
/** A line of /proc/PID/maps for a mapping that is executed and never written. */
const PROGRAM_TEXT = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+\s+(\/.*)$/;
/** One for memory that belongs to no file, and is written and executed: a compiler puts its code there. */
const COMPILED = /^([0-9a-f]+)-([0-9a-f]+) rwxp \S+ 00:00 0\s*$/;
const HEX = 16;

export const ownMemory = (): Result<MemoryTaken> => fromStatus(parseMemory);
export const ownCapabilities = (): Result<bigint> => fromStatus(parseCapabilities);
export function ownPrivileges(): Result<Privileges> {
  const threads = namesIn("/proc/self/task") ?? [];
  // One that has ended meanwhile holds nothing.
  const held = threads.flatMap((id) => parsePrivileges(textOf(`/proc/self/task/${id}/status`) ?? "") ?? []);
  if (held.length === 0) return unreadable("/proc/self/task");
  const capabilities = held.reduce((all, one) => all | one.capabilities, 0n);
  return { ok: true, value: { capabilities, noNewPrivileges: held.every((one) => one.noNewPrivileges) } };
}
export const ignoresHangup = (): Result<boolean> => fromStatus(parseIgnoresHangup);

function fromStatus<T>(parse: (text: string) => T | undefined): Result<T> {
  const value = parse(textOf("/proc/self/status") ?? "");
  return value === undefined ? unreadable("/proc/self/status") : { ok: true, value };
}

export const ownDescriptors = (): Result<number[]> => numbersIn("/proc/self/fd");
export const ownThreads = (): Result<number[]> => numbersIn("/proc/self/task");

function numbersIn(path: string): Result<number[]> {
  const names = namesIn(path);
  return names ? { ok: true, value: names.map(Number) } : unreadable(path);
}

export function loopRegistrations(): Result<ReadonlyMap<number, Registration>> {
  const names = namesIn("/proc/self/fd");
  if (!names) return unreadable("/proc/self/fd");
  const found = new Map<number, Registration>();
  for (const name of names.filter(isEpoll))
    for (const { target, ...asked } of parseTargets(textOf(`/proc/self/fdinfo/${name}`) ?? ""))
      found.set(target, { epoll: Number(name), ...asked });
  return { ok: true, value: found };
}

/** From the text of fdinfo: a line for each descriptor, its flags and the caller's own word in hexadecimal. */
export function parseTargets(text: string): { target: number; events: number; data: bigint }[] {
  const lines = text.matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+)/gm);
  return [...lines].map(([, target = "", events = "", data = ""]) => ({
    target: Number(target),
    events: Number.parseInt(events, HEX),
    data: BigInt(`0x${data}`),
  }));
}

/** The descriptor by which the directory was read is gone by now. */
function isEpoll(name: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
  } catch {
    return false;
  }
}

export function programCode(): Result<CodeRange[]> {
  try {
    const found = parseProgramCode(textOf("/proc/self/maps") ?? "", readlinkSync(PROGRAM));
    return found.length > 0 ? { ok: true, value: found } : unreadable("/proc/self/maps");
  } catch (thrown) {
    return { ok: false, reason: reasonOf(thrown) };
  }
}

/** Where the code of `executable` is, from the text of maps. */
export function parseProgramCode(maps: string, executable: string): CodeRange[] {
  return maps.split("\n").flatMap((line) => {
    const [, from = "", to = "", path] = PROGRAM_TEXT.exec(line) ?? [];
    return path === executable ? [rangeOf(from, to)] : [];
  });
}

function rangeOf(from: string, to: string): CodeRange {
  const start = BigInt(`0x${from}`);
  return { start, length: BigInt(`0x${to}`) - start };
}

export function compiledCode(): Result<CodeRange[]> {
  const found = parseCompiledCode(textOf("/proc/self/maps") ?? "");
  return found.length > 0 ? { ok: true, value: found } : unreadable("/proc/self/maps");
}

/** From the text of maps. */
export function parseCompiledCode(maps: string): CodeRange[] {
  return maps.split("\n").flatMap((line) => {
    const [, from, to] = COMPILED.exec(line) ?? [];
    return from && to ? [rangeOf(from, to)] : [];
  });
}

export function ownProgram(): Result<string> {
  return existsSync(PROGRAM) ? { ok: true, value: PROGRAM } : unreadable(PROGRAM);
}

export function reopeningPath(fd: number): Result<string> {
  return { ok: true, value: `/proc/self/fd/${fd}` };
}

function unreadable(path: string): { ok: false; reason: string } {
  return { ok: false, reason: `${path} cannot be read` };
}
