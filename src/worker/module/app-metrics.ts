// Counters, gauges and histograms of an app's own, by `metrics` of gw's module. Each call is a few additions; what was counted
// is told to the supervisor once a second, which adds up the workers of a group.

import {
  type AppMetric,
  type AppMetricHead,
  type AppSeries,
  familyOf,
  faultOfHead,
  LONGEST_APP_LABEL,
  LONGEST_HELP,
  MERGES,
  type Merge,
  MOST_APP_METRICS,
  MOST_APP_SERIES,
  shapeOf,
} from "../../link/apps/app-metrics.ts";

export type Labels = Readonly<Record<string, string | number | boolean>>;

export type MetricOptions = {
  /** One sentence for whoever reads the figures. */
  help?: string;
  /** Names of its labels. */
  labels?: readonly string[];
};

export type GaugeOptions = MetricOptions & {
  /** What becomes of the values of several workers: their `sum`, which is the default, the `max` or the `min`. */
  merge?: Merge;
};

export type HistogramOptions = MetricOptions & {
  /** Upper bounds, ascending. */
  buckets?: readonly number[];
};

/** In seconds; those of OpenTelemetry for HTTP. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Thousands of values of one label are a mistake, and the first of them tell which. */
const TOO_MANY = `no more than ${MOST_APP_SERIES} series of metrics are counted in one worker; what is beyond is left out`;

class Counted {
  readonly head: AppMetricHead;
  readonly #byLabels = new Map<string, AppSeries>();
  readonly #admit: (name: string) => boolean;
  readonly #onChange: () => void;

  constructor(head: AppMetricHead, admit: (name: string) => boolean, onChange: () => void) {
    this.head = head;
    this.#admit = admit;
    this.#onChange = onChange;
    // A rate begins with the first that happens only where there was a figure before.
    if (head.labels.length === 0) this.change({}, (value) => value);
  }

  /** Throws a TypeError for labels that the metric does not have. */
  change<V extends AppSeries["value"]>(labels: Labels, act: (value: V) => V): void {
    const values = this.#valuesOf(labels);
    const key = values.join("\0");
    let series = this.#byLabels.get(key);
    if (!series) {
      if (!this.#admit(this.head.name)) return;
      series = { labels: values, value: this.#nothing() };
      this.#byLabels.set(key, series);
    }
    series.value = act(series.value as V);
    this.#onChange();
  }

  read(): AppMetric {
    return { ...this.head, series: [...this.#byLabels.values()] };
  }

  #nothing(): AppSeries["value"] {
    const { bounds } = this.head;
    return bounds ? { counts: new Array(bounds.length + 1).fill(0), sum: 0 } : 0;
  }

  #valuesOf(labels: Labels): string[] {
    const { name, labels: names } = this.head;
    const given = Object.keys(labels);
    const wrong =
      given.find((label) => !names.includes(label)) ?? names.find((label) => !given.includes(label));
    if (wrong !== undefined || given.length !== names.length)
      throw new TypeError(
        `The metric ${name} has ${names.length > 0 ? `the labels ${names.join(", ")}` : "no labels"}, and was given ${given.join(", ") || "none"}`,
      );
    return names.map((label) => String(labels[label]).slice(0, LONGEST_APP_LABEL));
  }
}

export class AppMetrics {
  readonly #families = new Map<string, Counted>();
  readonly #warn: (text: string) => void;
  #seriesCount = 0;
  #hasWarned = false;
  #hasChanged = false;

  /** `warn` tells the app's author of what is left out. */
  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** What only ever grows. */
  counter(name: string, options: MetricOptions = {}) {
    const family = this.#family({ kind: "counter", name, ...this.#common(options) });
    return {
      add: (by = 1, labels: Labels = {}): void => {
        if (!(by >= 0)) throw new RangeError(`The counter ${name} cannot be raised by ${by}`);
        family.change<number>(labels, (value) => value + by);
      },
    };
  }

  /** What goes up and down. */
  gauge(name: string, { merge = "sum", ...options }: GaugeOptions = {}) {
    if (!MERGES.includes(merge)) throw new TypeError(`The gauge ${name} merges by ${MERGES.join(", ")}`);
    const family = this.#family({ kind: "gauge", name, ...this.#common(options), merge });
    return {
      set: (to: number, labels: Labels = {}): void => family.change<number>(labels, () => figure(name, to)),
      add: (by: number, labels: Labels = {}): void =>
        family.change<number>(labels, (value) => value + figure(name, by)),
    };
  }

  /** How values are spread. */
  histogram(name: string, { buckets = DEFAULT_BUCKETS, ...options }: HistogramOptions = {}) {
    const bounds = [...buckets];
    const family = this.#family({ kind: "histogram", name, ...this.#common(options), bounds });
    return {
      observe: (value: number, labels: Labels = {}): void => {
        const at = placeIn(bounds, figure(name, value));
        family.change<{ counts: number[]; sum: number }>(labels, (seen) => {
          seen.counts[at] = (seen.counts[at] ?? 0) + 1;
          seen.sum += value;
          return seen;
        });
      },
    };
  }

  /** All that was counted, when something has been since it was last taken. */
  takeChanged(): AppMetric[] | undefined {
    if (!this.#hasChanged) return undefined;
    this.#hasChanged = false;
    return [...this.#families.values()].map((family) => family.read());
  }

  /** An app whose module is loaded twice, or that asks in each request, gets the same one. */
  #family(head: AppMetricHead): Counted {
    const { name } = head;
    const fault = faultOfHead(head);
    if (fault !== undefined) throw new TypeError(`The metric ${String(name)} ${fault}`);
    const known = this.#families.get(familyOf(name));
    if (known) {
      if (shapeOf(known.head) === shapeOf(head)) return known;
      throw new TypeError(
        `The metric ${name} is there already, as another one: ${known.head.kind} ${known.head.name}`,
      );
    }
    if (this.#families.size >= MOST_APP_METRICS)
      throw new RangeError(`A worker has no more than ${MOST_APP_METRICS} metrics`);
    const family = new Counted(
      head,
      (of) => this.#admit(of),
      () => {
        this.#hasChanged = true;
      },
    );
    this.#families.set(familyOf(name), family);
    return family;
  }

  #common({ help = "", labels = [] }: MetricOptions): { help: string; labels: string[] } {
    return { help: String(help).slice(0, LONGEST_HELP), labels: labels.map(String) };
  }

  #admit(name: string): boolean {
    if (this.#seriesCount < MOST_APP_SERIES) {
      this.#seriesCount++;
      return true;
    }
    if (!this.#hasWarned) this.#warn(`The metric ${name} has too many values of its labels: ${TOO_MANY}`);
    this.#hasWarned = true;
    return false;
  }
}

/** Of the first bound that the value does not exceed; behind all of them that of the rest. */
function placeIn(bounds: readonly number[], value: number): number {
  const at = bounds.findIndex((bound) => value <= bound);
  return at < 0 ? bounds.length : at;
}

function figure(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`The metric ${name} was given ${value}, which is no number`);
}
