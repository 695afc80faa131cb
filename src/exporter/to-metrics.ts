// Samples as OTLP has them. Names lose what a collector adds again for Prometheus, the unit and `_total`, so that figures that were
// pushed and figures that were scraped are the same series. Pure.
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/

import { type HrTime, ValueType } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { BOUNDS_MS, type Distribution, type Sample } from "../link/figures.ts";
import { type MetricRow, metricRow } from "../metrics/table.ts";

const SECONDS = BOUNDS_MS.map((ms) => ms / 1000);
const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
];

export type MetricsTools = {
  resource: Resource;
  scope: { name: string; version: string };
  /** Since 1970. */
  wallMs: number;
};

export function metricsOf(
  samples: readonly Sample[],
  { resource, scope, wallMs }: MetricsTools,
): ResourceMetrics {
  const started = samples.find(({ metric }) => metric === "gw_start_time_seconds")?.value;
  const times = {
    startTime: [typeof started === "number" ? Math.round(started) : 0, 0] as HrTime,
    endTime: [Math.floor(wallMs / 1000), (Math.floor(wallMs) % 1000) * 1e6] as HrTime,
  };
  const metrics = [...Map.groupBy(samples, ({ metric }) => metric)].flatMap(([name, own]) => {
    const row = metricRow(name);
    return row ? [metricOf(name, row, own, times)] : [];
  });
  return { resource, scopeMetrics: [{ scope, metrics }] };
}

/** `gw_queue_seconds` is `gw.queue` in seconds, `gw_errors_total` is `gw.errors`. */
export function otlpNameOf(metric: string): { name: string; unit: string } {
  const bare = metric.replace(/_total$/, "");
  const [ending, unit] = UNITS.find(([end]) => bare.endsWith(end)) ?? ["", ""];
  const name = bare
    .slice(0, bare.length - ending.length)
    .replace(/^(gw|http_server_request|http_server)_/, (room) => room.replaceAll("_", "."));
  return { name, unit };
}

type Times = { startTime: HrTime; endTime: HrTime };

function metricOf(metric: string, row: MetricRow, samples: readonly Sample[], times: Times): MetricData {
  const descriptor = { ...otlpNameOf(metric), description: row.help, valueType: ValueType.DOUBLE };
  const base = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  const pointsOf = <V>(read: (value: Sample["value"]) => V) =>
    samples.map(({ labels, value }) => ({
      ...times,
      attributes: attributesOf(row, labels),
      value: read(value),
    }));
  if (row.kind === "histogram")
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: pointsOf(histogramOf) };
  const dataPoints = pointsOf(Number);
  return row.kind === "gauge"
    ? { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

/** The labels, by the names that Prometheus knows them by. */
const attributesOf = ({ labels: names }: MetricRow, labels: readonly string[]) =>
  Object.fromEntries(names.map((name, at) => [name, labels[at] ?? ""]));

function histogramOf(value: Sample["value"]) {
  const { counts, sumMs } = value as Distribution;
  return {
    buckets: { boundaries: SECONDS, counts },
    sum: sumMs / 1000,
    count: counts.reduce((sum, count) => sum + count, 0),
  };
}
