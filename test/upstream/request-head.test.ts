import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FIELDS_MOST, WORKER_FIELDS_MOST } from "../../src/core/requests/head-bounds.ts";
import { fateOf, nominated, withField } from "../../src/http/fields.ts";
import { decodeVisit, encodeVisit, VISIT_HEADER } from "../../src/http/reserved.ts";
import { type RequestHead, writeHead } from "../../src/upstream/request-head.ts";

const HEAD: RequestHead = {
  method: "GET",
  target: "/a?b",
  host: "example.org",
  fields: [],
  visit: ["facts"],
  body: undefined,
};

describe("request head: what is written", () => {
  for (const [what, given, lines] of [
    ["a request without fields", {}, []],
    [
      "end-to-end fields in their order and spelling, repeated and empty ones too",
      { fields: ["Accept", "a", "x-b", "", "ACCEPT", "c", "Cookie", "\xe9"] },
      ["Accept: a", "x-b: ", "ACCEPT: c", "Cookie: \xe9"],
    ],
    ["a body of known length", { body: 12 }, ["Content-Length: 12"]],
    ["an empty body", { body: 0 }, ["Content-Length: 0"]],
    ["a body of unknown length", { body: "chunked" }, ["Transfer-Encoding: chunked"]],
    [
      "no framing but its own",
      { fields: ["Content-Length", "5", "Transfer-Encoding", "chunked", "content-length", "6"], body: 7 },
      ["Content-Length: 7"],
    ],
    [
      "no field of one hop, no Expect, no Host of the client, no reserved one",
      {
        fields: [
          ...[
            "Keep-Alive",
            "a",
            "TE",
            "trailers",
            "Trailer",
            "b",
            "Upgrade",
            "h2c",
            "Proxy",
            "c",
            "Expect",
            "d",
          ],
          ...["Proxy-Authorization", "e", "Host", "f", "X-GW-Visit", "g", "x-gw-other", "h", "Accept", "i"],
        ],
      },
      ["Accept: i"],
    ],
    [
      "where the app is mounted, and no other word on that",
      {
        prefix: "/api",
        fields: ["X-Forwarded-Prefix", "/a", "x_forwarded-prefix", "/b", "Connection", "x-forwarded-prefix"],
      },
      ["X-Forwarded-Prefix: /api"],
    ],
    [
      "at the top, what the client's own proxies say of a prefix",
      { fields: ["X-Forwarded-Prefix", "/a"] },
      ["X-Forwarded-Prefix: /a"],
    ],
    [
      "the trace that gw has it in, and no other word on that",
      {
        trace: { traceparent: "00-a-b-01", tracestate: "v=1" },
        fields: ["Traceparent", "00-c-d-01", "tracestate", "x=y", "Connection", "traceparent"],
      },
      ["traceparent: 00-a-b-01", "tracestate: v=1"],
    ],
    [
      "where gw keeps no traces, what the client says of its own",
      { fields: ["Traceparent", "00-c-d-01", "tracestate", "x=y"] },
      ["Traceparent: 00-c-d-01", "tracestate: x=y"],
    ],
    [
      "a Connection that keeps or closes goes alone",
      { fields: ["Connection", "keep-alive", "A", "1"] },
      ["A: 1"],
    ],
    [
      "what Connection nominates goes with it, wherever it stands",
      {
        fields: [
          "X-A",
          "1",
          "Connection",
          "close, X-A",
          "x-b",
          "2",
          "X-a",
          "3",
          "connection",
          "X-B",
          "X-C",
          "4",
        ],
      },
      ["X-C: 4"],
    ],
    [
      "nominating Host or the framing changes neither",
      { fields: ["Connection", "host, content-length, x-gw-visit"], body: 3 },
      ["Content-Length: 3"],
    ],
    [
      "a WebSocket is asked for afresh",
      {
        fields: ["Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Key", "k"],
        webSocket: true,
      },
      ["Sec-WebSocket-Key: k", "Connection: Upgrade", "Upgrade: websocket"],
    ],
  ] as [string, Partial<RequestHead>, string[]][]) {
    test(what, () => {
      const head = ["GET /a?b HTTP/1.1", "Host: example.org", `${VISIT_HEADER}: facts`, ...lines, "", ""];
      expect(writeHead({ ...HEAD, ...given })).toBe(head.join("\r\n"));
    });
  }
});

describe("request head: whatever a client sends", () => {
  const known = [
    ...["Connection", "connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Proxy", "Proxy-Authorization"],
    ...[
      "Content-Length",
      "CONTENT-LENGTH",
      "Transfer-Encoding",
      "Host",
      "HOST",
      "Expect",
      "X-GW-Visit",
      "x-gw-a",
    ],
    ...["Accept", "Cookie", "X-A", "x-b", "Set-Cookie", "constructor"],
  ];
  const token = fc.string({ unit: fc.constantFrom(..."aZ09-_!#$%&'*+.^`|~"), minLength: 1, maxLength: 8 });
  const name = fc.oneof(fc.constantFrom(...known), token, fc.string({ unit: "binary-ascii", maxLength: 6 }));
  const nominees = fc.array(fc.oneof(fc.constantFrom(...known, "close"), token), { maxLength: 4 });
  // As the parser of requests gives them: no control character but tab, no character above one byte.
  const plain = fc.string({ unit: fc.constantFrom(..."aB1,;= \t\x80\xff"), maxLength: 12 });
  const value = fc.oneof(
    plain,
    nominees.map((names) => names.join(", ")),
    fc.constant("chunked"),
  );
  const fields = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat());
  const body = fc.oneof(fc.constant(undefined), fc.constant("chunked" as const), fc.nat());

  test("every line is one that gw makes, or an end-to-end field that nobody nominated, in order", () => {
    fc.assert(
      fc.property(fields, body, (given, wantedBody) => {
        const text = writeHead({ ...HEAD, fields: given, body: wantedBody });
        expect(text.endsWith("\r\n\r\n")).toBe(true);
        const [first, host, visit, ...lines] = text.slice(0, -4).split("\r\n");
        expect([first, host, visit]).toEqual([
          "GET /a?b HTTP/1.1",
          "Host: example.org",
          `${VISIT_HEADER}: facts`,
        ]);
        if (wantedBody === "chunked") expect(lines.pop()).toBe("Transfer-Encoding: chunked");
        else if (wantedBody !== undefined) expect(lines.pop()).toBe(`Content-Length: ${wantedBody}`);
        const pairs: [string, string][] = [];
        for (let i = 0; i < given.length; i += 2) pairs.push([given[i] ?? "", given[i + 1] ?? ""]);
        const gone = new Set(
          pairs
            .filter(([key]) => key.toLowerCase() === "connection")
            .flatMap(([, names]) => nominated(names)),
        );
        const kept = pairs.filter(([key]) => fateOf(key) === "pass" && !gone.has(key.toLowerCase()));
        expect(lines).toEqual(kept.map(([key, text]) => `${key}: ${text}`));
      }),
      { numRuns: 1000 },
    );
  });

  test("the facts of the visit arrive as they were written", () => {
    const facts = { token: "t", id: "i-1", scheme: "https", address: "2001:db8::1", port: 4711, queuedMs: 3 };
    const text = writeHead({ ...HEAD, fields: ["X-Gw-Visit", "forged"], visit: [encodeVisit(facts)] });
    const values = [...text.matchAll(/^x-gw-visit: (.*)\r$/gim)].map(([, line]) => decodeVisit(line ?? ""));
    expect(values).toEqual([facts]);
  });

  test("with the most fields that a client may send, and all that gw adds, there are no more than a worker takes", () => {
    const own = {
      ...{ prefix: "/shop", body: "chunked" as const, webSocket: true },
      trace: { traceparent: "00-1-2-01", tracestate: undefined },
    };
    const fields = ["Host", "a", ...Array.from({ length: FIELDS_MOST - 1 }, () => ["X-A", "b"]).flat()];
    const text = writeHead({ ...HEAD, ...own, fields: withField(fields, "X-Remote-User", "u") });
    // Without the first line and the two empty ones at the end.
    expect(text.split("\r\n").length - 3).toBeLessThanOrEqual(WORKER_FIELDS_MOST + 1);
  });
});
