import { describe, expect, test } from "bun:test";
import { emptyResource } from "@opentelemetry/resources";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import { metricsOf, otlpNameOf } from "../../src/exporter/to-metrics.ts";
import type { AppMetric } from "../../src/link/apps/app-metrics.ts";
import type { Sample } from "../../src/link/figures.ts";
import { METRIC_NAMES, METRICS } from "../../src/metrics/table.ts";

const TOOLS = { resource: emptyResource(), scope: { name: "gw", version: "1" }, wallMs: 61_500 };
const of = (...samples: Sample[]) =>
  metricsOf({ samples, appMetrics: [] }, TOOLS).scopeMetrics[0]?.metrics ?? [];

const bucketsOf = (metric: unknown) =>
  (metric as { dataPoints: { value: { buckets: { boundaries: number[]; counts: number[] } } }[] })
    .dataPoints[0]?.value.buckets ?? { boundaries: [], counts: [] };

/** What a collector makes of a name for Prometheus. */
function forPrometheus(name: string, unit: string, kind: string): string {
  const endings: Record<string, string> = { s: "_seconds", By: "_bytes" };
  return `${name.replaceAll(".", "_")}${endings[unit] ?? ""}${kind === "counter" ? "_total" : ""}`;
}

describe("metrics for a collector", () => {
  test.each(METRIC_NAMES)("%s has this name again where a collector hands it to Prometheus", (metric) => {
    const { name, unit } = otlpNameOf(metric);
    expect(forPrometheus(name, unit, METRICS[metric].kind)).toBe(metric);
    expect(name).toMatch(/^(?:gw|http\.server(?:\.request)?)\.[a-z_]+$/);
  });

  test("those of the conventions have the names of the conventions", () => {
    expect(otlpNameOf("http_server_request_duration_seconds")).toEqual({
      name: "http.server.request.duration",
      unit: "s",
    });
    expect(otlpNameOf("http_server_active_requests")).toEqual({
      name: "http.server.active_requests",
      unit: "",
    });
  });

  test("counters are sums that only grow, since gw was started; gauges are what is", () => {
    const [started, errors] = of(
      { metric: "gw_start_time_seconds", labels: [], value: 30 },
      { metric: "gw_errors_total", labels: ["bug"], value: 2 },
    );
    expect(started).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      descriptor: { name: "gw.start_time" },
    });
    expect(errors).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      descriptor: { name: "gw.errors" },
      dataPoints: [
        { attributes: { cause: "bug" }, value: 2, startTime: [30, 0], endTime: [61, 500_000_000] },
      ],
    });
  });

  test("distributions have their bounds in seconds, and their sum", () => {
    const counts = Array(18).fill(0);
    counts[1] = 2;
    counts[17] = 1;
    const [queue] = of({ metric: "gw_queue_seconds", labels: ["shop"], value: { counts, sumMs: 12_000 } });
    expect(queue).toMatchObject({
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [{ attributes: { group: "shop" }, value: { count: 3, sum: 12 } }],
    });
    const { boundaries, counts: told } = bucketsOf(queue);
    expect([boundaries.length, told.length, boundaries[0]]).toEqual([17, 18, 0.0005]);
  });

  test("an app's own keep the name that it gave them, with the group, and the bounds that it chose", () => {
    const app = (more: object) => ({ help: "h", labels: ["group"], ...more }) as AppMetric;
    const appMetrics = [
      app({ kind: "counter", name: "shop_orders_total", series: [{ labels: ["shop"], value: 3 }] }),
      app({
        ...{ kind: "histogram", name: "shop_took_seconds", bounds: [1, 2] },
        series: [{ labels: ["shop"], value: { counts: [1, 0, 2], sum: 9 } }],
      }),
    ];
    const [orders, took] = metricsOf({ samples: [], appMetrics }, TOOLS).scopeMetrics[0]?.metrics ?? [];
    expect(orders).toMatchObject({
      descriptor: { name: "shop_orders", unit: "", description: "h" },
      dataPointType: DataPointType.SUM,
      dataPoints: [{ attributes: { group: "shop" }, value: 3 }],
    });
    expect(took).toMatchObject({
      descriptor: { name: "shop_took_seconds" },
      dataPoints: [{ value: { count: 3, sum: 9, buckets: { boundaries: [1, 2], counts: [1, 0, 2] } } }],
    });
  });

  test("series of one metric stay together, and what is no metric of gw is left out", () => {
    const metrics = of(
      { metric: "gw_errors_total", labels: ["bug"], value: 2 },
      { metric: "made_up", labels: [], value: 1 },
      { metric: "gw_errors_total", labels: ["queue_full"], value: 1 },
    );
    expect(metrics.map(({ dataPoints }) => dataPoints.length)).toEqual([2]);
  });
});
