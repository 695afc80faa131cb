// What `gw status` shows to people: tables, and in words what is not as usual. Pure. Every text of a running gw is shown
// as one line without control characters, whatever it holds.
import {
  PROCESS_STATES,
  type ProcessState,
  type ProcessStatus,
  SERVER_STATES,
  type Status,
  type Trouble,
  type WorkerStatus,
} from "../control/status.ts";
import { oneLine } from "../core/log.ts";
import { REASONS } from "../core/reasons.ts";
import type { Paint } from "./output.ts";

/** `nowMs` is wall time, for ages. */
export function renderStatus(status: Status, paint: Paint, nowMs: number): string[] {
  const { groups, fronts, troubles } = status;
  return [
    ...describeServer(status, paint),
    ...(fronts.length > 0 ? ["", ...table(FRONT_HEAD, fronts.map(frontRow), paint)] : []),
    ...groups.flatMap(({ workers }) => [
      "",
      ...table(
        WORKER_HEAD,
        workers.map((w) => workerRow(w, nowMs)),
        paint,
      ),
    ]),
    "",
    ...describeTraffic(status),
    ...describeRestarts(status, nowMs),
    ...groups.flatMap(({ workers }) => describeLimits(workers)),
    ...(troubles.length > 0 ? ["", ...troubles.map((trouble) => describeTrouble(trouble, paint))] : []),
    ...explainStates(status),
  ].map(clean);
}

/** Colours are ours; nothing else that moves a cursor leaves here. */
function clean(line: string): string {
  return line
    .split(/(\x1b\[\d+m)/)
    .map((part, index) => (index % 2 === 1 ? part : oneLine(part)))
    .join("");
}

function describeServer(
  { version, pid, uptimeSeconds, state, urls, serverRoot }: Status,
  paint: Paint,
): string[] {
  const tone = state === "serving" ? paint.good : state === "crash loop" ? paint.bad : paint.strong;
  return [
    `gw ${version}, process ${pid}, up ${length(uptimeSeconds * 1_000)}`,
    `${tone(state)}${state === "serving" ? ` ${urls.join(" ")}` : `: ${SERVER_STATES[state] ?? "not known here"}`}`,
    paint.faint(`server root ${serverRoot}`),
  ];
}

const FRONT_HEAD = ["front", "pid", "state"];
const WORKER_HEAD = ["worker", "pid", "state", "active", "requests", "memory", "age"];

function frontRow({ slot, pid, state }: ProcessStatus): Cell[] {
  return [String(slot), shown(pid), { state }];
}

function workerRow(worker: WorkerStatus, nowMs: number): Cell[] {
  const { slot, pid, state, activeRequests, requestCount, rssBytes, startedAt, tunnels } = worker;
  const sockets = tunnels > 0 ? ` + ${tunnels} ws` : "";
  return [
    String(slot),
    shown(pid),
    { state },
    `${activeRequests}${sockets}`,
    String(requestCount),
    rssBytes === null ? "-" : `${Math.round(rssBytes / MEBIBYTE)} MB`,
    startedAt === null ? "-" : length(nowMs - Date.parse(startedAt)),
  ];
}

const MEBIBYTE = 2 ** 20;

const shown = (value: number | null) => (value === null ? "-" : String(value));

type Cell = string | { state: ProcessState };

function table(head: readonly string[], rows: readonly Cell[][], paint: Paint): string[] {
  const textOf = (cell: Cell | undefined) => (typeof cell === "object" ? cell.state : (cell ?? ""));
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => textOf(row[i]).length)));
  const line = (cells: readonly Cell[]) =>
    widths
      .map((width, i) => toneOf(cells[i], paint)(textOf(cells[i]).padEnd(width)))
      .join("  ")
      .trimEnd();
  return [paint.faint(line(head)), ...rows.map(line)];
}

function toneOf(cell: Cell | undefined, paint: Paint): (text: string) => string {
  if (typeof cell !== "object") return (text) => text;
  if (cell.state === "ready") return paint.good;
  return cell.state === "crash loop" ? paint.bad : paint.strong;
}

function describeTraffic({ groups, fronts }: Status): string[] {
  if (fronts.length === 0) return ["queue: none, the workers own the port"];
  return groups.map(({ queueLength }) =>
    queueLength === 0 ? "queue: empty" : `queue: ${queueLength} waiting for a worker`,
  );
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

/** Usually all workers have the same; said once then. */
function describeLimits(workers: readonly WorkerStatus[]): string[] {
  const texts = workers.flatMap(({ slot, limits }) => {
    const text = Object.entries(limits)
      .filter(([, value]) => value !== "unlimited" && value !== "")
      // A worker's own words, in which even a colour is not ours.
      .map(([name, value]) => oneLine(`${name} ${readable(name, value)}`))
      .join(", ");
    return text ? [{ slot, text }] : [];
  });
  const different = new Map(texts.map(({ slot, text }) => [text, slot]));
  if (different.size === 0) return [];
  if (different.size === 1) return [`limits: ${texts[0]?.text ?? ""}`];
  return texts.map(({ slot, text }) => `limits of worker ${slot}: ${text}`);
}

function readable(name: string, value: number | string): string {
  if (typeof value !== "number") return value;
  if (name === "cpu") return `${value}s`;
  const isSize = name === "stack" || name === "data" || name === "addressSpace";
  return isSize && value >= MEBIBYTE ? `${Math.round(value / MEBIBYTE)}M` : String(value);
}

function describeTrouble({ process, deaths, isCrashLoop, pauseMs, error }: Trouble, paint: Paint): string {
  const what = isCrashLoop
    ? paint.bad(`${process} is in a crash loop`)
    : paint.strong(`${process} does not stay`);
  const times = deaths === 1 ? "once" : `${deaths} times in a row`;
  const why = error === null ? "gw logs shows how" : error;
  return `${what}: ended soon after its start ${times}, pauses ${length(pauseMs)}; ${why}`;
}

function explainStates({ fronts, groups }: Status): string[] {
  const all = [...fronts, ...groups.flatMap(({ workers }) => workers)].map(({ state }) => state);
  const unusual = [...new Set(all)].filter((state) => state !== "ready");
  if (unusual.length === 0) return [];
  return ["", ...unusual.map((state) => `${state}: ${PROCESS_STATES[state] ?? "not known here"}`)];
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** The two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`. */
function length(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1_000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
    left %= seconds;
  }
  return [...parts, `${left} s`].slice(0, 2).join(" ");
}
