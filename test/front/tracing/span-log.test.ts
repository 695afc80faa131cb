import { describe, expect, test } from "bun:test";
import { SpanLog } from "../../../src/front/tracing/span-log.ts";
import type { TraceContext } from "../../../src/http/traces/trace-context.ts";
import { readSpans } from "../../../src/link/traces/read-spans.ts";
import { SPANS_CHARACTERS } from "../../../src/link/traces/spans.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

function setUp() {
  const passed: { text: string; count: number }[] = [];
  const log = new SpanLog({
    clock: { wall: () => 5_000 },
    pass: (text, count) => passed.push({ text, count }),
  });
  const tell = (target: string, isSampled = true, said = "a") => {
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), isSampled } as TraceContext;
    const client = new PlainClient({ target, method: said, fields: ["User-Agent", said] });
    log.tell(Object.assign(visitOf(client), { trace, host: said }), 10);
  };
  return { log, passed, tell };
}

describe("span log", () => {
  test("what is recorded leaves with the next tick, in one batch; the rest is not told", () => {
    const { log, passed, tell } = setUp();
    for (const target of ["/a", "/b?secret"]) tell(target);
    tell("/c", false);
    expect(passed).toEqual([]);
    log.tick();
    log.tick();
    expect(passed.map(({ count }) => count)).toEqual([2]);
    const paths = readSpans(passed[0]?.text ?? "").map((record) => record.kind === "request" && record.path);
    expect(paths).toEqual(["/a", "/b"]);
  });

  test("a batch that is large enough waits for no tick, and is never larger than what may pass", () => {
    const { passed, tell } = setUp();
    const worst = "\x01".repeat(2_000);
    for (let count = 0; count < 50; count++) tell(`/${worst}`, true, worst);
    expect(passed.length).toBeGreaterThan(1);
    for (const { text } of passed) expect(text.length).toBeLessThanOrEqual(SPANS_CHARACTERS);
  });

  test("what is too much for one tick is dropped and counted, and the next one begins anew", () => {
    const { log, passed, tell } = setUp();
    for (let count = 0; count < 2_000; count++) tell(`/${"x".repeat(2_000)}`);
    log.tick();
    const told = passed.reduce((sum, { count }) => sum + count, 0);
    expect(log.dropped).toBeGreaterThan(0);
    expect(told + log.dropped).toBe(2_000);
    tell("/");
    log.tick();
    expect(passed.at(-1)?.count).toBe(1);
  });
});
