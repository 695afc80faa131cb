import { expect, test } from "bun:test";
import { TraceIds } from "../../../src/front/tracing/trace-ids.ts";

test("trace ids: of their lengths, and none twice", () => {
  const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
  const traces = Array.from({ length: 2_000 }, () => ids.trace());
  const spans = Array.from({ length: 2_000 }, () => ids.span());
  expect(traces.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(spans.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  expect(new Set([...traces, ...spans]).size).toBe(4_000);
});

test("trace ids: one of zeros is none", () => {
  const ids = new TraceIds((bytes) => bytes.fill(7).fill(0, 0, 64));
  expect([ids.trace(), ids.span()]).toEqual(["07".repeat(16), "07".repeat(8)]);
});
