// Metrics that apps count themselves, on their way from a worker to whoever asks gw for figures: what each is called, and what one
// process has counted since its start. What an app says is bounded here in number and length, on both sides.

import { isRecord } from "../../core/records.ts";

export const APP_METRIC_KINDS = ["counter", "gauge", "histogram"] as const;
export type AppMetricKind = (typeof APP_METRIC_KINDS)[number];

/** What becomes of the gauges of several workers. */
export const MERGES = ["sum", "max", "min"] as const;
export type Merge = (typeof MERGES)[number];

/** How many values fell between a bound and the one before, the last ones above all bounds; and their sum. */
export type AppDistribution = { counts: number[]; sum: number };

export type AppSeries = { labels: string[]; value: number | AppDistribution };

export type AppMetric = {
  kind: AppMetricKind;
  name: string;
  help: string;
  /** Names of the labels; each series has a value for each of them. */
  labels: string[];
  /** Of a histogram: its upper bounds, ascending. */
  bounds?: number[];
  /** Of a gauge; absent for the sum. */
  merge?: Merge;
  series: AppSeries[];
};

/** What one process may have. */
export const MOST_APP_METRICS = 200;
export const MOST_APP_SERIES = 2_000;
export const MOST_APP_LABELS = 8;
export const MOST_BOUNDS = 40;
export const LONGEST_APP_LABEL = 128;
export const LONGEST_HELP = 400;

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const LABEL = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;
/** What gw's own metrics begin with. */
const OWN_NAME = /^(?:gw_|http_server_)/;
/** What Prometheus and gw put there themselves. */
const OWN_LABELS = ["le", "quantile", "group", "job", "instance"];

/** OpenMetrics names a family without the ending of its counters; no two metrics can have one. */
export const familyOf = (name: string): string => name.replace(/_total$/, "");

export type AppMetricHead = Omit<AppMetric, "series">;

/** The same text for two that can be counted together. */
export const shapeOf = ({ kind, name, labels, bounds, merge }: AppMetricHead): string =>
  JSON.stringify([kind, name, labels, bounds, merge]);

/** What is wrong with what a metric is to be, in words that end "The metric NAME …"; undefined for nothing. */
export function faultOfHead({ kind, name, labels, bounds }: AppMetricHead): string | undefined {
  if (!NAME.test(name)) return "has a name that is not made of letters, digits and _";
  if (OWN_NAME.test(name)) return "has a name that begins as those of gw's own metrics do";
  if (kind === "counter" && !name.endsWith("_total"))
    return "is a counter, and the name of a counter ends in _total";
  if (kind !== "counter" && /_(?:bucket|sum|count|total)$/.test(name))
    return "has a name that ends as those that are made of counters and histograms do";
  if (labels.length > MOST_APP_LABELS) return `has more than ${MOST_APP_LABELS} labels`;
  if (new Set(labels).size < labels.length) return "has a label twice";
  const wrong = labels.find((label) => !LABEL.test(label) || OWN_LABELS.includes(label));
  if (wrong !== undefined)
    return `cannot have the label "${wrong}": it is no name, or one that gw or Prometheus puts there`;
  return kind === "histogram" ? faultOfBounds(bounds ?? []) : undefined;
}

function faultOfBounds(bounds: readonly number[]): string | undefined {
  const isAscending = bounds.every(
    (bound, at) => Number.isFinite(bound) && bound > (bounds[at - 1] ?? -Infinity),
  );
  if (bounds.length > 0 && bounds.length <= MOST_BOUNDS && isAscending) return undefined;
  return `needs 1 to ${MOST_BOUNDS} buckets, in ascending order`;
}

/** What a worker says, checked: whatever is wrong in itself is left out. */
export function readAppMetrics(raw: unknown): AppMetric[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  let room = MOST_APP_SERIES;
  return raw.slice(0, MOST_APP_METRICS).flatMap((one) => {
    const head = headOf(one);
    if (!head || !isRecord(one) || !Array.isArray(one.series)) return [];
    const series = one.series.slice(0, room).flatMap((each) => seriesOf(each, head));
    room -= series.length;
    return [{ ...head, series }];
  });
}

function headOf(raw: unknown): AppMetricHead | undefined {
  if (!isRecord(raw) || typeof raw.name !== "string" || typeof raw.help !== "string") return undefined;
  const kind = APP_METRIC_KINDS.find((one) => one === raw.kind);
  const merge = MERGES.find((one) => one === raw.merge);
  if (!kind || !isTexts(raw.labels)) return undefined;
  const bounds = Array.isArray(raw.bounds) && raw.bounds.every(isFigure) ? raw.bounds : undefined;
  const head: AppMetricHead = {
    kind,
    name: raw.name,
    help: raw.help.slice(0, LONGEST_HELP),
    labels: raw.labels,
    ...(kind === "histogram" && bounds && { bounds }),
    ...(kind === "gauge" && merge && { merge }),
  };
  return faultOfHead(head) === undefined ? head : undefined;
}

function seriesOf(raw: unknown, { kind, labels, bounds }: AppMetricHead): AppSeries[] {
  if (!isRecord(raw) || !isTexts(raw.labels) || raw.labels.length !== labels.length) return [];
  const values = raw.labels.map((value) => value.slice(0, LONGEST_APP_LABEL));
  const value = kind === "histogram" ? distributionOf(raw.value, bounds ?? []) : numberOf(raw.value, kind);
  return value === undefined ? [] : [{ labels: values, value }];
}

/** Only a gauge can be below nothing. */
function numberOf(raw: unknown, kind: AppMetricKind): number | undefined {
  return isFigure(raw) && (kind === "gauge" || raw >= 0) ? raw : undefined;
}

function distributionOf(raw: unknown, bounds: readonly number[]): AppDistribution | undefined {
  if (!isRecord(raw) || !isFigure(raw.sum) || !Array.isArray(raw.counts)) return undefined;
  const { counts, sum } = raw;
  const isRight =
    counts.length === bounds.length + 1 && counts.every((count) => isFigure(count) && count >= 0);
  return isRight ? { counts: [...counts], sum } : undefined;
}

const isFigure = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
