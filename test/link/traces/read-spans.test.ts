import { expect, test } from "bun:test";
import fc from "fast-check";
import { readSpans } from "../../../src/link/traces/read-spans.ts";
import { type EndTold, type RequestRecord, writeSpan } from "../../../src/link/traces/spans.ts";

const REQUEST: RequestRecord = {
  kind: "request",
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  startMs: 1.5,
  totalMs: 2,
  method: "GET",
  path: "/a\nb",
  scheme: "http",
  host: "a.test",
  protocol: "HTTP/1.1",
  address: "192.0.2.1",
  status: 200,
  bytesIn: 0,
  bytesOut: 5,
  id: "x-1",
  group: "default",
  worker: 1,
  attempts: 1,
  isWhole: true,
  link: { traceId: "c".repeat(32), spanId: "d".repeat(16), isSampled: true },
  error: { cause: "queue_full" },
  queue: { atMs: 1, forMs: 2 },
  app: { spanId: "e".repeat(16), atMs: 1, forMs: 2, connectMs: 0 },
};
const END: EndTold = {
  kind: "end",
  atMs: 1,
  name: "worker 1",
  reason: "crash",
  pid: 7,
  how: "exit code 1",
};

test("spans: what is written is read, a line each", () => {
  expect(readSpans(writeSpan(REQUEST) + writeSpan(END))).toEqual([REQUEST, END]);
});

test("spans: what lacks something, or is none, is left out", () => {
  for (const name of ["traceId", "startMs", "kind", "group"])
    expect(readSpans(writeSpan({ ...REQUEST, [name]: null } as unknown as RequestRecord))).toEqual([]);
  for (const part of ["link", "error", "queue", "app", "exception"])
    expect(readSpans(writeSpan({ ...REQUEST, [part]: {} } as unknown as RequestRecord))).toEqual([]);
  expect(readSpans(writeSpan({ ...END, pid: "7" } as unknown as EndTold))).toEqual([]);
});

test("spans: nothing that comes makes the reader fail", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(Array.isArray(readSpans(text))).toBe(true);
    }),
  );
});
