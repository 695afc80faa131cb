// What is known of a value that came from outside (JSON, an app, another process) before anything in it is read. Pure.

/** An object of names and values; a list is none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
