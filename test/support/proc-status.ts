// What the kernel says of a process, for tests that do not take gw's word for it.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { textOf } from "../../src/core/files.ts";
import { eventually } from "./gw.ts";

export type ProcStatus = { uids: number[]; gids: number[]; groups: number[]; noNewPrivileges: boolean };

export function statusOf(pid: number): ProcStatus {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const numbers = (name: string) => {
    const line = new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
    return line.split(/\s+/).filter(Boolean).map(Number);
  };
  return {
    uids: numbers("Uid"),
    gids: numbers("Gid"),
    groups: numbers("Groups").sort((a, b) => a - b),
    noNewPrivileges: numbers("NoNewPrivs")[0] === 1,
  };
}

/** How many files below the directory a process has open. */
export const openBelow = (directory: string, pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${directory}/`);
    } catch {
      return false; // Closed meanwhile, or that of the list itself.
    }
  }).length;

/** Soft and hard limit by the kernel's own name, for example `Max open files`. */
export function limitOf(pid: number, name: string): [soft: string, hard: string] {
  const line = readFileSync(`/proc/${pid}/limits`, "utf8")
    .split("\n")
    .find((one) => one.startsWith(name));
  const [soft = "", hard = ""] = (line ?? "").slice(name.length).trim().split(/\s+/);
  return [soft, hard];
}

/** The nice value of each thread. */
export function nicesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });
}

export type Child = { pid: number; words: string[] };

/** The children of a process with their command lines. */
export function childrenOf(pid: number): Child[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map((child) => ({
      pid: Number(child),
      words: readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0").slice(0, -1),
    }));
}

/** The one child in this role: `__front` or `__worker`. */
export function childInRole(pid: number, role: string): Child {
  const found = childrenOf(pid).find(({ words }) => words.includes(role));
  if (!found) throw new Error(`process ${pid} has no child in the role ${role}`);
  return found;
}

/** Stops the process. Until its last thread stands still, which the kernel does not do at once, it may answer what comes. */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  if (process.platform !== "linux") return;
  const stands = (thread: string) => {
    const text = textOf(`/proc/${pid}/task/${thread}/status`);
    // It may have ended meanwhile.
    return text === undefined || /^State:\s*T/m.test(text);
  };
  await eventually(() => readdirSync(`/proc/${pid}/task`).every(stands), `all threads of ${pid} stand still`);
}
