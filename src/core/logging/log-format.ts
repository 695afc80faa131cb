// The forms of a line of the log: text for people, and JSON and logfmt for machines, with fields named as OpenTelemetry and the
// Elastic Common Schema name them. Lines of apps in JSON keep their level and their fields. Pure.

import type { Fields, Level, LogLine } from "../log.ts";
import { isRecord } from "../records.ts";
import { type LogSource, sourceOf } from "./log-source.ts";
import { summarize } from "./stack-lines.ts";

export const LOG_FORMATS = ["text", "json", "logfmt"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A line on its way to a form for machines. */
export type MachineLine = {
  wallMs: number;
  level: Level;
  source: LogSource;
  /** Process: `worker 1`; empty for the supervisor. */
  who: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
};

/** Names of our fields elsewhere; what is not listed is `gw.NAME`. */
const NAMES: Readonly<Record<string, string>> = {
  cause: "error.type",
  trace: "trace.id",
  status: "http.response.status_code",
  id: "http.request.id",
  requestId: "http.request.id",
  method: "http.request.method",
  path: "url.path",
  client: "client.address",
  pid: "process.pid",
  stack: "error.stack_trace",
  why: "error.message",
};

export function machineLine({ level, tag, text, fields }: LogLine, wallMs: number): MachineLine {
  return { wallMs, level, source: sourceOf(tag), who: tag, message: text, fields: renamed(fields) };
}

function renamed(fields: Fields): Record<string, unknown> {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named.map(([name, value]) => [NAMES[name] ?? `gw.${name}`, value]));
}

/**
 * What an app has printed: most often a line, several of an error with its stack, or of what was printed at once. A line that is an
 * object of JSON is taken apart.
 */
export function appLine(
  who: string,
  stream: "stdout" | "stderr",
  lines: readonly string[],
  wallMs: number,
): MachineLine {
  const said = lines.length === 1 ? readObject(lines[0] ?? "") : undefined;
  const level = (said && levelOf(said)) ?? (stream === "stderr" ? "error" : "info");
  const base = { wallMs, level, source: "app" as const, who };
  if (!said) {
    const { message, hasStack } = summarize(lines);
    const isWhole = lines.length === 1 || !hasStack;
    return { ...base, message, fields: isWhole ? {} : { [NAMES.stack as string]: lines.join("\n") } };
  }
  const { msg, message = msg, level: _level, severity: _severity, "log.level": _ecs, ...rest } = said;
  const hasMessage = typeof message === "string";
  const own = { ...rest, ...(msg !== undefined && message !== msg && { msg }) };
  return { ...base, message: hasMessage ? message : "", fields: apart(own, (name) => OURS.has(name)) };
}

const OURS: ReadonlySet<string> = new Set(["@timestamp", "log.level", "log.source", "gw.process", "message"]);

/** What an app says under a name of ours stays its word, and no word of ours. */
function apart(
  fields: Readonly<Record<string, unknown>>,
  isOurs: (name: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [isOurs(name) ? `app.${name}` : name, value]),
  );
}

/** Of the request in which an app has printed the line. */
export function withRequestId(line: MachineLine, id: string): MachineLine {
  return {
    ...line,
    fields: { [NAMES.id as string]: id, ...apart(line.fields, (name) => name === NAMES.id) },
  };
}

function readObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const WORDS: Readonly<Record<string, Level>> = {
  trace: "debug",
  debug: "debug",
  verbose: "debug",
  info: "info",
  notice: "info",
  log: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "error",
  crit: "error",
  alert: "error",
  emergency: "error",
  fatal: "error",
};

/** By name, or by the numbers of pino and bunyan. */
function levelOf(said: Record<string, unknown>): Level | undefined {
  const level = said.level ?? said.severity ?? said["log.level"];
  if (typeof level === "string")
    return Object.hasOwn(WORDS, level.toLowerCase()) ? WORDS[level.toLowerCase()] : undefined;
  if (typeof level !== "number") return undefined;
  return level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : "debug";
}

/** One line of JSON; nothing in it can move a cursor or end it. */
export function renderJson(line: MachineLine): string {
  return onOneLine(JSON.stringify(membersOf(line)));
}

function membersOf({ wallMs, level, source, who, message, fields }: MachineLine): Record<string, unknown> {
  return {
    "@timestamp": new Date(wallMs).toISOString(),
    "log.level": level,
    "log.source": source,
    ...(who && { "gw.process": who }),
    message,
    ...fields,
  };
}

/** JSON leaves these as they are; terminals and some readers of lines do not. */
const onOneLine = (json: string) =>
  json.replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** `time=… level=info source=front message="…"`, as https://brandur.org/logfmt describes it. */
export function renderLogfmt({ wallMs, level, source, who, message, fields }: MachineLine): string {
  const pairs = { time: new Date(wallMs).toISOString(), level, source, process: who || undefined, message };
  return Object.entries({ ...pairs, ...apart(fields, (name) => Object.hasOwn(pairs, name)) })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${keyOf(name)}=${textOf(value)}`)
    .join(" ");
}

const keyOf = (name: string) => name.replace(/[^\w.@-]/g, "_") || "_";

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
  return /^[\w./:@+-]+$/.test(text) ? text : onOneLine(JSON.stringify(text));
}
