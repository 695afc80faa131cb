// What a command of the operator's was told by gw, and has added to a file.
import { existsSync, readFileSync } from "node:fs";
import type { ServerEvent } from "../../src/link/server-events.ts";

/** For --on-event: adds each event to the file, a line each. */
export const keepEvents = (file: string): string => `cat >> ${file}; echo >> ${file}`;

/** In their order. */
export function toldEvents(file: string): ServerEvent[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ServerEvent);
}
