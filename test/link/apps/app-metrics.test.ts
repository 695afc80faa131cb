import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type AppMetric,
  faultOfHead,
  MOST_APP_SERIES,
  readAppMetrics,
} from "../../../src/link/apps/app-metrics.ts";

const GOOD: AppMetric = {
  ...{ kind: "counter", name: "a_total", help: "h", labels: ["x"] },
  series: [{ labels: ["1"], value: 1 }],
};

describe("app metrics: a worker's word", () => {
  test("is taken as it is where it is right", () => {
    expect(readAppMetrics([GOOD])).toEqual([GOOD]);
    expect(readAppMetrics("x")).toBeUndefined();
  });

  test.each<[string, object]>([
    ["a name with a line feed", { name: "a\nb_total" }],
    ["a name of gw's", { name: "gw_errors_total" }],
    ["no name", { name: 7 }],
    ["a kind that is none", { kind: "summary" }],
    ["labels that are none", { labels: [1] }],
    ["a histogram without bounds", { kind: "histogram", name: "a" }],
    ["no series", { series: undefined }],
  ])("%s: the metric is left out", (_name, wrong) => {
    expect(readAppMetrics([{ ...GOOD, ...wrong }, GOOD])).toEqual([GOOD]);
  });

  test.each<[string, object]>([
    ["too few labels", { labels: [], value: 1 }],
    ["a counter below nothing", { labels: ["1"], value: -1 }],
    ["no number", { labels: ["1"], value: "7" }],
    ["a distribution", { labels: ["1"], value: { counts: [1], sum: 1 } }],
    ["a label that is no text", { labels: [{}], value: 1 }],
  ])("%s: the series is left out", (_name, series) => {
    expect(readAppMetrics([{ ...GOOD, series: [series] }])).toEqual([{ ...GOOD, series: [] }]);
  });

  test("is bounded in number and length", () => {
    const series = Array.from({ length: MOST_APP_SERIES + 5 }, (_, n) => ({ labels: [`${n}`], value: n }));
    const long = { ...GOOD, name: "b_total", help: "h".repeat(9_999) };
    const read = readAppMetrics([{ ...GOOD, series }, long]) ?? [];
    expect(read.map((one) => one.series.length)).toEqual([MOST_APP_SERIES, 0]);
    expect(read[1]?.help.length).toBeLessThan(500);
    const wide = readAppMetrics([{ ...GOOD, series: [{ labels: ["v".repeat(9_999)], value: 1 }] }]);
    expect(wide?.[0]?.series[0]?.labels[0]?.length).toBeLessThan(200);
  });

  test("whatever it is, it does no harm, and what comes through has no fault", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.object(), (one, other) => {
        const read = readAppMetrics([one, { ...GOOD, ...other }, { ...GOOD, series: [one, other] }]) ?? [];
        for (const { series, ...head } of read)
          expect([series.length >= 0, faultOfHead(head)]).toEqual([true, undefined]);
      }),
    );
  });
});
