// What `gw why` shows: everything that is remembered in the order in which it happened, in sentences; and the table of
// `gw requests`. Pure. Every text of a running gw is shown as one line without control characters.
import type { ActiveRequests } from "../../control/records.ts";
import type { Explained } from "../../control/results.ts";
import type { Paint } from "../terminal/output.ts";
import { cleanTexts } from "./clean-texts.ts";
import { counted, isSlot } from "./control-answers.ts";
import { length, table } from "./control-table.ts";
import { type Happening, tellEnds, tellReloads, time } from "./why-ends.ts";
import { tellActive, tellRefusals, tellRefused, tellSlow, tellSpells } from "./why-requests.ts";

/** A screen or two; `--since` and `--json` show others. */
const MOST_TOLD = 40;

/** `subject`: what was asked for; undefined for everything. */
export function renderWhy(told: Explained, subject: string | undefined, paint: Paint): string[] {
  const explained = cleanTexts(told) as Explained;
  const all = tellAll(explained, subject, paint);
  const shown = all.slice(-MOST_TOLD);
  const { now, startedAt } = explained;
  const nowMs = Date.parse(now);
  const left = all.length - shown.length;
  if (all.length === 0) return [nothingOf(subject, explained)];
  return [
    `In the ${length(nowMs - Date.parse(startedAt))} that gw has run, the newest last:`,
    ...(left > 0 ? [`${counted(left, "earlier one")} left out: gw why --json has all of them`] : []),
    ...shown.flatMap(({ at, from, lines: [first, ...rest] }) => [
      "",
      `${paint.faint(describeTime(at, from, nowMs))}  ${first}`,
      ...rest,
    ]),
  ];
}

function tellAll(
  { records, active, now, hasFronts }: Explained,
  subject: string | undefined,
  paint: Paint,
): Happening[] {
  const { ends, reloads, refusals, refused, slow, spells } = records;
  const told = [
    ...tellEnds(ends, hasFronts, paint),
    ...tellReloads(reloads, paint),
    ...tellRefusals(refusals, refused, paint),
    ...(subject === undefined ? [] : tellRefused(refused, paint)),
    ...tellSlow(slow, paint),
    ...tellSpells(spells, paint),
  ];
  return [...told.toSorted((a, b) => a.at.localeCompare(b.at)), ...tellActive(active, now)];
}

function nothingOf(subject: string | undefined, { now, startedAt, slowAfterMs }: Explained): string {
  const since = `in the ${length(Date.parse(now) - Date.parse(startedAt))} that gw has run`;
  if (subject === undefined)
    return `nothing is remembered ${since}: no process ended, and no request was refused`;
  if (isSlot(subject)) return `nothing is remembered of worker ${subject} ${since}`;
  const slow =
    Object.keys(slowAfterMs).length > 0 ? "" : "; with --slow-requests gw would remember slow ones";
  return `nothing is known of request ${subject}: it is not under way, and not among those that gw has refused lately or that ended with a worker${slow}. The access log has all requests, with their ids in the format json or by %L`;
}

/** As the log writes it, and how long ago. */
function describeTime(at: string, from: string | undefined, nowMs: number): string {
  const text = (instant: string) => `${instant.slice(0, 19)}Z`;
  const ago = `${length(nowMs - Date.parse(at))} ago`;
  if (from === undefined || from.slice(0, 19) === at.slice(0, 19)) return `${text(at)} (${ago})`;
  return `${text(from)} to ${at.slice(11, 19)}Z (${ago})`;
}

const REQUESTS_HEAD = ["age", "phase", "worker", "request", "client", "id"];

export function renderRequests(told: ActiveRequests, paint: Paint): string[] {
  const { requests, total } = cleanTexts(told) as ActiveRequests;
  if (total === 0) return ["no request is under way"];
  const hasGroups = new Set(requests.map(({ group }) => group)).size > 1;
  const head = hasGroups ? [...REQUESTS_HEAD, "group"] : REQUESTS_HEAD;
  const rows = requests.map(({ ageMs, phase, worker, method, path, client, id, group }) => [
    ...[time(ageMs), phase, worker > 0 ? String(worker) : "-", `${method} ${shorten(path)}`, client, id],
    ...(hasGroups ? [group || "-"] : []),
  ]);
  const more = total - requests.length;
  return [
    ...table(head, rows, paint),
    ...(more > 0 ? [`and ${counted(more, "younger one")}: --most shows more`] : []),
  ];
}

const SHOWN = 60;
const shorten = (path: string) => (path.length <= SHOWN ? path : `${path.slice(0, SHOWN - 1)}…`);
