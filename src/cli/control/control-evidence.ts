// What `gw evidence` shows: the files that there are, or all that one of them tells of an end, the most telling first. Pure. Every text
// is shown as one line without control characters.
import type { EvidenceRecord, EvidenceTold, Missing } from "../../control/evidence.ts";
import { REASONS, type ReasonRow } from "../../core/reasons.ts";
import type { Paint } from "../terminal/output.ts";
import { cleanTexts } from "./clean-texts.ts";
import { counted } from "./control-answers.ts";
import { table } from "./control-table.ts";
import { tellLongest, time } from "./why-ends.ts";

const ROWS_SHOWN = 12;
const FRAMES_SHOWN = 32;
const LINES_SHOWN = 40;

export function renderEvidence(told: EvidenceTold, paint: Paint): string[] {
  const clean = cleanTexts(told) as EvidenceTold;
  return "record" in clean ? renderRecord(clean.record, clean.path, paint) : renderList(clean, paint);
}

function renderList({ directory, files }: Extract<EvidenceTold, { files: unknown }>, paint: Paint): string[] {
  if (files.length === 0) return [`there is nothing in ${directory} yet: no process came to such an end`];
  const rows = files.map(({ at, reason, process, pid, bytes, name }) => [
    ...[`${at.slice(0, 19)}Z`, reason, process, String(pid), `${Math.ceil(bytes / 1024)} kB`, name],
  ]);
  return [...table(["ended", "reason", "process", "pid", "size", "file"], rows, paint), `in ${directory}`];
}

type Paragraph = { title: string; lines: string[] };

function renderRecord(record: EvidenceRecord, path: string, paint: Paint): string[] {
  const sections = [
    inFlight(record),
    answeredOf(record),
    lostOf(record),
    stackOf(record),
    profileOf(record),
    memoryOf(record),
  ];
  const more = [objectsOf(record), loopOf(record), minuteOf(record, paint), ...linesOf(record)];
  return [
    ...headOf(record, paint),
    ...[...sections, ...more].flatMap(({ title, lines }) => [
      "",
      paint.strong(title),
      ...lines.map((line) => `  ${line}`),
    ]),
    "",
    `${path}${record.isCut ? ", of which gw has cut lists to its size" : ""}`,
  ];
}

function headOf(
  { process, pid, at, reason, kind, how, why, decidedAt, servedMs, request }: EvidenceRecord,
  paint: Paint,
): string[] {
  const { meaning }: Partial<ReasonRow> = REASONS[reason] ?? {};
  const seen = decidedAt === null ? undefined : Date.parse(at) - Date.parse(decidedAt);
  return [
    `${paint.bad(`${process} (process ${pid}) ended`)} at ${at}: ${reason}, ${kind} (${how})`,
    ...(meaning ? [`  ${meaning}${why ? `: ${why}` : ""}.`] : []),
    ...(servedMs === null ? [] : [`  It had served for ${time(servedMs)}.`]),
    ...(request ? [tellLongest(request)] : []),
    ...(seen === undefined ? [] : [`  It was looked at ${time(Math.max(0, seen))} before its end.`]),
  ];
}

/** Why there is none of it, as the only line. */
const without = ({ missing }: Missing): string[] => [`not known: ${missing}`];

function inFlight({ requests }: EvidenceRecord): Paragraph {
  const title = "In flight when that was decided";
  if ("missing" in requests) return { title, lines: without(requests) };
  const { total, told } = requests;
  if (total === 0) return { title, lines: ["nothing"] };
  const lines = told
    .slice(0, ROWS_SHOWN)
    .map(
      ({ ageMs, phase, method, path, id, client }) =>
        `${time(ageMs)}  ${phase}  ${method} ${path}  ${id}  ${client}`,
    );
  return { title: `${title}: ${total}`, lines: [...lines, ...moreThan(total, lines.length)] };
}

function answeredOf({ answered }: EvidenceRecord): Paragraph {
  const lines = answered
    .slice(-ROWS_SHOWN)
    .map(
      ({ at, status, cause, method, path, id }) =>
        `${at.slice(11, 19)}Z  ${status}  ${cause}  ${method} ${path}  ${id}`,
    );
  const title = "Answered by gw before, while the app may have been still at them";
  return { title, lines: answered.length === 0 ? ["nothing"] : lines };
}

function lostOf({ lost: { count, requests } }: EvidenceRecord): Paragraph {
  const lines = requests
    .slice(0, ROWS_SHOWN)
    .map(({ ageMs, method, path, id }) => `${time(ageMs)}  ${method} ${path}  ${id}`);
  return {
    title: `Without an answer, or with half of one: ${counted(count, "request")}`,
    lines: [...lines, ...moreThan(count, lines.length)],
  };
}

function stackOf({ stack, crash }: EvidenceRecord): Paragraph {
  const said = crash === null ? [] : [`the runtime said: ${crash}`];
  if (!Array.isArray(stack)) return { title: "Where its code stood", lines: [...said, ...without(stack)] };
  const frames = stack.length === 0 ? ["nowhere: its event loop waited"] : stack.slice(0, FRAMES_SHOWN);
  return {
    title: "Where its code stood",
    lines: [...said, ...frames, ...moreThan(stack.length, FRAMES_SHOWN)],
  };
}

function profileOf({ profile }: EvidenceRecord): Paragraph {
  if ("missing" in profile) return { title: "Where its time went", lines: without(profile) };
  const { forMs, samples, functions } = profile;
  return {
    title: `Where its time went: ${counted(samples, "sample")} in ${time(forMs)}`,
    lines: Object.entries(functions)
      .slice(0, ROWS_SHOWN)
      .map(([name, met]) => `${share(met, samples)}  ${name}`),
  };
}

function memoryOf({ usage, figures }: EvidenceRecord): Paragraph {
  const system =
    "missing" in usage
      ? without(usage)
      : [`of the system ${megabytes(usage.rssBytes)}, processor time ${time(usage.cpuMs)}`];
  const told = isMissing(figures)
    ? without(figures)
    : Object.entries(figures).map(
        ([name, value]) => `${name} ${name.endsWith("Bytes") ? megabytes(value) : value}`,
      );
  return { title: "Memory", lines: [...system, ...told] };
}

function objectsOf({ objects }: EvidenceRecord): Paragraph {
  if ("missing" in objects) return { title: "On its heap", lines: without(objects) };
  return {
    title: `On its heap: ${counted(objects.total, "object")}`,
    lines: Object.entries(objects.kinds)
      .slice(0, ROWS_SHOWN)
      .map(([kind, count]) => `${String(count).padStart(9)}  ${kind}`),
  };
}

function loopOf({ loop: { lagMs, worstLagMs, silentMs, active, begun } }: EvidenceRecord): Paragraph {
  return {
    title: "Its event loop",
    lines: [
      `last heard of ${time(silentMs)} before the end, with a lag of ${time(lagMs)} (at worst ${time(worstLagMs)})`,
      `${counted(active, "request")} on it then, ${begun} begun in its life`,
    ],
  };
}

/** Every fifth second is enough for the eye. */
function minuteOf({ lastMinute }: EvidenceRecord, paint: Paint): Paragraph {
  const rows = lastMinute
    .filter((_, at) => (lastMinute.length - 1 - at) % 5 === 0)
    .map(({ agoMs, rssBytes, heapBytes, lagMs, active }) => [
      ...[time(agoMs), sizeOf(rssBytes), sizeOf(heapBytes), time(lagMs), String(active)],
    ]);
  const lines =
    rows.length === 0
      ? ["nothing: nobody looked"]
      : table(["before", "memory", "heap", "lag", "active"], rows, paint);
  return { title: "Its last minute", lines };
}

function linesOf({ lastLines, log }: EvidenceRecord): Paragraph[] {
  const shown = (lines: string[]) => (lines.length === 0 ? ["nothing"] : lines.slice(-LINES_SHOWN));
  return [
    { title: "Last lines of its standard error", lines: shown(lastLines) },
    { title: "Last lines of gw's log", lines: shown(log) },
  ];
}

const isMissing = (value: EvidenceRecord["figures"]): value is Missing => typeof value.missing === "string";
const moreThan = (all: number, shown: number) => (all > shown ? [`and ${all - shown} more: --json`] : []);
const share = (part: number, all: number) =>
  `${String(all > 0 ? Math.round((part / all) * 100) : 0).padStart(3)} %`;
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
const sizeOf = (bytes: number | undefined) => (bytes === undefined ? "-" : megabytes(bytes));
