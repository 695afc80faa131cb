// Adds up the metrics that apps count themselves: over the workers of a group, and over those that have ended, so that no counter
// goes back when a worker is replaced. What workers say was checked; how much of it there is altogether is bounded here.

import {
  type AppDistribution,
  type AppMetric,
  type AppMetricHead,
  type AppSeries,
  familyOf,
  shapeOf,
} from "../link/apps/app-metrics.ts";

/** Of all apps together. */
const MOST_SERIES = 20_000;

type AppFamily = { head: AppMetricHead; series: Map<string, AppSeries> };

/** `owner` is whatever stands for a process. */
export class AppSums {
  /** Of those that have ended. */
  readonly #past = new Total();
  readonly #present = new Map<object, { group: string; metrics: readonly AppMetric[] }>();

  /** What the process has counted since its start; replaces what it said before. */
  note(owner: object, group: string, metrics: readonly AppMetric[]): void {
    this.#present.set(owner, { group, metrics });
  }

  /** The process has ended. */
  end(owner: object): void {
    const told = this.#present.get(owner);
    this.#present.delete(owner);
    for (const metric of told?.metrics ?? [])
      if (metric.kind !== "gauge") this.#past.add(told?.group ?? "", metric);
  }

  /** Each metric once, with the group as its first label. `leftOut`: series that are not shown. */
  read(): { metrics: AppMetric[]; leftOut: number } {
    const total = new Total(this.#past);
    for (const { group, metrics } of this.#present.values())
      for (const metric of metrics) total.add(group, metric);
    return { metrics: total.metrics, leftOut: total.leftOut };
  }
}

class Total {
  readonly #families = new Map<string, AppFamily>();
  #count = 0;
  leftOut = 0;

  /** `from` stays as it is. */
  constructor(from?: Total) {
    if (!from) return;
    this.#count = from.#count;
    this.leftOut = from.leftOut;
    for (const [name, family] of from.#families) this.#families.set(name, copyOf(family));
  }

  /** Of two that have one name and are not the same, the first is counted. */
  add(group: string, { series, ...head }: AppMetric): void {
    const family = this.#families.get(familyOf(head.name)) ?? { head, series: new Map<string, AppSeries>() };
    if (shapeOf(family.head) !== shapeOf(head)) {
      this.leftOut += series.length;
      return;
    }
    for (const one of series) this.#addSeries(family, [group, ...one.labels], one);
    if (family.series.size > 0) this.#families.set(familyOf(head.name), family);
  }

  get metrics(): AppMetric[] {
    return [...this.#families.values()]
      .map(({ head, series }) => ({
        ...head,
        labels: ["group", ...head.labels],
        series: [...series.values()],
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #addSeries({ head, series }: AppFamily, labels: string[], one: AppSeries): void {
    const key = labels.join("\0");
    const sum = series.get(key);
    if (sum) sum.value = plus(sum.value, one.value, head);
    else if (this.#count >= MOST_SERIES) this.leftOut++;
    else {
      this.#count++;
      series.set(key, { labels, value: copyOfValue(one) });
    }
  }
}

function plus(
  one: AppSeries["value"],
  other: AppSeries["value"],
  { merge }: AppMetricHead,
): AppSeries["value"] {
  if (typeof one !== "number" && typeof other !== "number") return addDistributions(one, other);
  const [a, b] = [Number(one), Number(other)];
  if (merge === "max") return Math.max(a, b);
  return merge === "min" ? Math.min(a, b) : a + b;
}

const addDistributions = (one: AppDistribution, other: AppDistribution): AppDistribution => ({
  counts: one.counts.map((count, at) => count + (other.counts[at] ?? 0)),
  sum: one.sum + other.sum,
});

const copyOfValue = ({ value }: AppSeries): AppSeries["value"] =>
  typeof value === "number" ? value : { counts: [...value.counts], sum: value.sum };

const copyOf = ({ head, series }: AppFamily): AppFamily => ({
  head,
  series: new Map([...series].map(([key, one]) => [key, { labels: one.labels, value: copyOfValue(one) }])),
});
