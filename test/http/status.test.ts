import { describe, expect, test } from "bun:test";
import { STATUS_CODES } from "node:http";
import { ERRORS, type ErrorRow } from "../../src/core/errors.ts";
import { httpDate } from "../../src/http/date.ts";
import { reasonPhrase } from "../../src/http/status.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Phrases that RFC 9110 has changed since the runtime's table was written. */
const RENAMED: Record<number, string> = { 413: "Content Too Large" };

const statuses = new Set(
  Object.values(ERRORS as Record<string, ErrorRow>)
    .map(({ status }) => status)
    .filter((status) => status !== undefined),
);

describe("status: reason phrases", () => {
  for (const status of statuses) {
    test(`${status}, which gw answers, has the phrase of RFC 9110`, () =>
      expect(reasonPhrase(status)).toBe(RENAMED[status] ?? STATUS_CODES[status] ?? "none"));
  }

  test("a status without a phrase has a word all the same", () => expect(reasonPhrase(599)).toBe("Error"));
});

describe("date", () => {
  test("the Date field is an IMF-fixdate and changes with the second", () => {
    const clock = new FakeClock();
    const date = httpDate(clock);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(999);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(1);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:01 GMT");
  });
});
