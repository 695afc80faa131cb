import { describe, expect, test } from "bun:test";
import type { AppMetric, AppSeries } from "../../src/link/apps/app-metrics.ts";
import { AppSums } from "../../src/metrics/app-sums.ts";

const metric = (more: Partial<AppMetric>, value: AppSeries["value"], labels: string[] = []): AppMetric => ({
  ...{ kind: "counter", name: "a_total", help: "", labels: labels.map((_, at) => `l${at}`) },
  ...more,
  series: [{ labels, value }],
});
const counter = (value: number, ...labels: string[]) => metric({}, value, labels);
const values = (sums: AppSums) =>
  sums
    .read()
    .metrics.flatMap(({ name, series }) => series.map(({ labels, value }) => [name, ...labels, value]));

describe("app sums", () => {
  test("workers of a group add up, groups stay apart, and what a worker says replaces what it said before", () => {
    const sums = new AppSums();
    const [one, other] = [{}, {}];
    sums.note(one, "shop", [counter(1, "x")]);
    sums.note(one, "shop", [counter(2, "x")]);
    sums.note(other, "shop", [counter(5, "x")]);
    sums.note({}, "api", [counter(9, "x")]);
    expect(values(sums)).toEqual([
      ["a_total", "shop", "x", 7],
      ["a_total", "api", "x", 9],
    ]);
    expect(sums.read().metrics[0]?.labels).toEqual(["group", "l0"]);
  });

  test("what has ended counts on, but for gauges", () => {
    const sums = new AppSums();
    const worker = {};
    const gauge = metric({ kind: "gauge", name: "g" }, 4);
    const spread = metric({ kind: "histogram", name: "h", bounds: [1] }, { counts: [1, 2], sum: 7 });
    sums.note(worker, "shop", [counter(3), gauge, spread]);
    sums.end(worker);
    sums.end(worker);
    sums.note({}, "shop", [counter(1), spread]);
    expect(values(sums)).toEqual([
      ["a_total", "shop", 4],
      ["h", "shop", { counts: [2, 4], sum: 14 }],
    ]);
    // Reading changes nothing.
    expect(values(sums)).toEqual(values(sums));
  });

  test.each([
    ["sum", 5],
    ["max", 3],
    ["min", 2],
  ] as const)("gauges merge by %s", (merge, expected) => {
    const sums = new AppSums();
    for (const value of [3, 2]) sums.note({}, "shop", [metric({ kind: "gauge", name: "g", merge }, value)]);
    expect(values(sums)).toEqual([["g", "shop", expected]]);
  });

  test("another metric of the same name is left out, and so is what is too much; both are counted", () => {
    const sums = new AppSums();
    sums.note({}, "shop", [counter(1)]);
    sums.note({}, "api", [metric({ kind: "gauge", name: "a" }, 1), counter(1, "x")]);
    expect([values(sums), sums.read().leftOut]).toEqual([[["a_total", "shop", 1]], 2]);
    for (let n = 0; n < 11; n++) {
      const series = Array.from({ length: 2_000 }, (_, at) => ({ labels: [`${n}-${at}`], value: 1 }));
      sums.note({}, "shop", [{ ...counter(0, "x"), name: "b_total", series }]);
    }
    const { metrics, leftOut } = sums.read();
    expect([metrics[1]?.series.length, leftOut]).toEqual([19_999, 2_003]);
  });
});
