import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PLAIN_DIRECTIVES } from "../../../src/core/logging/access-format.ts";
import { AccessEntry } from "../../../src/front/telling/access-entry.ts";
import { compileFormat } from "../../../src/front/telling/access-line.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { FakeClient, visitOf } from "../fakes.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

type Given = Parameters<typeof visitOf>[0] extends never
  ? never
  : ConstructorParameters<typeof FakeClient>[0];

function entryOf(given: Given = {}, changes: Partial<Visit> = {}): AccessEntry {
  const visit = visitOf(new FakeClient(given).client, 100, "run-1");
  Object.assign(visit, { group: "shop", host: "a.test", ...changes });
  const entry = new AccessEntry();
  entry.fill(visit, 110.5, AT + 10.5);
  return entry;
}

const ANSWERED: Partial<Visit> = {
  status: 200,
  sentBytes: 5,
  admittedAt: 101,
  queuedMs: 2,
  startedAt: 103,
  connectedAt: 104,
  headAt: 109,
  attempts: 1,
  slot: 3,
  answerFields: ["Content-Type", "text/plain"],
};
const line = (format: string, entry: AccessEntry) => compileFormat(format)(entry);

describe("access line", () => {
  test.each([
    ["%h %l %u", "192.0.2.7 - -"],
    ["%r", "GET /a HTTP/1.1"],
    ["%m %U%q %H", "GET /a?b=c HTTP/1.1"],
    ["%s %>s %b %B %O", "200 200 5 5 5"],
    ["%D %T %{ms}T %{us}T %{s}T", "10500 0 10 10500 0"],
    ["%{msec}t %{sec}t %{iso}t", `${AT} ${AT / 1000} 2026-01-02T03:04:05.000Z`],
    ["%{Content-Type}o %{x-none}o %{HOST}i", "text/plain - a"],
    ["%{receive}n %{queue}n %{connect}n %{app}n %{body}n %{total}n", "1 2 1 5 1.5 10.5"],
    ["%{worker}n %P %{attempts}n %{group}n %{scheme}n %{cause}n %L %{id}n", "3 3 1 shop http - run-1 run-1"],
    ["%X %V %v %%", "+ a.test a.test %"],
  ])("%s", (format, wanted) => {
    expect(line(format, entryOf({ target: "/a?b=c" }, ANSWERED))).toBe(wanted);
  });

  test("common has the time of the request as Apache writes it", () => {
    expect(line("common", entryOf({}, ANSWERED))).toMatch(
      /^192\.0\.2\.7 - - \[0[123]\/Jan\/2026:\d\d:\d\d:05 [+-]\d{4}\] "GET \/ HTTP\/1\.1" 200 5$/,
    );
  });

  test("what was not reached is a dash", () => {
    expect(line("%s %b %{app}n %{queue}n %P %X", entryOf())).toBe("000 - - - - X");
  });

  test("a trace id is that of a traceparent which is one", () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const of = (value: string) => line("%{trace_id}n", entryOf({ fields: ["traceparent", value] }));
    expect([
      of(`00-${id}-00f067aa0ba902b7-01`),
      of(`00-${"0".repeat(32)}-00f067aa0ba902b7-01`),
      of("x"),
    ]).toEqual([id, "-", "-"]);
  });

  test("what TLS has settled, where gw speaks it", () => {
    const entry = entryOf({}, ANSWERED);
    expect(line("%{tls_version}n %{tls_cipher}n", entry)).toBe("- -");
    entry.tls = { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" } as AccessEntry["tls"];
    expect(line("%{tls_version}n %{tls_cipher}n", entry)).toBe("TLSv1.3 TLS_AES_128_GCM_SHA256");
    expect(JSON.parse(line("json", entry))).toMatchObject({
      "tls.protocol.version": "1.3",
      "tls.cipher": "TLS_AES_128_GCM_SHA256",
    });
  });

  test("where gw keeps traces, its own trace id counts", () => {
    const trace = { traceId: "a".repeat(32) } as Visit["trace"];
    const said = ["traceparent", `00-${"b".repeat(32)}-00f067aa0ba902b7-01`];
    const entry = entryOf({ fields: said }, { ...ANSWERED, trace });
    expect(line("%{trace_id}n", entry)).toBe("a".repeat(32));
    expect(JSON.parse(line("json", entry))["trace.id"]).toBe("a".repeat(32));
    entry.fillUnread(
      { id: "r", cause: "malformed_request", status: 400, bytes: 9, address: "", line: "" },
      AT,
    );
    expect(line("%{trace_id}n", entry)).toBe("-");
  });

  test("what was no request: its first line, as far as it was read", () => {
    const entry = entryOf({}, ANSWERED);
    entry.fillUnread(
      { id: "r", cause: "malformed_request", status: 400, bytes: 9, address: "::1", line: 'GE\x1b"T' },
      AT,
    );
    expect(line("combined", entry)).toMatch(/^::1 - - \[.+\] "GE\\x1b\\"T" 400 9 "-" "-"$/);
    expect(JSON.parse(line("json", entry))).toMatchObject({
      "http.request.line": 'GE\x1b"T',
      "http.response.status_code": 400,
      "error.type": "malformed_request",
    });
  });

  test.each([
    ["GET /auth?token=SECRET HTTP/9.9", "GET /auth HTTP/9.9"],
    ["GET /auth?token=SECRET X HTTP/1.1", "GET /auth HTTP/1.1"],
    ["GET /auth?token=SECRET", "GET /auth"],
    ["GET http://user:SECRET@h/a?b=SECRET HTTP/9.9", "GET http://h/a HTTP/9.9"],
    ["GET //a@b", "GET //b"],
    ["\x16\x03\x01?SECRET\nSECRET", "\x16\x03\x01"],
  ])("no query and no password of what was no request: %j", (first, shown) => {
    const entry = entryOf({}, ANSWERED);
    const told = { id: "r", cause: "malformed_request", status: 400, bytes: 9, address: "::1" } as const;
    entry.fillUnread({ ...told, line: first }, AT);
    expect(entry.line).toBe(shown);
    for (const format of ["common", "combined", "json", "%r"])
      expect(line(format, entry)).not.toContain("SECRET");
  });

  test("a target in absolute form is shown without its user", () => {
    const entry = entryOf({ target: "http://user:SECRET@a.test/x?y" }, ANSWERED);
    expect(line("%r", entry)).toBe("GET http://a.test/x HTTP/1.1");
    expect(line("%r", entryOf({ target: "/a//b@c" }, ANSWERED))).toBe("GET /a//b@c HTTP/1.1");
  });

  test("json has what there is, and no member without a value", () => {
    expect(JSON.parse(line("json", entryOf({ target: "/a?secret" }, ANSWERED)))).toEqual({
      "@timestamp": "2026-01-02T03:04:05.000Z",
      "log.source": "access",
      "http.request.method": "GET",
      "url.path": "/a",
      "url.scheme": "http",
      "server.address": "a.test",
      "network.protocol": "HTTP/1.1",
      "client.address": "192.0.2.7",
      "http.response.status_code": 200,
      "http.response.body.size": 5,
      "http.request.id": "run-1",
      "gw.group": "shop",
      "gw.worker": 3,
      "gw.attempts": 1,
      "gw.receive_ms": 1,
      "gw.queue_ms": 2,
      "gw.connect_ms": 1,
      "gw.app_ms": 5,
      "gw.body_ms": 1.5,
      "gw.total_ms": 10.5,
    });
  });

  test("every directive says something", () => {
    const letters = Object.keys(PLAIN_DIRECTIVES).filter((letter) => letter !== "%");
    for (const letter of letters)
      expect(line(`%${letter}`, entryOf({ target: "/?q" }, ANSWERED))).not.toBe("");
  });

  test("nobody can forge a line, or a column of one, whatever a client sends", () => {
    const latin1 = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(latin1, latin1, latin1, (target, agent, method) => {
        const given = { method: `M${method}`, target: `/${target}`, fields: ["User-Agent", agent] };
        const entry = entryOf(given, ANSWERED);
        const text = line("combined", entry);
        expect(text).toMatch(/^\S+ - - \[[^\]]+\] "(?:[^"\\]|\\.)*" 200 5 "-" "(?:[^"\\]|\\.)*"$/);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        const json = line("json", entry);
        expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        expect(JSON.parse(json)).toMatchObject({ "http.request.method": `M${method}` });
      }),
    );
  });
});
