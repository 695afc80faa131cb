// How gw speaks to its operator. A message is a constant sentence, its variables are fields; one call is one line.
// A Log is handed down by constructor and narrowed with `child`.

import type { Clock } from "./clock.ts";

export type Level = "error" | "warn" | "info" | "debug";
export type Fields = Record<string, string | number | boolean | undefined>;

export interface Log {
  error(text: string, fields?: Fields): void;
  warn(text: string, fields?: Fields): void;
  info(text: string, fields?: Fields): void;
  debug(text: string, fields?: Fields): void;
  /** The same log, its lines tagged with who speaks, for example `worker 1`. */
  child(tag: string): Log;
}

export type LogLine = { level: Level; tag: string; text: string; fields: Fields };

/** A Log over any sink: the operator's terminal, the life channel, a test's array. */
export function createLog(sink: (line: LogLine) => void, tag = ""): Log {
  const at =
    (level: Level) =>
    (text: string, fields: Fields = {}) =>
      sink({ level, tag, text, fields });
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    child: (name) => createLog(sink, tag ? `${tag} ${name}` : name),
  };
}

const COLOR: Record<Level, string> = { error: "31", warn: "33", info: "36", debug: "90" };

/** For people: one line, coloured on a terminal, plain with a timestamp elsewhere. */
export function renderLine({ level, tag, text, fields }: LogLine, colors: boolean, clock: Clock): string {
  const time = new Date(clock.wall()).toISOString();
  const who = tag ? `${tag}: ` : "";
  const line = `${level.padEnd(5)} ${who}${oneLine(text)}${renderFields(fields)}`;
  return colors
    ? `\x1b[90m${time.slice(11, 19)}\x1b[0m \x1b[${COLOR[level]}m${line.slice(0, 5)}\x1b[0m${line.slice(5)}`
    : `${time} ${line}`;
}

function renderFields(fields: Fields): string {
  let out = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = oneLine(String(value));
    out += ` ${oneLine(name)}=${/[\s"=]/.test(text) || text === "" ? JSON.stringify(text) : text}`;
  }
  return out;
}

/** What colours text and moves nothing: SGR of ECMA-48. */
const COLORS = /\x1b\[[\d;:]*m/g;
const NO_COLOR = "\x1b[0m";

export function withoutColors(text: string): string {
  return text.includes("\x1b") ? text.replace(COLORS, "") : text;
}

/** As `oneLine`, but colours stay, and end with the line. */
export function oneColoredLine(text: string): string {
  if (!text.includes("\x1b")) return oneLine(text);
  const pieces = text.split(COLORS).map(oneLine);
  const colors = text.match(COLORS) ?? [];
  const line = pieces.map((piece, at) => piece + (colors[at] ?? "")).join("");
  return colors.length > 0 ? line + NO_COLOR : line;
}

/** Control characters escaped, so that nothing a client or an app says can begin a line or move a cursor. */
export function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (c) =>
    c === "\t" ? "\t" : c === "\n" ? "\\n" : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
