import { describe, expect, test } from "bun:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { spansOf } from "../../src/exporter/to-spans.ts";
import type { RequestRecord, SpanRecord } from "../../src/link/traces/spans.ts";

const TOOLS = {
  resource: emptyResource(),
  scope: { name: "gw", version: "1" },
  newId: (digits: number) => "9".repeat(digits),
};
const REQUEST: RequestRecord = {
  kind: "request",
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  startMs: 1_000.5,
  totalMs: 20,
  method: "GET",
  path: "/a",
  scheme: "https",
  host: "a.test:8443",
  protocol: "HTTP/2.0",
  address: "192.0.2.1",
  status: 200,
  bytesIn: 1,
  bytesOut: 5,
  id: "x-1",
  group: "shop",
  worker: 3,
  attempts: 1,
  isWhole: true,
};
const of = (given: Partial<RequestRecord> = {}) => spansOf({ ...REQUEST, ...given }, TOOLS);
const only = (record: SpanRecord): ReadableSpan => {
  const [span] = spansOf(record, TOOLS);
  if (!span) throw new Error("no span");
  return span;
};

describe("spans of a request", () => {
  test("that of the server, by the conventions for HTTP", () => {
    const span = only({ ...REQUEST, agent: "curl", error: { cause: "x" } });
    expect([span.name, span.kind, span.startTime, span.endTime, span.duration]).toEqual([
      "GET",
      SpanKind.SERVER,
      [1, 500_000],
      [1, 20_500_000],
      [0, 20_000_000],
    ]);
    expect(span.attributes).toEqual({
      "http.request.method": "GET",
      "url.path": "/a",
      "url.scheme": "https",
      "server.address": "a.test",
      "server.port": 8443,
      "client.address": "192.0.2.1",
      "network.protocol.name": "http",
      "network.protocol.version": "2.0",
      "user_agent.original": "curl",
      "http.response.status_code": 200,
      "error.type": "x",
      "http.request.body.size": 1,
      "http.response.body.size": 5,
      "http.request.id": "x-1",
      "gw.group": "shop",
      "gw.worker": 3,
    });
  });

  test.each<[string, Partial<RequestRecord>, number, string | undefined]>([
    ["an answer", {}, SpanStatusCode.UNSET, undefined],
    ["the client's mistake", { status: 404 }, SpanStatusCode.UNSET, undefined],
    ["a failure of the app", { status: 500 }, SpanStatusCode.ERROR, "500"],
    ["gw's own error", { status: 503, error: { cause: "queue_full" } }, SpanStatusCode.ERROR, "queue_full"],
    [
      "an answer that was cut",
      { isWhole: false, error: { cause: "response_incomplete" } },
      SpanStatusCode.ERROR,
      "response_incomplete",
    ],
    [
      "a client that left",
      { status: 499, isWhole: false, error: { cause: "client_gone" } },
      SpanStatusCode.UNSET,
      "client_gone",
    ],
  ])("its outcome: %s", (_, given, code, type) => {
    const span = only({ ...REQUEST, ...given });
    expect([span.status.code, span.attributes["error.type"]]).toEqual([code, type]);
  });

  test("an error is an exception at its end, with the sentence that clients are told", () => {
    const span = only({ ...REQUEST, status: 502, error: { cause: "worker_died", message: "It died" } });
    expect(span.events).toEqual([
      {
        name: "exception",
        time: [1, 20_500_000],
        attributes: { "exception.type": "worker_died", "exception.message": "It died" },
      },
    ]);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "It died" });
  });

  test("an error that nobody in the app has caught is an exception of the worker's part", () => {
    const app = { spanId: "c".repeat(16), atMs: 4, forMs: 10, connectMs: 1, headMs: 6 };
    const [server, worker] = of({ app, status: 500, exception: { type: "TypeError", message: "no" } });
    expect(server?.events).toEqual([]);
    expect(worker?.events).toEqual([
      {
        name: "exception",
        time: [1, 10_500_000],
        attributes: { "exception.type": "TypeError", "exception.message": "no" },
      },
    ]);
  });

  test("the queue and the worker are below it, each with a span of its own", () => {
    const app = { spanId: "c".repeat(16), atMs: 4, forMs: 10, connectMs: 1, headMs: 6 };
    const [server, queue, worker, ...more] = of({ queue: { atMs: 1, forMs: 3 }, app, attempts: 2 });
    expect(more).toEqual([]);
    expect([queue?.name, queue?.kind, queue?.startTime, queue?.duration]).toEqual([
      "queue",
      SpanKind.INTERNAL,
      [1, 1_500_000],
      [0, 3_000_000],
    ]);
    expect([worker?.name, worker?.kind, worker?.startTime, worker?.duration]).toEqual([
      "worker 3",
      SpanKind.CLIENT,
      [1, 4_500_000],
      [0, 10_000_000],
    ]);
    expect(worker?.attributes).toMatchObject({
      "gw.connect_ms": 1,
      "gw.app_ms": 5,
      "http.request.resend_count": 1,
    });
    const ids = [server, queue, worker].map((span) => span?.spanContext().spanId);
    expect([new Set(ids).size, ids[2]]).toEqual([3, app.spanId]);
    for (const below of [queue, worker]) {
      expect(below?.parentSpanContext?.spanId).toBe(REQUEST.spanId);
      expect(below?.spanContext().traceId).toBe(REQUEST.traceId);
    }
    expect(server?.parentSpanContext).toBeUndefined();
  });

  test("where it came from: a parent elsewhere with its state, or a link", () => {
    const span = only({ ...REQUEST, parentId: "d".repeat(16), tracestate: "v=1" });
    expect(span.parentSpanContext).toMatchObject({ spanId: "d".repeat(16), isRemote: true });
    expect(span.spanContext().traceState?.serialize()).toBe("v=1");
    const link = { traceId: "e".repeat(32), spanId: "f".repeat(16), isSampled: true };
    const linked = only({ ...REQUEST, link });
    expect(linked.links[0]?.context).toMatchObject({
      traceId: link.traceId,
      spanId: link.spanId,
      traceFlags: 1,
    });
    expect(linked.parentSpanContext).toBeUndefined();
  });

  test("a method that nobody knows has no name of its own", () => {
    const span = only({ ...REQUEST, method: "BREW" });
    expect([span.name, span.attributes["http.request.method"]]).toEqual(["HTTP", "_OTHER"]);
    expect(span.attributes["http.request.method_original"]).toBe("BREW");
  });

  test.each([
    ["a.test", "a.test", undefined],
    ["[2001:db8::1]:80", "2001:db8::1", 80],
    ["[::1]", "::1", undefined],
    ["", undefined, undefined],
  ])("host %j", (host, address, port) => {
    const { attributes } = only({ ...REQUEST, host });
    expect([attributes["server.address"], attributes["server.port"]]).toEqual([address, port]);
  });
});

test("spans: the end of a process is one of its own", () => {
  const end = {
    kind: "end",
    atMs: 2_000,
    name: "worker 1",
    reason: "crash",
    pid: 7,
    how: "exit code 1",
  } as const;
  const span = only({ ...end, servedMs: 9 });
  expect([span.name, span.spanContext().traceId, span.startTime]).toEqual([
    "worker 1 ended",
    "9".repeat(32),
    [2, 0],
  ]);
  expect(span.events[0]).toMatchObject({
    name: "gw.end",
    attributes: { "gw.process": "worker 1", "gw.reason": "crash", "process.pid": 7, "gw.served_ms": 9 },
  });
});
