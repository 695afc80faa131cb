// Dates of HTTP (RFC 9110 section 5.6.7): the Date field, made once a second, and what others have written.

import type { Clock } from "../core/clock.ts";

export function httpDate(clock: Clock): () => string {
  let second = -1;
  let text = "";
  return () => {
    const now = Math.floor(clock.wall() / 1000);
    if (now !== second) {
      second = now;
      text = printHttpDate(now * 1000);
    }
    return text;
  };
}

/** `ms` since 1970, of which a part of a second is not shown. */
export const printHttpDate = (ms: number): string => new Date(ms).toUTCString();

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = "(\\d{2}):(\\d{2}):(\\d{2})";
/** `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. */
const FORMS = [
  new RegExp(`^[a-z]{3}, (?<day>\\d{2}) (?<month>[a-z]{3}) (?<year>\\d{4}) ${TIME} gmt$`, "i"),
  new RegExp(`^[a-z]{6,9}, (?<day>\\d{2})-(?<month>[a-z]{3})-(?<year>\\d{2}) ${TIME} gmt$`, "i"),
  new RegExp(`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`, "i"),
];

/**
 * Milliseconds since 1970; undefined for what is no date. `nowMs`: a year of two digits is the last one with them that is not
 * more than 50 years ahead.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const match = form.exec(text);
    const { day = "", month = "", year = "" } = match?.groups ?? {};
    if (!match) continue;
    const at = MONTHS.indexOf(month.toLowerCase());
    const [hour = 0, minute = 0, second = 0] = timeOf(match);
    const fullYear = year.length === 2 ? nearYear(Number(year), nowMs) : Number(year);
    const date = new Date(0);
    date.setUTCFullYear(fullYear, at, Number(day));
    const isDay = at >= 0 && date.getUTCMonth() === at && date.getUTCDate() === Number(day);
    if (!isDay || hour > 23 || minute > 59 || second > 60) return undefined;
    return date.setUTCHours(hour, minute, second);
  }
  return undefined;
}

/** The three figures that stand together, wherever the year is. */
function timeOf(match: RegExpExecArray): number[] {
  return (/(\d{2}):(\d{2}):(\d{2})/.exec(match[0]) ?? []).slice(1).map(Number);
}

function nearYear(digits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + digits;
  return year > thisYear + 50 ? year - 100 : year;
}
