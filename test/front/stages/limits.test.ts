import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GwError } from "../../../src/core/errors.ts";
import type { ClientRequest } from "../../../src/front/door/h1/client-request.ts";
import { admitBody, checkHead } from "../../../src/front/stages/limits.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { FakeClient, HEADS, visitOf } from "../fakes.ts";

const LIMIT_BYTES = 1000;
const DEFAULT_HOST = "127.0.0.1:8000";

type Given = Partial<ClientRequest> & { fields?: string[] };

function check(given: Given): Visit {
  return checked(visitOf(new FakeClient(given).client));
}

function checked(visit: Visit): Visit {
  checkHead(visit, DEFAULT_HOST, HEADS);
  admitBody(visit, LIMIT_BYTES);
  return visit;
}

function causeOf(given: Given): string {
  try {
    check(given);
    return "none";
  } catch (error) {
    if (error instanceof GwError) return error.cause_;
    throw error;
  }
}

const body = (...fields: string[]): Given => ({
  method: "POST",
  hasBody: true,
  fields: ["Host", "a", ...fields],
});

describe("limits: where a request goes", () => {
  for (const [what, given, host, target] of [
    ["the path and Host as sent", { target: "/a/../b?c=%20d" }, "a", "/a/../b?c=%20d"],
    ["an empty path stays two slashes", { target: "//a" }, "a", "//a"],
    ["absolute form wins over Host", { target: "http://b:81/c?d" }, "b:81", "/c?d"],
    ["absolute form in any letter case", { target: "HTTPS://B/c" }, "B", "/c"],
    ["absolute form without a path", { target: "http://b" }, "b", "/"],
    ["absolute form with a query only", { target: "http://b?c" }, "b", "/?c"],
    ["HTTP/1.0 without Host", { isHttp10: true, fields: [] }, "127.0.0.1:8000", "/"],
    ["HTTP/1.0 with Host", { isHttp10: true }, "a", "/"],
  ] as [string, Given, string, string][]) {
    test(what, () => {
      const visit = check(given);
      expect([visit.host, visit.target]).toEqual([host, target]);
    });
  }
});

describe("limits: what is refused", () => {
  test.each([
    [{ target: "/a?b", fields: ["Host", "a", "x", "y".repeat(70_000)] }, "/a?b"],
    [{ target: `/${"a".repeat(16_384)}` }, `/${"a".repeat(16_384)}`],
    [{ target: "/a", fields: [] }, "/a"],
    [{ target: "http://name:password@b/" }, "/"],
  ])("the log can tell what it was: %#", (given, target) => {
    const visit = visitOf(new FakeClient(given).client);
    expect(() => checked(visit)).toThrow();
    expect(visit.target).toBe(target);
  });

  for (const [what, given, cause] of [
    ["no Host", { fields: [] }, "bad_host"],
    ["two Hosts", { fields: ["Host", "a", "host", "a"] }, "bad_host"],
    ["a junk Host", { fields: ["Host", "a b"] }, "bad_host"],
    ["a Host that no URL can hold", { fields: ["Host", "999.999.1.1"] }, "bad_host"],
    ["an empty Host", { fields: ["Host", ""] }, "bad_host"],
    ["two Hosts in HTTP/1.0", { fields: ["Host", "a", "Host", "b"], isHttp10: true }, "bad_host"],
    ["absolute form with a junk host", { target: "http://a@b/" }, "bad_host"],
    ["absolute form cannot save a missing Host", { target: "http://b/", fields: [] }, "bad_host"],
    ["CONNECT", { method: "CONNECT", target: "a:80" }, "method_not_implemented"],
    ["another scheme", { target: "ftp://a/" }, "malformed_request"],
    ["no host in absolute form", { target: "http:///a" }, "malformed_request"],
    ["a bare word", { target: "a" }, "malformed_request"],
    ["an asterisk", { target: "*" }, "malformed_request"],
    ["a fragment", { target: "/a#b" }, "malformed_request"],
    ["a target that is too long", { target: `/${"a".repeat(16_384)}` }, "target_too_long"],
    ["a name that is no token", { fields: ["Host", "a", "b c", "d"] }, "malformed_request"],
    ["an unknown expectation", { fields: ["Host", "a", "Expect", "tea"] }, "expectation_failed"],
    ["a body over the limit, told by its length", body("Content-Length", "1001"), "request_body_too_large"],
    ["chunks in HTTP/1.0", { ...body("Transfer-Encoding", "chunked"), isHttp10: true }, "malformed_request"],
    ["another coding", body("Transfer-Encoding", "gzip"), "malformed_request"],
    ["two codings", body("Transfer-Encoding", "gzip, chunked"), "malformed_request"],
    [
      "chunked twice",
      body("Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"),
      "malformed_request",
    ],
    ["an empty coding", body("Transfer-Encoding", ""), "malformed_request"],
  ] as [string, Given, string][]) {
    test(`${what}: ${cause}`, () => expect(causeOf(given)).toBe(cause));
  }

  test("whatever the target is, it goes on as a path on one line, or not at all", () => {
    const part = fc.constantFrom(
      "/",
      "http://",
      "HTTPS://",
      "a",
      "b.c",
      ":80",
      "?",
      "#",
      "@",
      "*",
      "%2e",
      "..",
      "\\",
      "[",
      "]",
      "\xe9",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const target = parts.join("");
        if (causeOf({ target }) !== "none") return;
        const visit = check({ target });
        expect(visit.target[0]).toBe("/");
        expect(target.endsWith(visit.target.slice(1))).toBe(true);
        expect(URL.canParse(`http://${visit.host}/`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("limits: bodies", () => {
  test("a request without a body has no intake", () => {
    expect(check({}).intake).toBeUndefined();
    expect(check({ fields: ["Host", "a", "Content-Length", "0"] }).intake).toBeUndefined();
  });

  test("a body at the limit passes with its length, a chunked one without", () => {
    expect(check(body("Content-Length", "1000")).intake?.framing).toBe(1000);
    expect(check(body("Transfer-Encoding", "Chunked")).intake?.framing).toBe("chunked");
  });

  test("100-continue is an expectation in any letter case, and nothing to HTTP/1.0", () => {
    for (const [isHttp10, acts] of [
      [false, ["continue"]],
      [true, []],
    ] as const) {
      const fake = new FakeClient({ ...body("Content-Length", "5", "Expect", "100-Continue"), isHttp10 });
      const visit = checked(visitOf(fake.client));
      visit.intake?.gather();
      expect(fake.acts).toEqual([...acts]);
    }
  });
});
