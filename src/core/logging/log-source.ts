// Who speaks in the log: the process or the app, by the tag that its lines bear. Levels are set by these words, and the forms
// for machines have them as a field.

export const SOURCES = [
  "supervisor",
  "front",
  "worker",
  "app",
  "auth",
  "metrics",
  "exporter",
  "notifier",
] as const;
export type LogSource = (typeof SOURCES)[number];

/** Of a line of gw's own: `front 1`, `metrics`, `exporter`, `api worker 3`, `api auth 1`, or nothing for the supervisor. */
export function sourceOf(tag: string): LogSource {
  if (tag === "") return "supervisor";
  if (/^front \d+$/.test(tag)) return "front";
  if (tag === "metrics" || tag === "exporter" || tag === "notifier") return tag;
  return /(?:^| )auth \d+$/.test(tag) ? "auth" : "worker";
}
