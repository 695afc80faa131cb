// OpenTelemetry's exporters against collectors of our own: one that takes all, and those that do not.
import { describe, expect, test } from "bun:test";
import { openCollector } from "../../src/exporter/collector.ts";
import type { SpanRecord } from "../../src/link/traces/spans.ts";
import { openTestCollector } from "../support/collector.ts";

const END: SpanRecord = {
  kind: "end",
  atMs: 1,
  name: "worker 1",
  reason: "crash",
  pid: 7,
  how: "exit code 1",
};
const open = (endpoint: string) =>
  openCollector({ endpoint, instance: "h:1", newId: (digits) => "9".repeat(digits), wall: () => 5 });

describe("collector", () => {
  test("spans and metrics are told by OTLP, each at its own path, with who tells them", async () => {
    using theirs = openTestCollector();
    const collector = open(`${theirs.url}/base/`);
    expect(await collector.sendSpans([END])).toBeUndefined();
    const metric = { metric: "gw_generation", labels: [], value: 3 };
    expect(await collector.sendMetrics({ samples: [metric], appMetrics: [] })).toBeUndefined();
    expect(theirs.paths).toEqual(["/base/v1/traces", "/base/v1/metrics"]);
    expect(theirs.spans.map(({ name }) => name)).toEqual(["worker 1 ended"]);
    expect(theirs.metrics).toMatchObject([
      { name: "gw.generation", gauge: { dataPoints: [{ asDouble: 3 }] } },
    ]);
    expect(theirs.resource).toMatchObject({ "service.name": "gw", "service.instance.id": "h:1" });
  });

  test.each([404, 400])("one that answers %d is a reason, at once", async (status) => {
    using theirs = openTestCollector({ status });
    expect(await open(theirs.url).sendSpans([END])).toContain(String(status));
    expect(theirs.paths).toHaveLength(1);
  });
});
