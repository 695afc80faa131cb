// The Proxy-Status field of gw's own answers (RFC 9209): written by the front, and known again by whoever asks through it. Pure.

import { type Cause, ERRORS } from "../core/errors.ts";
import { fieldValue } from "./fields.ts";

const PROXY_NAME = "gw";

/** `gw; error=…; details="…"`. */
export function proxyStatus(cause: Cause, proxyError: string | undefined = ERRORS.bug.proxyError): string {
  return `${PROXY_NAME}; error=${proxyError}; details="${cause}"`;
}

/** Whether an answer with these fields is gw's own, and no app's. */
export function isOwnAnswer(fields: readonly string[]): boolean {
  return fieldValue(fields, "proxy-status")?.startsWith(`${PROXY_NAME}; error=`) ?? false;
}
