import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BOUNDS_MS } from "../../src/link/figures.ts";
import { formFor, renderMetrics } from "../../src/metrics/render-text.ts";

const errors = (cause: string, value = 3) => ({ metric: "gw_errors_total", labels: [cause], value });
const queue = {
  metric: "gw_queue_seconds",
  labels: ["default"],
  value: { counts: [...BOUNDS_MS.map((_, at) => (at === 1 ? 2 : 0)), 1], sumMs: 20_001.5 },
};

describe("metrics text", () => {
  test("counters and gauges: help, type, one line for each series", () => {
    const text = renderMetrics(
      [errors("bug"), errors("queue_full", 1), { metric: "gw_generation", labels: [], value: 2 }],
      "prometheus",
    );
    expect(text).toMatch(/^# HELP gw_errors_total .+\n# TYPE gw_errors_total counter\n/);
    expect(text).toContain('gw_errors_total{cause="bug"} 3\ngw_errors_total{cause="queue_full"} 1\n');
    expect(text).toMatch(/# TYPE gw_generation gauge\ngw_generation 2\n$/);
  });

  test("histograms: buckets that hold all below, their sum in seconds, their count", () => {
    const lines = renderMetrics([queue], "prometheus").split("\n");
    expect(lines[2]).toBe('gw_queue_seconds_bucket{group="default",le="0.0005"} 0');
    expect(lines[3]).toBe('gw_queue_seconds_bucket{group="default",le="0.001"} 2');
    expect(lines.slice(-5)).toEqual([
      'gw_queue_seconds_bucket{group="default",le="10"} 2',
      'gw_queue_seconds_bucket{group="default",le="+Inf"} 3',
      'gw_queue_seconds_sum{group="default"} 20.0015',
      'gw_queue_seconds_count{group="default"} 3',
      "",
    ]);
  });

  test("OpenMetrics: families without the ending of counters, bounds as floats, an end", () => {
    const text = renderMetrics([errors("bug"), queue], "openmetrics");
    expect(text).toContain("# TYPE gw_errors counter\n");
    expect(text).toContain('gw_errors_total{cause="bug"} 3\n');
    expect(text).toContain('le="1.0"}');
    expect(text).toEndWith("# EOF\n");
  });

  test("OpenMetrics alone: a request with a trace beside the bucket that it fell into", () => {
    const traceId = "a".repeat(32);
    const exemplars = [{ bucket: 1, traceId, ms: 0.75, wallMs: 1_500_000_000_250 }];
    const marked = { ...queue, value: { ...queue.value, exemplars } };
    const marks = (form: "openmetrics" | "prometheus") =>
      renderMetrics([marked], form)
        .split("\n")
        .filter((line) => line.includes(traceId));
    expect(marks("openmetrics")).toEqual([
      `gw_queue_seconds_bucket{group="default",le="0.001"} 2 # {trace_id="${traceId}"} 0.00075 1500000000.25`,
    ]);
    expect(marks("prometheus")).toEqual([]);
  });

  test("the form is the one that is asked for", () => {
    expect(
      [undefined, "*/*", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"].map(formFor),
    ).toEqual(["prometheus", "prometheus", "openmetrics"]);
  });

  test("a label is one text, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (file) => {
        const text = renderMetrics(
          [{ metric: "gw_certificate_expiry_timestamp_seconds", labels: [file], value: 1 }],
          "prometheus",
        );
        const [, said = ""] = /\{file="((?:[^"\\\n]|\\.)*)"\} 1\n$/.exec(text) ?? [];
        expect(said.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c))).toBe(file);
      }),
    );
  });
});
