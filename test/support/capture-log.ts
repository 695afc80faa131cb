// A Log that keeps its lines.
import { createLog, type Log, type LogLine } from "../../src/core/log.ts";

export function captureLog(): { log: Log; lines: LogLine[]; texts(): string[] } {
  const lines: LogLine[] = [];
  return { log: createLog((line) => lines.push(line)), lines, texts: () => lines.map(({ text }) => text) };
}
