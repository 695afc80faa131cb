// From when to when a certificate holds. Pure.

import type { Problem } from "../options/declare/problems.ts";
import { type Link, nameOf } from "./chain.ts";
import { wrong } from "./wrong.ts";

export const DAY_MS = 24 * 60 * 60_000;
/** What is not renewed so long before its end may not be renewed at all; certbot begins at 30 days. */
const WARNING_DAYS = 21;

export function judgeDates({ certificate, source, at }: Link, nowMs: number): Problem | undefined {
  const { validFrom, validTo, subject } = certificate;
  const which = `Certificate ${at} in "${source.path}" (${nameOf(subject)})`;
  const [begins, ends] = [Date.parse(validFrom), Date.parse(validTo)];
  if (nowMs > ends) {
    const what = `${which} expired on ${dayOf(ends)}, ${days(nowMs - ends)} ago`;
    return wrong(
      what,
      source.from,
      "Renew it; where it was renewed, look whether this is the file that was written",
    );
  }
  if (nowMs >= begins) return undefined;
  const what = `${which} is not valid before ${new Date(begins).toISOString()}`;
  return wrong(what, source.from, "Wait until then, or set this machine's clock, which may be slow");
}

/** It holds, but not for long. */
export function expiresSoon(expiresAtMs: number, nowMs: number): boolean {
  return nowMs <= expiresAtMs && expiresAtMs - nowMs <= WARNING_DAYS * DAY_MS;
}

/** One sentence, of one that has not expired. */
export function describeExpiry(path: string, expiresAtMs: number, nowMs: number): string {
  return `the certificate in "${path}" expires on ${dayOf(expiresAtMs)}, in ${days(expiresAtMs - nowMs)}`;
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function days(ms: number): string {
  const whole = Math.floor(ms / DAY_MS);
  return whole === 1 ? "1 day" : `${whole} days`;
}
