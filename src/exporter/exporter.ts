// What the exporter does: records of requests wait here for the collector, and figures are fetched and sent in an interval. What
// becomes of both is counted, and told when it changes.

import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Sample } from "../link/figures.ts";
import type { ExporterSetup } from "../link/messages.ts";
import { readSpans } from "../link/traces/read-spans.ts";
import type { SpanRecord } from "../link/traces/spans.ts";
import type { Metric } from "../metrics/table.ts";
import type { Collector } from "./collector.ts";
import { ExportQueue } from "./export-queue.ts";
import { Outcomes } from "./outcomes.ts";
import type { FiguresTold } from "./to-metrics.ts";

export type ExporterOptions = {
  clock: Clock;
  log: Log;
  collector: Collector;
  setup: Pick<ExporterSetup, "endpoint" | "metricsEveryMs">;
  /** Undefined when nothing is told in time. */
  ask: () => Promise<FiguresTold | undefined>;
};

/** Some 20 MB. */
const MOST_WAITING = 20_000;
/** As OpenTelemetry has it for spans; a record makes up to three. */
const BATCH = 256;
const GATHER_MS = 1_000;
const REST_MS = 1_000;

export class Exporter {
  readonly #options: ExporterOptions;
  readonly #queue: ExportQueue<SpanRecord>;
  readonly #traces: Outcomes;
  readonly #metrics: Outcomes;
  #timer: Timer | undefined;
  #sent = 0;
  /** There was no room for them, or the collector did not take them. */
  readonly #lost = { exporter: 0, collector: 0 };
  /** Times that the collector took no metrics. */
  #metricsLost = 0;

  constructor(options: ExporterOptions) {
    this.#options = options;
    const { clock, log, collector, setup } = options;
    this.#traces = new Outcomes(log, "traces", adviceOn(setup.endpoint, "metrics"));
    this.#metrics = new Outcomes(log, "metrics", adviceOn(setup.endpoint, "traces"));
    this.#queue = new ExportQueue({
      ...{ clock, most: MOST_WAITING, batch: BATCH, gatherMs: GATHER_MS, restMs: REST_MS },
      send: (records) => collector.sendSpans(records),
      onSent: (count, reason) => this.#note(count, reason),
    });
    this.#arm();
  }

  /** What is told of so many requests. */
  take(text: string, count: number): void {
    const records = readSpans(text);
    this.#lost.exporter += Math.max(0, count - records.length) + this.#queue.add(records);
  }

  /** Resolves when all of it is sent, or the collector fails; the last figures are sent as well. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    const isSending = this.#options.setup.metricsEveryMs !== undefined && !this.#metrics.isFailing;
    await Promise.all([this.#queue.flushed(), isSending && this.#push()]);
  }

  get figures(): Sample[] {
    const lost = Object.entries(this.#lost).map(([where, value]) =>
      sample("gw_traces_lost_total", [where], value),
    );
    const traces = [sample("gw_traces_sent_total", [], this.#sent), ...lost];
    if (this.#options.setup.metricsEveryMs === undefined) return traces;
    return [...traces, sample("gw_metrics_lost_total", [], this.#metricsLost)];
  }

  #note(count: number, reason: string | undefined): void {
    if (reason === undefined) this.#sent += count;
    else this.#lost.collector += count;
    this.#traces.note(count, reason);
  }

  #arm(): void {
    const { clock, setup } = this.#options;
    if (setup.metricsEveryMs === undefined) return;
    this.#timer = clock.after(setup.metricsEveryMs, () => void this.#push().finally(() => this.#arm()));
  }

  async #push(): Promise<void> {
    const told = await this.#options.ask();
    if (!told) return;
    const reason = await this.#options.collector.sendMetrics(told);
    if (reason !== undefined) this.#metricsLost++;
    this.#metrics.note(1, reason);
  }
}

const sample = (metric: Metric, labels: string[], value: number): Sample => ({ metric, labels, value });

const adviceOn = (endpoint: string, other: string) =>
  `look at the collector at ${endpoint}; --otlp-signals ${other} ends the attempts`;
