// The generations in `gw status`: which serve and which finish, the one that was refused, the one to go back to. Pure.
import type { GenerationStatus, RefusedStatus, Status } from "../../control/status.ts";
import { oneLine } from "../../core/log.ts";
import type { Paint } from "../terminal/output.ts";
import { counted, describeTrial, describeUnfinished } from "./control-answers.ts";
import { length, toneOf } from "./control-table.ts";

/** Lines of a refused generation's own text; all of it stands in the log, and in `--json`. */
const DETAIL_LINES = 8;

/** Nothing for the first one, as long as there was no other. */
export function describeGenerations(status: Status, paint: Paint, nowMs: number): string[] {
  const { generations, refused, previous, trial } = status;
  const isPlain = generations.length <= 1 && status.generation <= 1;
  const differ = new Set(generations.map(({ apps }) => apps.join("\n"))).size > 1;
  return [
    ...(isPlain ? [] : generations.map((one) => describeGeneration(one, differ, paint, nowMs))),
    ...(trial ? describeTrial(trial) : []),
    ...(refused ? describeRefused(refused, paint, nowMs) : []),
    ...(previous ? [`gw rollback goes to generation ${previous.generation}${listApps(previous.apps)}`] : []),
  ];
}

function describeGeneration(one: GenerationStatus, tellsApps: boolean, paint: Paint, nowMs: number): string {
  const { number, state, startedAt, apps, workers, activeRequests: requests, streams, tunnels } = one;
  const work = describeUnfinished({ requests, streams, tunnels });
  const parts = [
    toneOf(state, paint)(state),
    counted(workers, "worker"),
    `${length(nowMs - Date.parse(startedAt))} old`,
    ...(work ? [work] : []),
  ];
  return `generation ${number}: ${parts.join(", ")}${tellsApps ? listApps(apps) : ""}`;
}

/** The text of an app has lines of its own; each of them is shown as one. */
function describeRefused(refused: RefusedStatus, paint: Paint, nowMs: number): string[] {
  const { generation, at, by, reason, detail } = refused;
  const lines = (detail ?? "").trimEnd().split("\n").map(oneLine);
  const shown = detail === null ? [] : lines.slice(0, DETAIL_LINES);
  const more = lines.length - DETAIL_LINES;
  const what = generation === null ? "the configuration was refused" : `generation ${generation} was refused`;
  return [
    `${paint.bad(what)} ${length(nowMs - Date.parse(at))} ago (${by}): ${reason}`,
    ...shown.map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${counted(more, "more line")}: gw status --json`] : []),
  ];
}

function listApps(apps: readonly string[]): string {
  return apps.length === 0 ? "" : ` (${apps.join(", ")})`;
}
