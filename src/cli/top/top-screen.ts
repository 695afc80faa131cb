// The screen of `gw top`: so many lines of so many columns, from what gw tells and what was typed. Pure.
import { REQUEST_PHASES } from "../../link/requests/requests.ts";
import { cleanTexts } from "../control/clean-texts.ts";
import { type Cell, length, toneOf } from "../control/control-table.ts";
import { renderWhy } from "../control/control-why.ts";
import { time } from "../control/why-ends.ts";
import type { Paint } from "../terminal/output.ts";
import { fit, widthOf } from "./fit.ts";
import {
  REQUEST_COLUMNS,
  REQUEST_ORDERS,
  requestCells,
  WORKER_COLUMNS,
  WORKER_ORDERS,
  workerCells,
} from "./top-rows.ts";
import { placeOfChosen, rowsOf, type TopData, type TopState, type TopSubject } from "./top-state.ts";

export type ScreenSize = { columns: number; rows: number };
/** `reverse`: the row that is chosen. */
export type TopPaint = Paint & { reverse(text: string): string };

/** `silent`: why gw does not answer any more. */
export function renderTop(
  told: TopData,
  state: TopState,
  size: ScreenSize,
  paint: TopPaint,
  silent?: string,
): string[] {
  const data = cleanTexts(told) as TopData;
  const head = renderHead(data, size, paint, silent);
  const foot = renderFoot(state, size, paint);
  const room = Math.max(0, size.rows - head.length - foot.length);
  const body = renderBody(data, state, { columns: size.columns, rows: room }, paint);
  const filled = [...body.slice(0, room), ...Array<string>(Math.max(0, room - body.length)).fill("")];
  return [...head, ...filled, ...foot].slice(0, size.rows);
}

function renderBody(data: TopData, state: TopState, size: ScreenSize, paint: TopPaint): string[] {
  if (state.showsHelp) return scrolledText(HELP, state.scrolled, size);
  if (state.subject) return scrolledText(renderSubject(data, state.subject, paint), state.scrolled, size);
  return renderLists(data, state, size, paint);
}

function scrolledText(texts: readonly string[], scrolled: number, { columns, rows }: ScreenSize): string[] {
  const lines = texts.flatMap((text) => wrapText(text, columns));
  const from = Math.min(scrolled, Math.max(0, lines.length - rows));
  return lines.slice(from, from + rows);
}

/** What goes on in another line stands further in. */
function wrapText(text: string, columns: number): string[] {
  if (widthOf(text) <= columns) return [text];
  const indent = " ".repeat(Math.min((/^ */.exec(text)?.[0].length ?? 0) + 4, Math.floor(columns / 2)));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].map((one) => (widthOf(one) > columns ? fit(one, columns) : one));
}

// ---- what holds for all -----------------------------------------------------------------------------------------

function renderHead(
  { look: { status, atMs }, rates, requests }: TopData,
  { columns }: ScreenSize,
  paint: TopPaint,
  silent: string | undefined,
): string[] {
  const { version, state, urls, uptimeSeconds, generation, groups, fronts, restarts, lastRestart } = status;
  const title = `gw ${version}  ${urls[0] ?? ""}  up ${length(1_000 * uptimeSeconds)}  generation ${generation}`;
  const active = groups.flatMap(({ workers }) => workers).reduce((sum, one) => sum + one.activeRequests, 0);
  const queued = groups.reduce((sum, group) => sum + group.queueLength, 0);
  const hasFronts = fronts.length > 0;
  const clients = hasFronts ? fronts.reduce((sum, front) => sum + front.clients, 0) : UNKNOWN;
  const { latency } = rates;
  const ends = Object.values(restarts).reduce((sum, count) => sum + count, 0);
  const last = lastRestart
    ? ` (${lastRestart.process}, ${lastRestart.reason}, ${ago(lastRestart.at, atMs)})`
    : "";
  const plain = fit(silent === undefined ? state : `gw does not answer: ${silent}`, columns / 2).trimEnd();
  const told = silent === undefined ? toneOf(state, paint)(plain) : paint.bad(plain);
  const first = `${paint.strong(fit(title, columns - widthOf(plain) - 2))}  ${told}`;
  return [
    fit(first, columns).trimEnd(),
    fit(
      `requests ${rate(rates.requests)}/s  5xx ${rates.errors === null ? UNKNOWN : `${rate(rates.errors)}/s`}  ${
        latency
          ? `p50 ${time(latency.p50)}  p95 ${time(latency.p95)}  p99 ${time(latency.p99)}`
          : hasFronts
            ? "no answers just now"
            : "latency –"
      }`,
      columns,
    ).trimEnd(),
    fit(
      `capacity ${rates.capacity === null ? UNKNOWN : `${bar(rates.capacity)} ${Math.round(100 * rates.capacity)}%`}  waiting ${hasFronts ? queued : UNKNOWN}${
        rates.oldestMs > 0 ? ` (${time(rates.oldestMs)})` : ""
      }  in flight ${requests?.total ?? active}  clients ${clients}`,
      columns,
    ).trimEnd(),
    fit(`ends of processes ${ends}${last}`, columns).trimEnd(),
    "",
  ];
}

const ago = (at: string, nowMs: number) => `${length(nowMs - Date.parse(at))} ago`;
/** In embedded mode nobody knows. */
const UNKNOWN = "–";
const rate = (value: number) => (value >= 100 ? String(Math.round(value)) : value.toFixed(1));
const BAR = 20;
const bar = (part: number) => {
  const full = Math.min(BAR, Math.round(BAR * part));
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
};

function renderFoot(state: TopState, { columns }: ScreenSize, paint: TopPaint): string[] {
  const { asked, isTyping, filter, subject, message } = state;
  if (asked) {
    const what =
      asked.command === "restart" ? "Restart worker" : "Drain, and leave empty, the place of worker";
    return [
      paint.strong(
        fit(`${what} ${asked.worker}? No request fails. y: yes, any other key: no`, columns).trimEnd(),
      ),
    ];
  }
  if (isTyping) return [fit(`filter: ${filter}_   Enter: keep, Esc: all`, columns).trimEnd()];
  const keys =
    subject || state.showsHelp
      ? "Esc back  arrows scroll  r restart  d drain  q quit"
      : "q quit  h help  Tab list  Enter open  s sort  o turn  / filter  r restart  d drain";
  const parts = [...(message ? [message] : []), ...(filter ? [`filter "${filter}"`] : []), keys];
  return [paint.faint(fit(parts.join("  |  "), columns).trimEnd())];
}

// ---- the lists --------------------------------------------------------------------------------------------------

function renderLists(data: TopData, state: TopState, size: ScreenSize, paint: TopPaint): string[] {
  const rows = rowsOf(data, state);
  const nowMs = data.look.atMs;
  // Each has a head; an empty line stands between them.
  const room = Math.max(2, size.rows - 3);
  const least = Math.min(rows.requests.length, Math.floor(room / 2));
  const mostWorkers = Math.min(rows.workers.length, Math.max(1, room - Math.max(1, least)));
  const hasGroups = new Set(rows.workers.map(({ group }) => group)).size > 1;
  const columns = hasGroups ? WORKER_COLUMNS : WORKER_COLUMNS.slice(0, -1);
  const list = (which: TopState["list"], head: readonly string[], cells: Cell[][], most: number) =>
    renderList({ head, cells, most, chosen: placeOfChosen(rows, state, which) }, state, which, size, paint);
  const total = data.requests?.total ?? 0;
  const workers = rows.workers.map((row) => workerCells(row, data.rates, nowMs).slice(0, columns.length));
  const requests = rows.requests.map(requestCells);
  const none = data.requests ? "no request is under way" : "in embedded mode nobody knows of single requests";
  return [
    ...list("workers", columns, workers, mostWorkers),
    "",
    ...(requests.length === 0
      ? [paint.faint(total > 0 ? "no request that the filter is a part of" : none)]
      : list("requests", REQUEST_COLUMNS, requests, room - mostWorkers)),
  ];
}

type ListShown = { head: readonly string[]; cells: Cell[][]; most: number; chosen: number };

function renderList(
  { head, cells, most, chosen }: ListShown,
  state: TopState,
  which: TopState["list"],
  { columns }: ScreenSize,
  paint: TopPaint,
): string[] {
  const isCurrent = state.list === which;
  // A line says that there are more, where there are.
  const room = cells.length > most ? most - 1 : most;
  const from = Math.min(Math.max(0, chosen - Math.floor(room / 2)), Math.max(0, cells.length - room));
  const shown = cells.slice(from, from + room);
  const orders = which === "workers" ? WORKER_ORDERS : REQUEST_ORDERS;
  const marked = markOrder(head, orders[state.order[which]]?.column ?? 0, state.isReversed[which]);
  const widths = widthsOf(marked, shown, columns);
  const title = fit(lineOf(marked, widths), columns).trimEnd();
  const more = `${from + 1} to ${from + shown.length} of ${cells.length}`;
  return [
    isCurrent ? paint.strong(title) : paint.faint(title),
    ...shown.map((row, at) => {
      const text = fit(lineOf(row.map(textOf), widths), columns);
      if (isCurrent && from + at === chosen) return paint.reverse(text);
      return tinted(row, text, widths, paint).trimEnd();
    }),
    ...(cells.length > most ? [paint.faint(fit(more, columns).trimEnd())] : []),
  ];
}

/** By which column the list is ordered. */
const markOrder = (head: readonly string[], column: number, isReversed: boolean) =>
  head.map((name, at) => (at === column ? `${name}${isReversed ? "^" : "*"}` : name));

const textOf = (cell: Cell | undefined) => (typeof cell === "object" ? cell.state : (cell ?? ""));
const GAP = 2;
/** The request itself takes what the others leave. */
const LEAST_WIDE = 12;

function widthsOf(head: readonly string[], rows: readonly Cell[][], columns: number): number[] {
  const widths = head.map((name, at) =>
    Math.max(widthOf(name), ...rows.map((row) => widthOf(textOf(row[at])))),
  );
  const wide = head.findIndex((name) => name.startsWith("request"));
  const over = widths.reduce((sum, width) => sum + width + GAP, -GAP) - columns;
  if (wide >= 0 && over > 0) widths[wide] = Math.max(LEAST_WIDE, (widths[wide] ?? 0) - over);
  return widths;
}

const lineOf = (texts: readonly string[], widths: readonly number[]) =>
  texts.map((text, at) => fit(text, widths[at] ?? 0)).join(" ".repeat(GAP));

/** The word of a state has its tone. */
function tinted(row: readonly Cell[], text: string, widths: readonly number[], paint: Paint): string {
  const at = row.findIndex((cell) => typeof cell === "object");
  if (at < 0) return text;
  const from = widths.slice(0, at).reduce((sum, width) => sum + width + GAP, 0);
  const to = from + (widths[at] ?? 0);
  const word = text.slice(from, to);
  return text.slice(0, from) + toneOf(word.trim(), paint)(word) + text.slice(to);
}

// ---- one of them ------------------------------------------------------------------------------------------------

function renderSubject(data: TopData, subject: TopSubject, paint: TopPaint): string[] {
  const name = subject.kind === "worker" ? String(subject.slot) : subject.id;
  const facts = subject.kind === "worker" ? workerFacts(data, subject.slot) : requestFacts(data, subject.id);
  const why = data.explained ? renderWhy(data.explained, name, paint) : ["…"];
  return [...facts, "", ...why];
}

function workerFacts({ look, rates, requests }: TopData, slot: number): string[] {
  const { status, atMs } = look;
  const rows = rowsOf({ look, rates, requests, explained: undefined }, { ...EVERYTHING });
  const own = rows.workers.filter((row) => row.slot === slot);
  if (own.length === 0) return [`there is no worker ${slot} any more`];
  return own.flatMap((row) => {
    const cells = workerCells(row, rates, atMs).map(textOf);
    const pairs = WORKER_COLUMNS.map((column, at) => (at === 0 ? cells[0] : `${column} ${cells[at]}`));
    const limits = Object.entries(row.limits).filter(([, value]) => value !== "unlimited" && value !== "");
    const on = rows.requests.filter(({ worker }) => worker === slot);
    return [
      pairs.join("  "),
      `${row.requestCount} requests so far; generation ${row.generation}${status.generation === row.generation ? "" : ", which is not the serving one"}`,
      ...(row.app ? [`runs ${row.app}`] : []),
      ...(limits.length > 0
        ? [`limits: ${limits.map(([limit, value]) => `${limit} ${value}`).join(", ")}`]
        : []),
      ...on.map((request) => `  ${requestCells(request).map(textOf).join("  ")}`),
    ];
  });
}

function requestFacts({ requests }: TopData, id: string): string[] {
  const found = requests?.requests.find((request) => request.id === id);
  if (!found) return [`request ${id} is over, or not among the oldest`];
  const { method, path, client, group, worker, phase, ageMs, front } = found;
  return [
    `${method} ${path}`,
    `${time(ageMs)} old, ${phase}: ${REQUEST_PHASES[phase] ?? "not known here"}`,
    `client ${client}, group ${group || "none yet"}, worker ${worker > 0 ? worker : "none yet"}, front end ${front}`,
  ];
}

const EVERYTHING: TopState = {
  ...{
    list: "workers",
    chosen: { workers: undefined, requests: undefined },
    order: { workers: 0, requests: 0 },
  },
  ...{ isReversed: { workers: false, requests: false }, filter: "", isTyping: false, subject: undefined },
  ...{ showsHelp: false, scrolled: 0, asked: undefined, message: "" },
};

const HELP = [
  "q, Ctrl-C       leave; gw goes on",
  "Tab             from the workers to the requests, and back",
  "arrows, j, k    the next row; PgUp, PgDn, Home and End go further",
  "Enter           all that is known of this worker or request, as gw why tells it; Esc goes back",
  "s, S            order the list by the next column, or the one before; o turns it round",
  "/               only what has this text in it: a path, a client, an id, a group, a state",
  "r               restart this worker: it serves until its successor is ready (asks first)",
  "d               drain this worker, and leave its place empty (asks first)",
  "Ctrl-Z          stop for now; fg goes on",
  "",
  "req/s, 5xx and percentiles are of the last seconds; lag is by how much an event loop comes too late.",
  "capacity is the part of all places for requests that is in use, of the group that has the least left.",
  "A request is in receive (its body comes in, or hooks are asked), queue, app, body or deliver.",
];
