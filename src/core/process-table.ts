// The system's table of processes, from /proc. Where there is none it is empty, and whoever asked does less.
import { readdirSync, readFileSync } from "node:fs";

export type Process = {
  pid: number;
  parent: number;
  /** Process group. */
  group: number;
  session: number;
  /** In clock ticks since the system was started: with the pid it names a process for good. */
  startedAt: number;
  /** It has ended, and nobody has waited for it. */
  isZombie: boolean;
  /** Name of its command, at most 15 bytes; what the process says of itself. */
  name: string;
};

export function readProcesses(): Process[] {
  return list("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

export function readProcess(pid: number): Process | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** Fields of proc(5), behind the name, which may hold anything. */
const [STATE, PARENT, GROUP, SESSION, FLAGS, STARTED] = [0, 1, 2, 3, 6, 19];
const PF_EXITING = 0x4;

/** From the text of /proc/PID/stat. */
export function parseStat(text: string): Process | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  const fields = text.slice(close + 2).split(" ");
  const numberAt = (index: number) => Number(fields[index]);
  const startedAt = numberAt(STARTED);
  if (open < 0 || close < open || !Number.isInteger(startedAt)) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    parent: numberAt(PARENT),
    group: numberAt(GROUP),
    session: numberAt(SESSION),
    startedAt,
    isZombie: fields[STATE] === "Z" || fields[STATE] === "X",
    name: text.slice(open + 1, close),
  };
}

/**
 * Whether a process goes on. False for one that is about to end, from the moment at which the kernel begins to close what it
 * has open, and where nobody can tell.
 */
export function isRunning(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`);
  return text !== undefined && parseIsRunning(text);
}

/** From the text of /proc/PID/stat. */
export function parseIsRunning(text: string): boolean {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const isGone = fields[STATE] === "Z" || fields[STATE] === "X";
  return !isGone && (Number(fields[FLAGS]) & PF_EXITING) === 0;
}

/** Pids of the children of a process, whichever of its threads has started or adopted them. */
export function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
