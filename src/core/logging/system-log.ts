// Lines of the log in the forms of the system's own logs: the journal's native protocol, with fields that journalctl can ask for,
// and that of syslog. Pure.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL/, RFC 3164

import type { Level } from "../log.ts";
import type { MachineLine } from "./log-format.ts";

/** Where the log goes, and at which socket that is. */
export type LogTarget = { kind: "journald" | "syslog"; path: string };

const SOCKETS = { journald: "/run/systemd/journal/socket", syslog: "/dev/log" } as const;
const TARGET = /^(journald|syslog)(?::(\/[^\0]{1,100}))?$/;

/** Undefined for the terminal. */
export function readTarget(text: string): LogTarget | undefined {
  const [, kind, path] = TARGET.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind as LogTarget["kind"], path: path ?? SOCKETS[kind as LogTarget["kind"]] };
}

/** Of syslog; the journal has taken them over. */
const SEVERITIES: Record<Level, number> = { error: 3, warn: 4, info: 6, debug: 7 };
const DAEMON = 3;
const NAME = "gw";

/** `pid`: the supervisor's, under which units are known; that of the line is a field. */
export function systemLogEntry(line: MachineLine, target: LogTarget, pid: number): string {
  return target.kind === "journald" ? journalEntry(line) : syslogEntry(line, pid);
}

function journalEntry({ level, source, who, message, fields }: MachineLine): string {
  const all: [string, unknown][] = [
    ["MESSAGE", who ? `${who}: ${message}` : message],
    ["PRIORITY", SEVERITIES[level]],
    ["SYSLOG_IDENTIFIER", NAME],
    ["GW_SOURCE", source],
    ["GW_PROCESS", who || undefined],
    ...Object.entries(fields).map(([name, value]): [string, unknown] => [fieldName(name), value]),
  ];
  return all
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${oneText(value)}\n`)
    .join("");
}

/** Upper case, and never with an underline at the front: those are the journal's own. What an app calls so is an app's word. */
function fieldName(name: string): string {
  const word = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+/, "");
  return (word.startsWith("GW_") ? word : `GW_${word}`).slice(0, 64);
}

function syslogEntry({ wallMs, level, who, message, fields }: MachineLine, pid: number): string {
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${oneText(value)}`);
  const text = `${who ? `${who}: ` : ""}${message}${rest.join("")}`;
  return `<${DAEMON * 8 + SEVERITIES[level]}>${syslogTime(wallMs)} ${NAME}[${pid}]: ${oneText(text)}`;
}

/** `Jan  2 03:04:05`, in the time of this machine. */
function syslogTime(wallMs: number): string {
  const [, month, day, , time] = new Date(wallMs).toString().split(" ");
  return `${month} ${day?.replace(/^0/, " ")} ${time}`;
}

/** In both, a line feed would begin something else. */
function oneText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.replace(/[\x00-\x1f\x7f]/g, (c) =>
    c === "\t" ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
