// Figures as Prometheus reads them: its own text format, or OpenMetrics where that is asked for. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/

import { BOUNDS_MS, type Distribution, type Sample } from "../link/figures.ts";
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

const SECONDS = BOUNDS_MS.map((ms) => String(ms / 1000));

/** Metrics in the order of the table; one without a sample is left out. */
export function renderMetrics(samples: readonly Sample[], form: ExpositionForm): string {
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  const lines = METRIC_NAMES.flatMap((name) => {
    const own = byMetric.get(name);
    return own ? renderMetric(name, own, form) : [];
  });
  if (form === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function renderMetric(name: Metric, samples: readonly Sample[], form: ExpositionForm): string[] {
  const { kind, help, labels: names } = METRICS[name];
  // OpenMetrics names a family without the ending of its counters.
  const family = form === "openmetrics" && kind === "counter" ? name.replace(/_total$/, "") : name;
  const head = [`# HELP ${family} ${help}`, `# TYPE ${family} ${kind}`];
  return [
    ...head,
    ...samples.flatMap(({ labels, value }) => {
      const pairs = names.map((label, at) => `${label}="${escapeLabel(labels[at] ?? "")}"`);
      return typeof value === "number"
        ? [`${name}${inBraces(pairs)} ${figure(value)}`]
        : renderDistribution(name, pairs, value, form);
    }),
  ];
}

function renderDistribution(
  name: string,
  pairs: readonly string[],
  { counts, sumMs }: Distribution,
  form: ExpositionForm,
): string[] {
  let below = 0;
  const buckets = [...SECONDS, "+Inf"].map((bound, at) => {
    below += counts[at] ?? 0;
    const le = form === "openmetrics" && /^\d+$/.test(bound) ? `${bound}.0` : bound;
    return `${name}_bucket${inBraces([...pairs, `le="${le}"`])} ${below}`;
  });
  return [
    ...buckets,
    `${name}_sum${inBraces(pairs)} ${figure(sumMs / 1000)}`,
    `${name}_count${inBraces(pairs)} ${below}`,
  ];
}

const inBraces = (pairs: readonly string[]) => (pairs.length > 0 ? `{${pairs.join(",")}}` : "");

/** No more digits than mean something. */
const figure = (value: number) => String(Number(value.toPrecision(15)));

const escapeLabel = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
