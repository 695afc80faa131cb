// What a running gw tells, made safe for a terminal before any colour of ours is added: nothing from elsewhere begins a line,
// moves a cursor, or has a colour. Pure.
import { oneLine } from "../../core/log.ts";

/** The same value with all its texts as one line each. */
export function cleanTexts(value: unknown): unknown {
  if (typeof value === "string") return oneLine(value);
  if (Array.isArray(value)) return value.map(cleanTexts);
  // What was made here, and not told, has no texts of others.
  if (typeof value !== "object" || value === null || value instanceof Map) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      oneLine(name),
      isText(name, part) ? cleanLines(part) : cleanTexts(part),
    ]),
  );
}

/** An app's own text has lines. */
const isText = (name: string, value: unknown): value is string =>
  (name === "detail" || name === "lastWords") && typeof value === "string";

const cleanLines = (text: string) => text.split("\n").map(oneLine).join("\n");
