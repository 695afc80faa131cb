// The processes of a contender, and their processor time from /proc. What a request costs holds on a noisy machine, where requests a second do not.
import { readdirSync, readFileSync } from "node:fs";

/** What a process is there for. */
export const ROLES = ["front end", "app", "supervisor"] as const;
export type Role = (typeof ROLES)[number];
/** In microseconds. */
export type ProcessorTime = Record<Role, number>;

/** A process that was started here, with all that it starts; `role` is its own, and theirs unless their name tells another. */
export type Root = { pid: number; role: Role };

/** What these processes and all below them have used so far. Processes that have ended are not in it. */
export function processorTimeOf(roots: readonly Root[]): ProcessorTime {
  const used: ProcessorTime = { "front end": 0, app: 0, supervisor: 0 };
  for (const { pid, role } of processesOf(roots)) used[role] += microsecondsOf(pid);
  return used;
}

/** These processes, and all below them. */
export function processesOf(roots: readonly Root[]): Root[] {
  const children = childrenOfAll();
  const below = ({ pid, role }: Root): Root[] => [
    { pid, role },
    ...(children.get(pid) ?? []).flatMap((child) => below({ pid: child, role: roleOf(child) ?? role })),
  ];
  return roots.flatMap(below);
}

const TICK_US = 10_000;

export function spentBetween(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return {
    "front end": after["front end"] - before["front end"],
    app: after.app - before.app,
    supervisor: after.supervisor - before.supervisor,
  };
}

/** Share of all processors, from 0 to 1, that was busy within this time. */
export async function busyShare(withinMs: number): Promise<number> {
  const before = machineTicks();
  await Bun.sleep(withinMs);
  const after = machineTicks();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

function machineTicks(): { busy: number; all: number } {
  const [, ...ticks] = (readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "").trim().split(/\s+/);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    ticks.map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + iowait };
}

function childrenOfAll(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** Undefined for a process that is gone by now. */
function parentOf(pid: number): number | undefined {
  const fields = textOf(`/proc/${pid}/stat`);
  return fields === "" ? undefined : Number(fields.slice(fields.lastIndexOf(")") + 2).split(" ")[1]);
}

/** gw's processes tell by their command line what they are, and so does mod_wsgi's daemon. */
function roleOf(pid: number): Role | undefined {
  const line = textOf(`/proc/${pid}/cmdline`);
  if (line.includes("__front")) return "front end";
  // Hooks are a part of what the app's author has written.
  return line.includes("__worker") || line.includes("__auth") || /^\((?:wsgi|gw):/.test(line)
    ? "app"
    : undefined;
}

/** Exact for threads that run; of a process whose threads end, with what those have used, in ticks of ten milliseconds. */
function microsecondsOf(pid: number): number {
  let running = 0;
  for (const thread of threadsOf(pid))
    running += Number(textOf(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]) / 1000;
  const line = textOf(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const ticks = line === "" ? 0 : Number(fields[11]) + Number(fields[12]);
  return Math.max(running, ticks * TICK_US);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
