// Makes a function of a format of the access log, once: each piece is a function of the entry, and a line is what they say.
// All that clients have sent is escaped.

import {
  type FormatPiece,
  type Note,
  type Plain,
  parseAccessFormat,
  type TIME_FORMS,
} from "../../core/logging/access-format.ts";
import { fieldValue } from "../../http/fields.ts";
import type { AccessEntry } from "./access-entry.ts";
import { jsonLine } from "./access-json.ts";
import { escapeItem, escapeWord } from "./escape.ts";

/** Without the line's end. */
export type WriteEntry = (entry: AccessEntry) => string;

const dash = (text: string) => (text === "" ? "-" : text);
const count = (value: number) => (value === 0 ? "-" : String(value));

/** Three digits: the clock tells no more. */
const milliseconds = (ms: number | undefined) =>
  ms === undefined ? "-" : String(Math.round(ms * 1000) / 1000);

const PLAIN: Readonly<Record<Exclude<Plain, "%">, WriteEntry>> = {
  a: ({ address }) => dash(escapeWord(address)),
  h: ({ address }) => dash(escapeWord(address)),
  A: ({ localAddress }) => dash(localAddress),
  B: ({ bytes }) => String(bytes),
  O: ({ bytes }) => String(bytes),
  b: ({ bytes }) => count(bytes),
  D: ({ totalMs }) => String(Math.round(totalMs * 1000)),
  H: ({ protocol }) => dash(protocol),
  I: ({ bytesIn }) => String(bytesIn),
  L: ({ id }) => dash(id),
  P: ({ worker }) => count(worker),
  T: ({ totalMs }) => String(Math.round(totalMs / 1000)),
  U: ({ path }) => dash(escapeItem(path)),
  V: ({ host }) => dash(escapeWord(host)),
  v: ({ host }) => dash(escapeWord(host)),
  X: ({ isWhole }) => (isWhole ? "+" : "X"),
  l: () => "-",
  m: ({ method }) => dash(escapeItem(method)),
  p: ({ localPort }) => count(localPort),
  q: ({ query }) => escapeItem(query),
  r: (entry) => requestLine(entry),
  s: ({ status }) => (status === 0 ? "000" : String(status)),
  t: apacheTime(),
  u: ({ user }) => dash(escapeWord(user)),
};

function requestLine({ line, method, path, protocol }: AccessEntry): string {
  if (method === "" || line !== "") return dash(escapeItem(line));
  return `${escapeItem(method)} ${escapeItem(path)} ${dash(protocol)}`;
}

const NOTE_WRITERS: Readonly<Record<Note, WriteEntry>> = {
  queue: ({ queueMs }) => milliseconds(queueMs),
  receive: ({ receiveMs }) => milliseconds(receiveMs),
  connect: ({ connectMs }) => milliseconds(connectMs),
  app: ({ appMs }) => milliseconds(appMs),
  body: ({ bodyMs }) => milliseconds(bodyMs),
  total: ({ totalMs }) => milliseconds(totalMs),
  worker: ({ worker }) => count(worker),
  attempts: ({ attempts }) => String(attempts),
  group: ({ group }) => dash(group),
  cause: ({ cause }) => dash(cause),
  id: ({ id }) => dash(id),
  scheme: ({ scheme }) => dash(scheme),
  tls_version: ({ tls }) => dash(tls?.protocol ?? ""),
  tls_cipher: ({ tls }) => dash(tls?.cipher ?? ""),
  trace_id: ({ traceId }) => dash(traceId),
};

const TIMES: Readonly<Record<keyof typeof TIME_FORMS, WriteEntry>> = {
  sec: ({ wallMs }) => String(Math.floor(wallMs / 1000)),
  msec: ({ wallMs }) => String(Math.floor(wallMs)),
  usec: ({ wallMs }) => String(Math.floor(wallMs * 1000)),
  iso: ({ wallMs }) => new Date(wallMs).toISOString(),
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number) => String(value).padStart(2, "0");

/** In the time zone of this machine; made anew once a second. */
function apacheTime(): WriteEntry {
  let second = -1;
  let text = "";
  return ({ wallMs }) => {
    const now = Math.floor(wallMs / 1000);
    if (now === second) return text;
    second = now;
    const date = new Date(now * 1000);
    const offset = -date.getTimezoneOffset();
    const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
    const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
    text = `[${day}:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}]`;
    return text;
  };
}

function writerOf(piece: FormatPiece): WriteEntry {
  if ("text" in piece) return () => piece.text;
  if ("plain" in piece) return PLAIN[piece.plain as Exclude<Plain, "%">];
  if ("note" in piece) return NOTE_WRITERS[piece.note];
  if ("time" in piece) return TIMES[piece.time];
  if ("taken" in piece) return ({ totalMs }) => String(Math.floor(totalMs / piece.taken));
  const { field, of } = piece;
  return of === "request"
    ? ({ fields }) => dash(escapeItem(fieldValue(fields, field) ?? ""))
    : ({ answerFields }) => dash(escapeItem(fieldValue(answerFields, field) ?? ""));
}

/** `format` has been checked before: one that is wrong is a mistake of ours. */
export function compileFormat(format: string): WriteEntry {
  if (format === "json") return jsonLine;
  const pieces = parseAccessFormat(format);
  if (typeof pieces === "string") throw new Error(`the format of the access log ${pieces}`);
  const writers = pieces.map(writerOf);
  return (entry) => {
    let line = "";
    for (const write of writers) line += write(entry);
    return line;
  };
}
