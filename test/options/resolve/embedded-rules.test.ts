import { describe, expect, test } from "bun:test";
import { EMBEDDED_ROWS } from "../../../src/options/declare/embedded.ts";
import { flagOf } from "../../../src/options/declare/names.ts";
import { KEYS, type Key, rowOf } from "../../../src/options/declare/table.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../facts.ts";
import { handedOver } from "../placed.ts";

const FILES = ["/srv/shop/app.ts", "/srv/shop/cert.pem"];

const serve = (argv: string[], env: Record<string, string> = {}, changes = {}) =>
  resolve({ argv: ["app.ts", "--embedded-mode", ...argv], env, facts: factsWith(FILES, changes) });
const whatOf = (...given: Parameters<typeof serve>) =>
  serve(...given).problems?.map(({ what }) => what) ?? [];
const warningsOf = (...given: Parameters<typeof serve>) => {
  const resolution = serve(...given);
  return resolution.problems ?? resolution.warnings;
};

test("embedded rules: of every option that a front end or an auth process acts on it is said what becomes of it, once", () => {
  const listed = EMBEDDED_ROWS.flatMap(({ options }) => options);
  expect(new Set(listed).size).toBe(listed.length);
  const isOfFront = (key: Key) => ["front", "auth"].includes(rowOf(key).reach);
  expect(KEYS.filter((key) => isOfFront(key) && !listed.includes(key))).toEqual([]);
});

/** A value that each option accepts, where "1" is none. */
const TEXTS: Partial<Record<Key, string>> = {
  healthPath: "/live",
  readyPath: "/ready",
  listen: "127.0.0.1:1",
  socketMode: "600",
  trustProxy: "::1",
  trustProxyHeader: "forwarded",
  sslMinProtocol: "TLSv1.3",
  hstsPolicy: "max-age=1",
  authType: "Digest",
  authPath: "/a",
  authExceptPath: "/a",
  remoteUserHeader: "X-User",
  urlAlias: "/a=b",
  directoryIndex: "index.html",
  mimeTypes: "a=b/c",
  spaFallback: "a.html",
  redirect: "/a=/b",
  canonicalHost: "a.b",
  responseHeader: "A=b",
  compressTypes: "text/*",
  errorDocument: "404=/a",
  mapHeadToGet: "on",
  mount: "/x",
  serverName: "a.b",
  serverAlias: "*.b",
  route: "/a=slow",
  defaultGroup: "a",
  serviceScript: "a=b",
  serviceArgument: "a=b",
  sticky: "address",
  accessLogFormat: "combined",
  accessLogExclude: "/a",
  slowRequests: "2s",
};

const REFUSED = EMBEDDED_ROWS.filter(({ fate }) => fate === "refused").flatMap(({ options, why }) =>
  options.map((key): [Key, string] => [key, why]),
);

test.each(REFUSED)("embedded rules: %s is refused by its name", (key, why) => {
  const { kind } = rowOf(key);
  const text = TEXTS[key] ?? (kind.parse("1") === undefined ? kind.print(rowOf(key).default) : "1");
  expect(whatOf([`${flagOf(key)}=${text}`])).toContain(`${key} cannot be used in embedded mode, ${why}`);
});

describe("besides options", () => {
  test("embedded rules: groups are refused where they stand", () => {
    const file = {
      path: "/srv/shop/gw.config.json",
      members: [
        { key: "embeddedMode", value: true, line: 1 },
        { key: "groups", value: { web: { app: "app.ts" } }, line: 2 },
      ],
      problems: [],
    };
    const resolution = resolve({ argv: [], env: {}, facts: factsWith(FILES), file });
    expect(resolution.problems?.map(({ what }) => what)).toEqual([
      "groups cannot be used in embedded mode, which serves one app on the whole port",
    ]);
  });

  test("embedded rules: what a service manager hands over is refused", () => {
    expect(whatOf([], {}, handedOver({ unix: "/run/a", descriptor: 3 }))).toEqual([
      "What LISTEN_FDS hands over cannot be used in embedded mode, where the workers take clients themselves, at host and port alone",
    ]);
  });
});

test("embedded rules: what has no effect is a warning, not an error", () => {
  const argv = ["--concurrency", "512", "--front-ends", "2", "--processes", "3"];
  expect(warningsOf(argv, { GW_MAX_QUEUE: "5" })).toEqual([
    "processes (--processes) has no effect in embedded mode, where --front-ends says how many workers share the port",
    "concurrency (--concurrency) has no effect in embedded mode, which has no front end and no queue",
    "maxQueue (GW_MAX_QUEUE) has no effect in embedded mode, which has no front end and no queue",
  ]);
});

test("embedded rules: what works there is neither refused nor warned of", () => {
  const argv = ["--host", "127.0.0.1", "--port", "9", "--server-backlog", "9", "--limit-request-body", "1k"];
  expect(warningsOf(argv)).toEqual([]);
});

test("embedded rules: without embedded mode nothing of this is said", () => {
  const resolution = resolve({ argv: ["app.ts", "--sticky", "address"], env: {}, facts: factsWith(FILES) });
  expect(resolution.problems ?? resolution.warnings).toEqual([]);
});
