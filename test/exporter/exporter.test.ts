import { describe, expect, test } from "bun:test";
import { Exporter } from "../../src/exporter/exporter.ts";
import type { Sample } from "../../src/link/figures.ts";
import { type SpanRecord, writeSpan } from "../../src/link/traces/spans.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-pool.ts";

const END: SpanRecord = {
  kind: "end",
  atMs: 1,
  name: "worker 1",
  reason: "crash",
  pid: 7,
  how: "exit code 1",
};
const SAMPLE: Sample = { metric: "gw_generation", labels: [], value: 1 };

function setUp({ failing = false, metricsEveryMs = 15_000 as number | null } = {}) {
  const clock = new FakeClock();
  const { log, texts } = captureLog();
  const spans: (readonly SpanRecord[])[] = [];
  const metrics: (readonly Sample[])[] = [];
  const outcome = async () => (failing ? "status 503" : undefined);
  const exporter = new Exporter({
    clock,
    log,
    collector: {
      sendSpans: (records) => {
        spans.push(records);
        return outcome();
      },
      sendMetrics: ({ samples }) => {
        metrics.push(samples);
        return outcome();
      },
    },
    setup: { endpoint: "http://c.test", ...(metricsEveryMs !== null && { metricsEveryMs }) },
    ask: async () => ({ samples: [SAMPLE], appMetrics: [] }),
  });
  const figures = () => exporter.figures.map(({ labels, value }) => [...labels, value]);
  return { clock, exporter, spans, metrics, texts, figures };
}

describe("exporter", () => {
  test("what it is told of requests goes to the collector, and is counted when that has it", async () => {
    const { clock, exporter, spans, figures } = setUp();
    exporter.take(writeSpan(END), 1);
    clock.advance(1_000);
    await settle();
    expect(spans).toEqual([[END]]);
    expect(figures()).toEqual([[1], ["exporter", 0], ["collector", 0], [0]]);
  });

  test("what could not be read, and what there was no room for, is counted", () => {
    const { exporter, figures } = setUp();
    exporter.take(`${writeSpan(END)}nonsense\n`, 2);
    exporter.take(writeSpan(END).repeat(20_500), 20_500);
    const [, [, lost] = []] = figures();
    // One batch is on its way and holds no place.
    expect(lost).toBe(1 + 1 + 20_500 - 20_000);
  });

  test("figures are asked for and sent, time and again", async () => {
    const { clock, metrics } = setUp();
    for (let count = 0; count < 2; count++) {
      clock.advance(15_000);
      await settle();
      await settle();
    }
    expect(metrics).toEqual([[SAMPLE], [SAMPLE]]);
    const none = setUp({ metricsEveryMs: null });
    none.clock.advance(1_000_000);
    await settle();
    expect(none.metrics).toEqual([]);
  });

  test("a collector that fails is told of once for each kind, with what to do", async () => {
    const { clock, exporter, texts, figures } = setUp({ failing: true });
    for (let count = 0; count < 3; count++) {
      exporter.take(writeSpan(END), 1);
      clock.advance(15_000);
      await settle();
    }
    expect(texts()).toEqual([
      "the collector takes no traces; they are lost and counted until it does",
      "the collector takes no metrics; they are lost and counted until it does",
    ]);
    expect(figures()).toEqual([[0], ["exporter", 0], ["collector", 3], [3]]);
  });

  test("at the end the last of both is sent", async () => {
    const { exporter, spans, metrics } = setUp();
    exporter.take(writeSpan(END), 1);
    await exporter.close();
    expect([spans.length, metrics.length]).toEqual([1, 1]);
  });
});
