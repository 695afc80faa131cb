import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { RequestRecords } from "../../../src/front/tracing/request-record.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { TraceContext } from "../../../src/http/traces/trace-context.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const TRACE: TraceContext = {
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  onwardId: "c".repeat(16),
  parentId: undefined,
  link: undefined,
  state: undefined,
  isSampled: true,
  doneAt: 0,
};
const ANSWERED: Partial<Visit> = {
  group: "shop",
  host: "a.test",
  status: 200,
  sentBytes: 5,
  admittedAt: 101,
  queuedMs: 2,
  startedAt: 103,
  connectedAt: 104,
  headAt: 109,
  attempts: 1,
  slot: 3,
};

function recordOf(
  changes: Partial<Visit> = {},
  trace: Partial<TraceContext> = {},
  client = new PlainClient(),
) {
  const visit = Object.assign(visitOf(client, 100, "run-1"), changes);
  return new RequestRecords().recordOf(visit, { ...TRACE, ...trace }, 120, 5_020);
}

describe("request record", () => {
  test("what is known of a request that was answered; the worker's part ends before the client has taken it all", () => {
    const client = new PlainClient({ target: "/a?b", fields: ["User-Agent", "curl"] });
    expect(recordOf(ANSWERED, { doneAt: 111 }, client)).toEqual({
      kind: "request",
      traceId: TRACE.traceId,
      spanId: TRACE.spanId,
      startMs: 5_000,
      totalMs: 20,
      method: "GET",
      path: "/a",
      scheme: "http",
      host: "a.test",
      protocol: "HTTP/1.1",
      address: "192.0.2.7",
      agent: "curl",
      status: 200,
      bytesIn: 0,
      bytesOut: 5,
      id: "run-1",
      group: "shop",
      worker: 3,
      attempts: 1,
      isWhole: true,
      queue: { atMs: 1, forMs: 2 },
      app: { spanId: TRACE.onwardId, atMs: 3, forMs: 8, connectMs: 1, headMs: 6 },
    });
  });

  test("what did not come to be is left out", () => {
    const { queue, app, error, parentId, link } = recordOf({ status: 404 });
    expect([queue, app, error, parentId, link]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(recordOf({ ...ANSWERED, queuedMs: 0 }).queue).toBeUndefined();
  });

  test("where it came from: a trace that is gone on with, or one that is linked to", () => {
    expect(recordOf({}, { parentId: "d".repeat(16), state: "v=1" })).toMatchObject({
      parentId: "d".repeat(16),
      tracestate: "v=1",
    });
    const link = { traceId: "e".repeat(32), parentId: "f".repeat(16), isSampled: true, state: undefined };
    expect(recordOf({}, { link }).link).toEqual({
      traceId: link.traceId,
      spanId: link.parentId,
      isSampled: true,
    });
  });

  test("an error has its cause and its sentence; a client that left has none", () => {
    const visit = visitOf(new PlainClient());
    visit.end({ kind: "refused", error: new GwError("queue_full") });
    Object.assign(visit, { status: 503, cause: "queue_full" });
    const record = new RequestRecords().recordOf(visit, TRACE, 1, 1);
    expect(record.error).toEqual({ cause: "queue_full", message: new GwError("queue_full").message });
    const gone = visitOf(new PlainClient());
    gone.end({ kind: "client gone" });
    const told = new RequestRecords().recordOf(gone, TRACE, 1, 1);
    expect([told.error, told.status]).toEqual([{ cause: "client_gone" }, 499]);
  });

  test("what clients send is cut", () => {
    const long = "x".repeat(10_000);
    const client = new PlainClient({ target: `/${long}`, method: long, fields: ["User-Agent", long] });
    const { path, method, agent = "", host } = recordOf({ host: long }, {}, client);
    expect([path.length, method.length, agent.length, host.length]).toEqual([1_024, 256, 256, 256]);
  });
});
