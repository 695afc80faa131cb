// The text of /proc/PID/stat, as proc(5) describes it. Pure.
import type { Process } from "../operating-system.ts";

/** Of the fields behind the name, which may hold anything. */
const [STATE, PARENT, GROUP, SESSION, FLAGS, USER_TICKS, SYSTEM_TICKS, STARTED] = [0, 1, 2, 3, 6, 11, 12, 19];
const PF_EXITING = 0x4;
/** Linux gives times in hundredths of a second on every processor. */
const TICK_MS = 10;

export function parseStat(text: string): Process | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  const fields = fieldsOf(text);
  const numberAt = (index: number) => Number(fields[index]);
  const startedAt = numberAt(STARTED);
  if (open < 0 || close < open || !Number.isInteger(startedAt)) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    parent: numberAt(PARENT),
    group: numberAt(GROUP),
    session: numberAt(SESSION),
    startedAt,
    isZombie: hasEnded(fields),
    name: text.slice(open + 1, close),
  };
}

export function parseIsRunning(text: string): boolean {
  const fields = fieldsOf(text);
  return !hasEnded(fields) && (Number(fields[FLAGS]) & PF_EXITING) === 0;
}

/** Processor time since the start. */
export function parseCpuMs(text: string): number {
  const fields = fieldsOf(text);
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * TICK_MS;
}

const fieldsOf = (text: string) => text.slice(text.lastIndexOf(")") + 2).split(" ");
const hasEnded = (fields: readonly string[]) => fields[STATE] === "Z" || fields[STATE] === "X";
