// What the commands that change a running gw print when it has done what was asked, from its own words. Pure.
import type { CommandName, ControlRequest } from "../../control/commands.ts";
import type {
  Drained,
  ExaminedFile,
  Explained,
  LevelsTold,
  Paused,
  Reloaded,
  Replaced,
  Restarted,
  Resumed,
  Scaled,
  Stack,
  StatusToken,
  Upgraded,
  Waiting,
} from "../../control/results.ts";
import type { Pong, SideTold, TrialTold } from "../../control/status.ts";
import { oneLine } from "../../core/log.ts";
import { length } from "./control-table.ts";

/** One line of a result that comes bit by bit. */
export function renderItem(command: CommandName, item: unknown): string {
  if (command === "logs") return oneLine(String(item));
  if ("waitsFor" in (item as Waiting)) return renderWaiting(item as Waiting);
  if ("leftMs" in (item as TrialTold)) return describeTrial(item as TrialTold).join("; ");
  const { worker, oldPid, pid } = item as Replaced;
  return `worker ${worker}: process ${pid} serves${oldPid === null ? "" : `, ${oldPid} has left`}`;
}

function renderWaiting({ waitsFor, forMs }: Waiting): string {
  return `waiting for the requests of generation ${waitsFor}, ${length(forMs)} at most: too many old generations are there`;
}

/** The end of it, for the commands whose end is nothing but a text. `nowMs` is wall time. */
export function renderResult(request: ControlRequest, result: unknown, nowMs: number): string[] {
  switch (request.command) {
    case "reload":
    case "rollback":
      return renderReloaded(result as Reloaded, request.arguments.wait ?? false);
    case "upgrade":
      return renderUpgraded(result as Upgraded, request.arguments.wait ?? false);
    case "restart":
      if (request.arguments.front) return renderReloaded(result as Reloaded, false);
      return [renderRestarted(result as Restarted)];
    case "scale":
      return [renderScaled(result as Scaled)];
    case "drain":
      return [renderDrained(result as Drained)];
    case "stack":
      return renderStack(result as Stack);
    case "profile":
    case "heap":
      return [renderExamined(result as ExaminedFile)];
    case "pause":
      return renderPaused(result as Paused, nowMs);
    case "status-token":
      return [(result as StatusToken).token];
    case "log-level":
      return renderLevels(result as LevelsTold);
    case "resume":
      return renderResumed(result as Resumed, nowMs);
    // Shown where they are asked for, in cli/control/control.ts.
    case "status":
    case "ping":
    case "metrics":
    case "why":
    case "evidence":
    case "requests":
    case "logs":
    case "stop":
      return [];
  }
}

/** Not what was meant, although it was done. */
export function exitCodeOf(request: ControlRequest, result: unknown): number {
  switch (request.command) {
    case "ping":
      return (result as Pong).state === "serving" ? 0 : 1;
    case "why":
      return isUnknown(result as Explained, request.arguments.subject) ? 1 : 0;
    case "resume":
      return Object.keys((result as Resumed).ranOut).length > 0 ? 1 : 0;
    default:
      return 0;
  }
}

/** Of a worker nothing may have happened; a request of which nothing is known is not there. */
function isUnknown({ records, active }: Explained, subject: string | undefined): boolean {
  if (subject === undefined || isSlot(subject)) return false;
  return active.length + records.ends.length + records.refused.length + records.slow.length === 0;
}

/** The place of a worker, and not the id of a request. */
export const isSlot = (subject: string) => /^\d{1,6}$/.test(subject);

function renderLevels({ levels }: LevelsTold): string[] {
  return Object.entries(levels).map(([source, level]) => `${source.padEnd(12)}${level}`);
}

function renderReloaded(reloaded: Reloaded, hasWaited: boolean): string[] {
  const { generation, previous, workers, hasNewFronts, tookMs, left, trial } = reloaded;
  const fronts = hasNewFronts ? ", new front ends" : "";
  const first = `generation ${generation} serves (${counted(workers, "worker")}${fronts}, after ${Math.round(tookMs)} ms)`;
  const sides = trial ? describeSides(trial) : [];
  if (hasWaited) return [...sides, first, `generation ${previous} is gone`];
  const rest = describeUnfinished(left);
  return [...sides, first, ...(rest === "" ? [] : [`generation ${previous} finishes: ${rest}`])];
}

/** While it lasts. */
export function describeTrial(trial: TrialTold): string[] {
  const { generation, percent, leftMs } = trial;
  return [
    `generation ${generation} is tried out with ${percent} % of the requests for another ${length(leftMs)}`,
    ...describeSides(trial),
  ];
}

function describeSides({ old, new: fresh }: TrialTold): string[] {
  const side = ({ requests, failed, headMs }: SideTold) =>
    `${counted(requests, "request")}, ${failed} failed${headMs === null ? "" : `, 95 % begin within ${Math.round(headMs)} ms`}`;
  return [`the new one: ${side(fresh)}`, `the old one: ${side(old)}`];
}

function renderUpgraded(upgraded: Upgraded, hasWaited: boolean): string[] {
  const { version, previousVersion, pid, previousPid, generation, workers, tookMs, left } = upgraded;
  const who = `gw ${oneLine(version)} (process ${pid})`;
  const first = `${who} serves generation ${generation} (${counted(workers, "worker")}, after ${Math.round(tookMs)} ms)`;
  const before = `gw ${oneLine(previousVersion)} (process ${previousPid})`;
  if (hasWaited) return [first, `${before} is gone`];
  const rest = describeUnfinished(left);
  return [first, rest === "" ? `${before} leaves` : `${before} finishes: ${rest}`];
}

/** `3 requests (2 of them streams), 1 WebSocket`; empty when there is nothing. */
export function describeUnfinished({ requests, streams, tunnels }: Reloaded["left"]): string {
  const ofThem = streams > 0 ? ` (${streams} of them ${streams === 1 ? "a stream" : "streams"})` : "";
  return [
    ...(requests > 0 ? [`${counted(requests, "request")}${ofThem}`] : []),
    ...(tunnels > 0 ? [counted(tunnels, "WebSocket")] : []),
  ].join(", ");
}

function renderRestarted({ restarted }: Restarted): string {
  return `${restarted === 1 ? "1 worker was" : `${restarted} workers were`} replaced`;
}

function renderScaled({ group, from, to }: Scaled): string {
  const before = from === to ? "as before" : `${from} before`;
  return `${oneLine(String(group))}: ${counted(to, "worker")} now, ${before}`;
}

/** What an app calls its functions goes to a terminal. */
function renderStack({ worker, pid, frames }: Stack): string[] {
  if (frames.length === 0)
    return [`worker ${worker} (process ${pid}) runs no code: it waits for something to do`];
  return [`worker ${worker} (process ${pid}) is in`, ...frames.map((frame) => `  ${oneLine(frame)}`)];
}

function renderExamined({ worker, pid, path, bytes }: ExaminedFile): string {
  return `worker ${worker} (process ${pid}): ${oneLine(path)}, ${Math.ceil(bytes / 1024)} kB`;
}

function renderDrained({ worker, pid, cut }: Drained): string {
  if (pid === null) return `worker ${worker} had no process`;
  return `worker ${worker}: process ${pid} has left${describeCut(cut)}`;
}

/** `; 2 requests and 1 WebSocket were cut`; empty when nothing was. */
export function describeCut({ requests, tunnels }: Drained["cut"]): string {
  const parts = [
    ...(requests > 0 ? [counted(requests, "request")] : []),
    ...(tunnels > 0 ? [counted(tunnels, "WebSocket")] : []),
  ];
  if (parts.length === 0) return "";
  return `; ${parts.join(" and ")} ${requests + tunnels === 1 ? "was" : "were"} cut`;
}

/** Pauses of several groups may end at different times. */
function renderPaused({ until }: Paused, nowMs: number): string[] {
  return byInstant(until).map(([names, at]) => {
    const most = `for ${length(Date.parse(at) - nowMs)} at most`;
    return `${names}: no request is on a worker; new ones wait until gw resume, ${most}`;
  });
}

function renderResumed({ groups, ranOut }: Resumed, nowMs: number): string[] {
  const late = byInstant(ranOut).map(
    ([names, at]) =>
      `the pause of ${names} ran out ${length(nowMs - Date.parse(at))} ago, and requests have run since`,
  );
  const ended = groups.length > 0 ? [`${namesOf(groups)}: requests go on`] : [];
  return late.length + ended.length > 0 ? [...late, ...ended] : ["nothing was paused"];
}

/** Names of groups with the instant that they share. */
function byInstant(instants: Readonly<Record<string, string>>): [names: string, at: string][] {
  const names = Map.groupBy(Object.entries(instants), ([, at]) => at);
  return [...names].map(([at, entries]) => [namesOf(entries.map(([name]) => name)), at]);
}

function namesOf(groups: readonly string[]): string {
  return groups.map((name) => oneLine(String(name))).join(", ");
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
