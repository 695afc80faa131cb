// Adds up what several processes have counted. A process that ends leaves what it had counted behind, so that no counter
// goes back when a front end is replaced, or dies.

import type { Distribution, Exemplar, Sample } from "../link/figures.ts";
import { AppSums } from "./app-sums.ts";
import { metricRow } from "./table.ts";

/** Most series that one process may have: what is beyond is left out, and no client can make any. */
const MOST_SERIES = 8_192;

/** `owner` is whatever stands for a process. */
export class Sums {
  /** What apps count themselves. */
  readonly apps = new AppSums();
  /** Of those that have ended. */
  readonly #past = new Map<string, Sample>();
  readonly #present = new Map<object, readonly Sample[]>();

  /** What the process has counted since its start; replaces what it said before. */
  note(owner: object, samples: readonly Sample[]): void {
    this.#present.set(owner, samples.filter(isKnown).slice(0, MOST_SERIES));
  }

  /** The process has ended. */
  end(owner: object): void {
    for (const sample of this.#present.get(owner) ?? []) if (!isGauge(sample)) addTo(this.#past, sample);
    this.#present.delete(owner);
    this.apps.end(owner);
  }

  get samples(): Sample[] {
    const all = new Map([...this.#past].map(([key, sample]) => [key, copyOf(sample)]));
    for (const samples of this.#present.values()) for (const sample of samples) addTo(all, sample);
    return [...all.values()];
  }
}

/** By a name of the table, with as many labels. */
function isKnown({ metric, labels, value }: Sample): boolean {
  const row = metricRow(metric);
  return (
    row?.from === "front" &&
    row.labels.length === labels.length &&
    (row.kind === "histogram") === (typeof value !== "number")
  );
}

const isGauge = ({ metric }: Sample) => metricRow(metric)?.kind === "gauge";

function addTo(all: Map<string, Sample>, sample: Sample): void {
  const key = [sample.metric, ...sample.labels].join("\0");
  const sum = all.get(key);
  if (sum) sum.value = plus(sum.value, sample.value);
  else all.set(key, copyOf(sample));
}

function plus(one: Sample["value"], other: Sample["value"]): Sample["value"] {
  if (typeof one === "number" || typeof other === "number") return Number(one) + Number(other);
  return addDistributions(one, other);
}

function addDistributions(one: Distribution, other: Distribution): Distribution {
  return {
    counts: one.counts.map((count, at) => count + (other.counts[at] ?? 0)),
    sumMs: one.sumMs + other.sumMs,
    ...latestOf(one.exemplars, other.exemplars),
  };
}

/** Of each bucket. */
function latestOf(
  some: readonly Exemplar[] = [],
  others: readonly Exemplar[] = [],
): Pick<Distribution, "exemplars"> {
  if (some.length === 0 && others.length === 0) return {};
  const all = [...some, ...others].sort((a, b) => a.wallMs - b.wallMs);
  return { exemplars: [...new Map(all.map((one) => [one.bucket, one])).values()] };
}

const copyOf = ({ metric, labels, value }: Sample): Sample => ({
  metric,
  labels: [...labels],
  value: typeof value === "number" ? value : { ...value, counts: [...value.counts] },
});
