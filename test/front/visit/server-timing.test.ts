import { expect, test } from "bun:test";
import { serverTiming } from "../../../src/front/visit/server-timing.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { TraceContext } from "../../../src/http/traces/trace-context.ts";
import { anyVisit } from "../fakes.ts";

const of = (given: Partial<Visit>) => serverTiming(Object.assign(anyVisit(100), given));
const WAITED = { admittedAt: 101, queuedMs: 2.5 };

test.each<[string, Partial<Visit>, string | undefined]>([
  ["nothing is known", {}, undefined],
  ["it waits", WAITED, "gw-receive;dur=1, gw-queue;dur=2.5"],
  [
    "it is answered, over a connection that had to be opened",
    { ...WAITED, attempts: 1, startedAt: 104, connectedAt: 105, headAt: 109.1234567 },
    "gw-receive;dur=1, gw-queue;dur=2.5, gw-connect;dur=1, gw-app;dur=4.123",
  ],
])("server timing: %s", (_, given, told) => {
  expect(of(given)).toBe(told);
});

test("server timing: with its trace, by the span that is gw's", () => {
  const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), isSampled: true } as TraceContext;
  expect(of({ trace })).toBe(`traceparent;desc="00-${"a".repeat(32)}-${"b".repeat(16)}-01"`);
});
