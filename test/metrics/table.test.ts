import { describe, expect, test } from "bun:test";
import { METRIC_NAMES, METRICS, metricRow } from "../../src/metrics/table.ts";

/** https://prometheus.io/docs/practices/naming/ */
describe.each(METRIC_NAMES)("metric %s", (name) => {
  const { kind, help, labels } = METRICS[name];

  test("is named as Prometheus wants it", () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.endsWith("_total")).toBe(kind === "counter");
    if (kind === "histogram") expect(name).toEndWith("_seconds");
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  });

  test("has a sentence", () => {
    expect(help).toMatch(/^[A-Z].*[^.]$/);
  });
});

test("metrics: what is no name of one has no row", () => {
  expect([metricRow("gw_generation")?.kind, metricRow("constructor"), metricRow("")]).toEqual([
    "gauge",
    undefined,
    undefined,
  ]);
});
