import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { DAY_MS, describeExpiry, expiresSoon, judgeDates } from "../../src/certificates/dates.ts";
import { issue } from "../support/issue.ts";

const certificate = new X509Certificate(issue({ name: "shop.test" }).certificate);
const BEGINS = Date.parse(certificate.validFrom);
const ENDS = Date.parse(certificate.validTo);
const judge = (nowMs: number) =>
  judgeDates({ certificate, source: { path: "/c.pem", from: "--ssl", text: "" }, at: 2 }, nowMs);

describe("dates", () => {
  test("a certificate holds from its first moment to its last", () => {
    for (const nowMs of [BEGINS, ENDS]) expect(judge(nowMs)).toBeUndefined();
  });

  test("before and after, the problem says which, since when and what to do", () => {
    expect(judge(BEGINS - 1)).toMatchObject({
      what: `Certificate 2 in "/c.pem" (shop.test) is not valid before ${new Date(BEGINS).toISOString()}`,
      from: "--ssl",
    });
    const day = new Date(ENDS).toISOString().slice(0, 10);
    const over = (ms: number) => judge(ENDS + ms)?.what;
    expect(over(1)).toBe(`Certificate 2 in "/c.pem" (shop.test) expired on ${day}, 0 days ago`);
    expect(over(DAY_MS)).toEndWith("1 day ago");
    expect(over(9.5 * DAY_MS)).toEndWith("9 days ago");
    expect(judge(ENDS + 1)?.advice).toStartWith("Renew it");
  });

  test.each([
    [0, true],
    [21 * DAY_MS, true],
    [21 * DAY_MS + 1, false],
    [-1, false],
  ])("%d ms before its end, it expires soon: %p", (beforeMs, isSoon) => {
    expect(expiresSoon(ENDS, ENDS - beforeMs)).toBe(isSoon);
  });

  test("that it expires is one sentence", () => {
    expect(describeExpiry("/c.pem", Date.UTC(2030, 0, 31, 5), Date.UTC(2030, 0, 30))).toBe(
      'the certificate in "/c.pem" expires on 2030-01-31, in 1 day',
    );
  });
});
