// Statuses: their reason phrases, and which have no body. Pure.

import { STATUS_CODES } from "node:http";

/** What the registry of today (RFC 9110 section 16.2.1) calls otherwise than the runtime does. */
const RENAMED: Record<number, string> = {
  413: "Content Too Large",
  422: "Unprocessable Content",
};

const CLASSES = ["", "Informational", "Success", "Redirection", "Client Error", "Server Error"];

/** Of a status that has none that of its class, as which it is to be understood (RFC 9110 section 15). */
export function reasonPhrase(status: number): string {
  return RENAMED[status] ?? STATUS_CODES[status] ?? CLASSES[Math.floor(status / 100)] ?? "Unknown";
}

/** An answer with this status has no body, by rule (RFC 9110 section 6.4.1). */
export const hasNoBody = (status: number): boolean => status < 200 || status === 204 || status === 304;
