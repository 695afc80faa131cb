// Figures as Prometheus reads them: its own text format, or OpenMetrics where that is asked for. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/

import { type AppDistribution, type AppMetric, familyOf } from "../link/apps/app-metrics.ts";
import { BOUNDS_MS, type Exemplar, type Sample } from "../link/figures.ts";
import { METRIC_NAMES, METRICS, type Metric } from "./table.ts";

export type ExpositionForm = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionForm, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Which of the two a client asks for. */
export function formFor(accept: string | undefined): ExpositionForm {
  return accept?.includes("application/openmetrics-text") ? "openmetrics" : "prometheus";
}

const SECONDS = BOUNDS_MS.map((ms) => ms / 1000);

/** Metrics in the order of the table, and then those of apps; one without a sample is left out. */
export function renderMetrics(
  samples: readonly Sample[],
  form: ExpositionForm,
  appMetrics: readonly AppMetric[] = [],
): string {
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  const lines = METRIC_NAMES.flatMap((name) => {
    const own = byMetric.get(name);
    return own ? renderMetric(name, own, form) : [];
  });
  lines.push(...appMetrics.flatMap((metric) => renderFamily(metric, form)));
  if (form === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function renderMetric(name: Metric, samples: readonly Sample[], form: ExpositionForm): string[] {
  const { kind, help, labels } = METRICS[name];
  const series = samples.map(({ labels: values, value }) => ({
    labels: values,
    value:
      typeof value === "number"
        ? value
        : { counts: value.counts, sum: value.sumMs / 1000, exemplars: value.exemplars },
  }));
  return renderFamily({ name, kind, help, labels, bounds: SECONDS, series }, form);
}

/** A metric of gw's own or of an app. */
type Shown = {
  name: string;
  kind: string;
  help: string;
  labels: readonly string[];
  bounds?: readonly number[];
  series: readonly { labels: string[]; value: number | ShownDistribution }[];
};

type ShownDistribution = AppDistribution & { exemplars?: readonly Exemplar[] | undefined };

function renderFamily(metric: Shown, form: ExpositionForm): string[] {
  const { name, kind, help, labels, bounds = [], series } = metric;
  const family = form === "openmetrics" && kind === "counter" ? familyOf(name) : name;
  return [
    `# HELP ${family} ${escapeHelp(help)}`,
    `# TYPE ${family} ${kind}`,
    ...series.flatMap(({ labels: values, value }) => {
      const pairs = labels.map((label, at) => `${label}="${escapeLabel(values[at] ?? "")}"`);
      return typeof value === "number"
        ? [`${name}${inBraces(pairs)} ${figure(value)}`]
        : renderDistribution(name, pairs, bounds, value, form);
    }),
  ];
}

function renderDistribution(
  name: string,
  pairs: readonly string[],
  bounds: readonly number[],
  { counts, sum, exemplars = [] }: ShownDistribution,
  form: ExpositionForm,
): string[] {
  let below = 0;
  const buckets = [...bounds.map(String), "+Inf"].map((bound, at) => {
    below += counts[at] ?? 0;
    const le = form === "openmetrics" && /^-?\d+$/.test(bound) ? `${bound}.0` : bound;
    return `${name}_bucket${inBraces([...pairs, `le="${le}"`])} ${below}${form === "openmetrics" ? exemplarAt(exemplars, at) : ""}`;
  });
  return [
    ...buckets,
    `${name}_sum${inBraces(pairs)} ${figure(sum)}`,
    `${name}_count${inBraces(pairs)} ${below}`,
  ];
}

/** Only OpenMetrics has them. */
function exemplarAt(exemplars: readonly Exemplar[], at: number): string {
  const one = exemplars.find(({ bucket }) => bucket === at);
  if (!one) return "";
  return ` # {trace_id="${one.traceId}"} ${figure(one.ms / 1000)} ${figure(one.wallMs / 1000)}`;
}

const inBraces = (pairs: readonly string[]) => (pairs.length > 0 ? `{${pairs.join(",")}}` : "");

/** No more digits than mean something. */
const figure = (value: number) => String(Number(value.toPrecision(15)));

const escapeHelp = (text: string) => text.replaceAll("\\", "\\\\").replaceAll(/\r\n?|\n/g, "\\n");
const escapeLabel = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
