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
import type { AppDistribution, AppMetric, AppSeries } from "../link/apps/app-metrics.ts";
import { BOUNDS_MS, type Sample } from "../link/figures.ts";
import { type MetricRow, metricRow } from "../metrics/table.ts";

const SECONDS = BOUNDS_MS.map((ms) => ms / 1000);
const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
];

/** What the supervisor tells. */
export type FiguresTold = { samples: readonly Sample[]; appMetrics: readonly AppMetric[] };

export type MetricsTools = {
  resource: Resource;
  scope: { name: string; version: string };
  /** Since 1970. */
  wallMs: number;
};

export function metricsOf(
  { samples, appMetrics }: FiguresTold,
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
  const ofApps = appMetrics.map((metric) => appMetricOf(metric, times));
  return { resource, scopeMetrics: [{ scope, metrics: [...metrics, ...ofApps] }] };
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
  const series = samples.map(({ labels, value }) => ({
    labels,
    value: typeof value === "number" ? value : { counts: value.counts, sum: value.sumMs / 1000 },
  }));
  return dataOf({ ...row, ...otlpNameOf(metric), bounds: SECONDS, series }, times);
}

/** An app's own: under the name that the app gave it, and whose unit nobody knows. */
function appMetricOf({ name, bounds = [], ...metric }: AppMetric, times: Times): MetricData {
  return dataOf({ ...metric, name: name.replace(/_total$/, ""), unit: "", bounds }, times);
}

type MetricFacts = Pick<MetricRow, "kind" | "help" | "labels"> & {
  name: string;
  unit: string;
  bounds: number[];
  series: readonly AppSeries[];
};

/** The labels are attributes by the names that Prometheus knows them by. */
function dataOf(
  { name, unit, kind, help, labels: names, bounds, series }: MetricFacts,
  times: Times,
): MetricData {
  const descriptor = { name, unit, description: help, valueType: ValueType.DOUBLE };
  const base = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  const pointsOf = <V>(read: (value: AppSeries["value"]) => V) =>
    series.map(({ labels, value }) => ({
      ...times,
      attributes: Object.fromEntries(names.map((label, at) => [label, labels[at] ?? ""])),
      value: read(value),
    }));
  if (kind === "histogram") {
    const dataPoints = pointsOf((value) => histogramOf(value, bounds));
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = pointsOf(Number);
  return kind === "gauge"
    ? { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

function histogramOf(value: AppSeries["value"], boundaries: number[]) {
  const { counts, sum } = value as AppDistribution;
  return { buckets: { boundaries, counts }, sum, count: counts.reduce((all, count) => all + count, 0) };
}
