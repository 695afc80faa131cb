// What `gw status` shows to people: tables, and in words what is not as usual. Pure. Every text of a running gw is shown
// as one line without control characters, whatever it holds.
import { expiresSoon } from "../../certificates/dates.ts";
import {
  type FrontStatus,
  GENERATION_STATES,
  GROUP_STATES,
  type LogTrouble,
  listTroubled,
  PROCESS_STATES,
  SERVER_STATES,
  type Status,
  type Trouble,
} from "../../control/status.ts";
import { REASONS } from "../../core/reasons.ts";
import type { Paint } from "../terminal/output.ts";
import { cleanTexts } from "./clean-texts.ts";
import { describeGenerations } from "./control-generations.ts";
import { commonApp, describeFrontLimits, describeGroups, describeLimits } from "./control-groups.ts";
import { type Cell, length, table, toneOf } from "./control-table.ts";

/** `nowMs` is wall time, for ages. */
export function renderStatus(told: Status, paint: Paint, nowMs: number): string[] {
  const status = cleanTexts(told) as Status;
  const { groups, fronts, troubles, logTroubles = [] } = status;
  const lines = [
    ...troubles.map((trouble) => describeTrouble(trouble, paint)),
    ...logTroubles.map((trouble) => describeLogTrouble(trouble, paint)),
  ];
  const generations = describeGenerations(status, paint, nowMs);
  return [
    ...describeServer(status, paint),
    ...(generations.length > 0 ? ["", ...generations] : []),
    ...(fronts.length > 0 ? ["", ...table(FRONT_HEAD, fronts.map(frontRow), paint)] : []),
    ...describeGroups(status, paint, nowMs),
    "",
    ...describeQueue(status),
    ...describeRestarts(status, nowMs),
    ...describeCertificates(status, paint, nowMs),
    ...describeFrontLimits(fronts),
    ...describeLimits(groups),
    ...(lines.length > 0 ? ["", ...lines] : []),
    ...explainStates(status),
  ];
}

function describeServer(status: Status, paint: Paint): string[] {
  const { version, pid, uptimeSeconds, state, urls, serverRoot, groups } = status;
  const what = state === "serving" ? ` ${urls.join(" ")}` : `: ${SERVER_STATES[state] ?? "not known here"}`;
  const troubled = state === "serving" ? listTroubled(groups) : [];
  const app = groups.length === 1 ? commonApp(groups[0]?.workers ?? []) : undefined;
  return [
    `gw ${version}, process ${pid}, up ${length(uptimeSeconds * 1_000)}`,
    `${toneOf(state, paint)(state)}${what}`,
    ...(troubled.length > 0
      ? [
          `but not ${troubled.map((group) => `${group.name} (${toneOf(group.state, paint)(group.state)})`).join(", ")}`,
        ]
      : []),
    ...(app === undefined ? [] : [`runs ${app}`]),
    paint.faint(`server root ${serverRoot}`),
  ];
}

function describeCertificates(
  { certificates, refusedCertificate: refused }: Status,
  paint: Paint,
  nowMs: number,
): string[] {
  const lines = certificates.map(({ file, names, expiresAt }) => {
    const until = Date.parse(expiresAt);
    const left = until < nowMs ? paint.bad("expired") : `in ${length(until - nowMs)}`;
    const when = expiresSoon(until, nowMs) ? paint.strong(left) : left;
    const whose = names.length > 0 ? ` for ${names.join(" ")}` : "";
    return `certificate ${file}${whose}: until ${expiresAt.slice(0, 10)}, ${when}`;
  });
  if (!refused) return lines;
  const ago = length(nowMs - Date.parse(refused.at));
  return [...lines, `${paint.bad("refused")} ${ago} ago, and the one before is served on: ${refused.reason}`];
}

const FRONT_HEAD = ["front", "pid", "state", "clients", "at most"];

function frontRow({ slot, pid, state, clients, maxClients }: FrontStatus): Cell[] {
  const most = maxClients == null ? "-" : String(maxClients);
  return [String(slot), pid === null ? "-" : String(pid), { state }, String(clients ?? 0), most];
}

/** Of the only group; several tell of their queues themselves. */
function describeQueue({ groups, fronts }: Status): string[] {
  if (fronts.length === 0) return ["queue: none, the workers own the port"];
  const [only, other] = groups;
  if (!only || other) return [];
  const { queueLength } = only;
  return [queueLength === 0 ? "queue: empty" : `queue: ${queueLength} waiting for a worker`];
}

function describeRestarts({ restarts, lastRestart }: Status, nowMs: number): string[] {
  const counts = Object.entries(restarts).map(([reason, count]) => `${count} ${reason}`);
  if (counts.length === 0) return ["restarts: none"];
  if (!lastRestart) return [`restarts: ${counts.join(", ")}`];
  const { reason, process, at } = lastRestart;
  const meaning = REASONS[reason]?.meaning ?? "not known here";
  return [
    `restarts: ${counts.join(", ")}`,
    `last: ${process}, ${length(nowMs - Date.parse(at))} ago, ${reason}. ${meaning}.`,
  ];
}

function describeTrouble({ process, deaths, isCrashLoop, pauseMs, error }: Trouble, paint: Paint): string {
  const what = isCrashLoop
    ? paint.bad(`${process} is in a crash loop`)
    : paint.strong(`${process} does not stay`);
  const times = deaths === 1 ? "once" : `${deaths} times in a row`;
  const ended =
    deaths === 0 ? "it and others ended after they had served" : `ended soon after its start ${times}`;
  const why = error === null ? "gw logs shows how" : error;
  return `${what}: ${ended}, pauses ${length(pauseMs)}; ${why}`;
}

function describeLogTrouble({ file, why, lost }: LogTrouble, paint: Paint): string {
  const lines =
    lost === 0 ? "nothing of it is lost" : `${lost} ${lost === 1 ? "line is" : "lines are"} lost so far`;
  return `${paint.bad(`the log at ${file} is in trouble`)}: ${why}; ${lines}`;
}

/** Each word that is not the usual one, once; a process is nearer to the reader than its group. */
function explainStates({ fronts, groups, generations }: Status): string[] {
  const meanings = new Map<string, string>();
  const explain = (states: readonly string[], words: Readonly<Record<string, string>>) => {
    for (const state of states)
      if (state !== "ready" && state !== "serving" && !meanings.has(state))
        meanings.set(state, words[state] ?? "not known here");
  };
  const statesOf = (all: readonly { state: string }[]) => all.map(({ state }) => state);
  explain(statesOf([...fronts, ...groups.flatMap(({ workers }) => workers)]), PROCESS_STATES);
  explain(statesOf(groups), GROUP_STATES);
  explain(statesOf(generations), GENERATION_STATES);
  if (meanings.size === 0) return [];
  return ["", ...[...meanings].map(([state, meaning]) => `${state}: ${meaning}`)];
}
