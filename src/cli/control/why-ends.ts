// What `gw why` says of processes that have ended, and of reloads: what happened, whom it hit, what gw did, what to do. Pure.
import type { EndRecord, ReloadRecord } from "../../control/records.ts";
import { ENDINGS, REASONS, type ReasonRow } from "../../core/reasons.ts";
import type { Paint } from "../terminal/output.ts";
import { counted } from "./control-answers.ts";
import { length } from "./control-table.ts";

/** What happened at an instant, in lines; the first one says what it was. */
export type Happening = { at: string; from?: string; lines: string[] };

/** Ends that follow each other for the same reason are told together. */
const TOGETHER_MS = 60_000;
const FRAMES_SHOWN = 5;
const DETAIL_LINES = 8;
const CUT_SHORT = "gw answered its requests with 502, or cut those whose answer had begun";

export function tellEnds(ends: readonly EndRecord[], hasFronts: boolean, paint: Paint): Happening[] {
  const rows: EndRecord[][] = [];
  for (const end of ends) {
    const row = rows.findLast(([first]) => first && keyOf(first) === keyOf(end));
    const last = row?.at(-1);
    if (row && last && Date.parse(end.at) - Date.parse(last.at) < TOGETHER_MS) row.push(end);
    else rows.push([end]);
  }
  return rows.map((row) => tellRow(row, hasFronts, paint));
}

/** Ends that were meant are the same of whatever process. */
function keyOf({ process, reason, kind, lastWords, how }: EndRecord): string {
  const isMeant = REASONS[reason]?.level === "info";
  return isMeant ? `${reason} ${kind}` : [process, reason, kind, lastWords, how].join("\n");
}

function tellRow(row: readonly EndRecord[], hasFronts: boolean, paint: Paint): Happening {
  const [first, last] = [row[0], row.at(-1)] as [EndRecord, EndRecord];
  const { at } = last;
  const told: Partial<ReasonRow> = REASONS[last.reason] ?? {};
  const { meaning = "not known here", hint = "", level } = told;
  const deed = deedOf(row, told, hasFronts);
  const tone = level === "error" ? paint.bad : paint.strong;
  const lines = [
    `${tone(titleOf(row))}, ${last.reason}${last.kind === null ? "" : ` (${last.how})`}`,
    `  ${meaning}${last.why && last.kind !== null ? `: ${last.why}` : ""}.`,
    ...tellManner(last, row.length),
    ...tellRequests(row),
    ...(deed ? [`  ${deed}.`] : []),
    ...(level === "info" ? [] : [`  ${paint.faint("to do:")} ${hint}.`]),
  ];
  return { at, ...(row.length > 1 && { from: first.at }), lines };
}

/** What was on auth processes and the like is asked of others, and nobody's request. */
function deedOf(row: readonly EndRecord[], told: Partial<ReasonRow>, hasFronts: boolean): string {
  const { did = "", didIdle = did, didUnanswered = did } = told;
  const [{ kind, role } = { kind: undefined, role: undefined }] = row;
  if (kind === null) return "gw tries again, with longer and longer pauses";
  if (role === "front" || (role === "worker" && !hasFronts)) return didUnanswered;
  const hasLost = role === "worker" && row.some(({ lost }) => lost > 0);
  // It was to leave in order, and something else was faster.
  if (hasLost && row[0]?.reason !== "crash" && kind !== "left" && kind !== "killed_by_gw") return CUT_SHORT;
  return hasLost ? did : didIdle;
}

function titleOf(row: readonly EndRecord[]): string {
  const processes = [...new Set(row.map(({ process }) => process))];
  const shown = processes.length > 4 ? `${processes.length} processes` : processes.join(", ");
  const what = row[0]?.kind === null ? "did not start" : "ended";
  const isEach = processes.length === row.length;
  return `${shown} ${what}${row.length === 1 || isEach ? "" : ` ${row.length} times`}`;
}

/** How the process really ended, where that says more than the reason. */
function tellManner(
  { kind, crash, lastWords, stack, servedMs, how, evidence }: EndRecord,
  of: number,
): string[] {
  const ending = kind !== null && kind !== "left" && kind !== "killed_by_gw" ? ENDINGS[kind] : undefined;
  return [
    ...(kind === null ? [`  ${how}.`] : []),
    ...(ending ? [`  ${ending}.`] : []),
    ...(lastWords ? [`  its last words: ${firstLine(lastWords)}`] : []),
    ...(crash ? [`  the runtime said: ${crash}`] : []),
    ...(stack && stack.length > 0
      ? ["  its code stood in", ...stack.slice(0, FRAMES_SHOWN).map((frame) => `    ${frame}`)]
      : []),
    ...(servedMs !== null && servedMs >= 1_000
      ? [`  ${of > 1 ? "The last of them" : "It"} had served for ${length(servedMs)}.`]
      : []),
    ...(evidence ? [`  more: gw evidence ${evidence.slice(evidence.lastIndexOf("/") + 1)}`] : []),
  ];
}

function tellRequests(row: readonly EndRecord[]): string[] {
  const lost = row.reduce((sum, end) => sum + end.lost, 0);
  const webSockets = row.reduce((sum, end) => sum + (end.webSockets ?? 0), 0);
  const longest = row.findLast(({ request }) => request)?.request;
  const whom = [
    ...(lost > 0 ? [`  ${counted(lost, "request")} got no answer, or half of one, from the app.`] : []),
    ...(webSockets > 0 ? [`  ${counted(webSockets, "WebSocket")} ended with it.`] : []),
  ];
  if (!longest) return whom;
  return [...whom, tellLongest(longest)];
}

export function tellLongest({ method, path, id, ageMs, cause }: NonNullable<EndRecord["request"]>): string {
  const before = cause === undefined ? "" : `; for its client it was over before (${cause})`;
  return `  The longest on it: ${method} ${path} (${id}), for ${time(ageMs)}${before}.`;
}

export function tellReloads(reloads: readonly ReloadRecord[], paint: Paint): Happening[] {
  return reloads.map(({ at, by, outcome, generation, tookMs, reason, detail }) => {
    if (outcome === "serves")
      return { at, lines: [`generation ${generation} serves (${by}), after ${time(tookMs)}`] };
    const what = generation === null ? "a configuration was refused" : `generation ${generation} was refused`;
    const lines = (detail ?? "").trimEnd().split("\n").filter(Boolean);
    const more = lines.length - DETAIL_LINES;
    return {
      at,
      lines: [
        `${paint.bad(what)} (${by}): ${reason}`,
        ...lines.slice(0, DETAIL_LINES).map((line) => `  ${line}`),
        ...(more > 0 ? [`  and ${counted(more, "more line")}: gw why --json`] : []),
        "  the generation before served on.",
        `  ${paint.faint("to do:")} mend what it says; then gw reload, where gw does not follow the file by itself.`,
      ],
    };
  });
}

const firstLine = (text: string) => text.trimStart().split("\n", 1)[0] ?? "";

/** `12 ms`, `3.4 s`, `2 min 5 s`. */
export function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : length(ms);
}
