// Lines of records as they come in, each member looked at.

import { isRecord } from "../../core/records.ts";
import type { SpanRecord } from "./spans.ts";

/** The records of a text; what is none is left out. */
export function readSpans(text: string): SpanRecord[] {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      const value: unknown = JSON.parse(line);
      return isSpan(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isSpan(value: unknown): value is SpanRecord {
  if (!isRecord(value)) return false;
  if (value.kind === "request")
    return hasAll(value, REQUEST_TEXTS, REQUEST_FIGURES) && areRightWhereThere(value);
  return value.kind === "end" && hasAll(value, ["name", "reason", "how"], ["atMs", "pid"]);
}

const REQUEST_TEXTS = [
  "traceId",
  "spanId",
  "method",
  "path",
  "scheme",
  "host",
  "protocol",
  "address",
  "id",
  "group",
];
const REQUEST_FIGURES = ["startMs", "totalMs", "status", "bytesIn", "bytesOut", "worker", "attempts"];

function areRightWhereThere({ link, error, queue, app, exception }: Record<string, unknown>): boolean {
  return (
    (link === undefined || hasMembers(link, ["traceId", "spanId"], [])) &&
    (error === undefined || hasMembers(error, ["cause"], [])) &&
    (exception === undefined || hasMembers(exception, ["type", "message"], [])) &&
    (queue === undefined || hasMembers(queue, [], ["atMs", "forMs"])) &&
    (app === undefined || hasMembers(app, ["spanId"], ["atMs", "forMs", "connectMs"]))
  );
}

const hasMembers = (value: unknown, texts: readonly string[], figures: readonly string[]) =>
  isRecord(value) && hasAll(value, texts, figures);

const hasAll = (value: Record<string, unknown>, texts: readonly string[], figures: readonly string[]) =>
  texts.every((name) => typeof value[name] === "string") &&
  figures.every((name) => Number.isFinite(value[name]));
