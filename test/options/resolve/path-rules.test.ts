// Paths of clients in options: those that no request can have, and those that can be read in two ways.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, resolveGroups, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const FILES = ["/srv/shop/app.ts", "/srv/shop/api.ts"];
const resolveFlags = (...argv: string[]) =>
  resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith(FILES) });

describe("path-rules: what stands beside the mount of its group is told to be idle", () => {
  const warningsOf = (api: object, outside: object = {}, shop: object = {}) =>
    good(
      resolveGroups(
        { shop: { app: "app.ts", ...shop }, api: { app: "api.ts", mount: "/api", ...api } },
        outside,
        { facts: factsWith(FILES) },
      ),
    ).warnings;

  test.each([
    ["rateLimit", { rateLimit: ["address 5/s path=/login"] }, "/login"],
    ["limitRequestBody", { limitRequestBody: { "/upload": "1G" } }, "/upload"],
    ["priority", { priority: { "/health": "high" } }, "/health"],
    ["priority", { priority: { "/apix/*": "high" } }, "/apix/"],
  ])("path-rules: %s of %j", (key, api, path) => {
    expect(warningsOf(api)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${key} \\(.*\\) has no effect for "${path}", because the group "api" is mounted at "/api"$`,
        ),
      ),
    ]);
  });

  test.each([
    [{ rateLimit: ["address 5/s path=/api/login"] }],
    [{ rateLimit: ["address 5/s path=/API"] }],
    [{ rateLimit: ["address 5/s"] }],
    [{ limitRequestBody: { "/": "1G" } }],
    [{ priority: { "/*": "low" } }],
  ])("path-rules: %j is good", (api) => expect(warningsOf(api)).toEqual([]));

  test("path-rules: said for all, it is enough that it is good for one", () => {
    expect(warningsOf({}, { rateLimit: ["address 5/s path=/login"] })).toEqual([]);
  });

  test("path-rules: by routes any path may come", () => {
    const routed = { route: { "/login": "api" } };
    expect(warningsOf({ rateLimit: ["address 5/s path=/login"] }, {}, routed)).toEqual([]);
  });
});

describe("path-rules: stars and dots that would stand for themselves are refused", () => {
  test.each([
    [["--limit-request-body", "/a/*=1G"]],
    [["--rate-limit", "address 1/s path=/a/*"]],
    [["--priority", "/a?b=high"]],
    [["--priority", "/a/*/b=high"]],
    [["--priority", "/a*=high"]],
    [["--auth-path", "/admin/*"]],
    [["--auth-except-path", "/admin/*"]],
    [["--ignore-activity", "/a*"]],
    [["--access-log-exclude", "/a?b"]],
    [["--access-log-exclude", "*.css"]],
    [["--error-document", "404", "/../x"]],
    [["--error-document", "404", "/a/./x"]],
    [["--error-document", "404", "/a/.."]],
    [["--error-document", "404", "//x"]],
    [["--compress-types", "text/event-stream"]],
  ])("path-rules: %j", (argv) => expect(whatOf(resolveFlags(...argv))).toHaveLength(1));

  test.each([
    [["--priority", "/*=high"]],
    [["--priority", "/a/*=low"]],
    [["--access-log-exclude", "/a/*"]],
    [["--auth-path", "/admin", "--auth-user-file", "app.ts"]],
    [["--error-document", "404", "/a/..b?c=//../x"]],
    [["--error-document", "404", "/"]],
    [["--compress-types", "text/event-streams"]],
  ])("path-rules: %j is good", (argv) => expect(whatOf(resolveFlags(...argv))).toEqual([]));
});
