// What the commands that change a running gw print when it has done what was asked, from its own words. Pure.
import type { CommandName, Request } from "../control/commands.ts";
import type { Controls, Reloaded, Replaced } from "../control/server.ts";
import { oneLine } from "../core/log.ts";

type Result<C extends keyof Controls> = Controls[C] extends (...given: never[]) => Promise<infer R>
  ? R
  : never;

/** One line of a result that comes bit by bit. */
export function renderItem(command: CommandName, item: unknown): string {
  if (command !== "restart") return oneLine(String(item));
  const { worker, oldPid, pid } = item as Replaced;
  return `worker ${worker}: process ${pid} serves${oldPid === null ? "" : `, ${oldPid} has left`}`;
}

/** The end of it, for the commands whose end is nothing but a text. */
export function renderResult(request: Request, result: unknown): string[] {
  switch (request.command) {
    case "reload":
    case "rollback":
      return renderReloaded(result as Reloaded, request.arguments.wait ?? false);
    case "restart":
      if (request.arguments.front) return renderReloaded(result as Reloaded, false);
      return [renderRestarted(result as Result<"restart">)];
    case "scale":
      return [renderScaled(result as Result<"scale">)];
    case "drain":
      return [renderDrained(result as Result<"drain">)];
    case "pause":
      return [`${namesOf(result)}: no request is on a worker; new ones wait until gw resume`];
    case "resume":
      return [namesOf(result) === "" ? "nothing was paused" : `${namesOf(result)}: requests go on`];
    default:
      return [];
  }
}

function renderReloaded(reloaded: Reloaded, hasWaited: boolean): string[] {
  const { generation, previous, workers, hasNewFronts, tookMs, left } = reloaded;
  const fronts = hasNewFronts ? ", new front ends" : "";
  const first = `generation ${generation} serves (${counted(workers, "worker")}${fronts}, after ${Math.round(tookMs)} ms)`;
  if (hasWaited) return [first, `generation ${previous} is gone`];
  const rest = describeUnfinished(left);
  return rest === "" ? [first] : [first, `generation ${previous} finishes: ${rest}`];
}

/** `3 requests (2 of them streams), 1 WebSocket`; empty when there is nothing. */
export function describeUnfinished({ requests, streams, tunnels }: Reloaded["left"]): string {
  const ofThem = streams > 0 ? ` (${streams} of them ${streams === 1 ? "a stream" : "streams"})` : "";
  return [
    ...(requests > 0 ? [`${counted(requests, "request")}${ofThem}`] : []),
    ...(tunnels > 0 ? [counted(tunnels, "WebSocket")] : []),
  ].join(", ");
}

function renderRestarted({ restarted }: Result<"restart">): string {
  return `${restarted === 1 ? "1 worker was" : `${restarted} workers were`} replaced`;
}

function renderScaled({ group, from, to }: Result<"scale">): string {
  const before = from === to ? "as before" : `${from} before`;
  return `${oneLine(String(group))}: ${counted(to, "worker")} now, ${before}`;
}

function renderDrained({ worker, pid }: Result<"drain">): string {
  return pid === null ? `worker ${worker} had no process` : `worker ${worker}: process ${pid} has left`;
}

function namesOf(result: unknown): string {
  return (result as Result<"pause">).groups.map((name) => oneLine(String(name))).join(", ");
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
