import { describe, expect, test } from "bun:test";
import { MOST_APP_SERIES, readAppMetrics } from "../../../src/link/apps/app-metrics.ts";
import { AppMetrics } from "../../../src/worker/module/app-metrics.ts";

function setUp() {
  const warnings: string[] = [];
  return { warnings, metrics: new AppMetrics((text) => warnings.push(text)) };
}

describe("app metrics", () => {
  test("what is counted is told when there is something new, and comes through the check of its reader", () => {
    const { metrics } = setUp();
    expect(metrics.takeChanged()).toBeUndefined();
    const orders = metrics.counter("orders_total", { help: "Orders", labels: ["kind"] });
    const depth = metrics.gauge("depth", { merge: "max" });
    const took = metrics.histogram("took_seconds", { buckets: [1, 2] });
    orders.add(2, { kind: "book" });
    orders.add(undefined, { kind: "pen" });
    depth.set(-3);
    depth.add(1);
    for (const value of [0.5, 1, 1.5, 9]) took.observe(value);
    const told = metrics.takeChanged();
    expect(told).toEqual([
      {
        ...{ kind: "counter", name: "orders_total", help: "Orders", labels: ["kind"] },
        series: [
          { labels: ["book"], value: 2 },
          { labels: ["pen"], value: 1 },
        ],
      },
      {
        ...{ kind: "gauge", name: "depth", help: "", labels: [], merge: "max" },
        series: [{ labels: [], value: -2 }],
      },
      {
        ...{ kind: "histogram", name: "took_seconds", help: "", labels: [], bounds: [1, 2] },
        series: [{ labels: [], value: { counts: [2, 1, 1], sum: 12 } }],
      },
    ]);
    expect(readAppMetrics(JSON.parse(JSON.stringify(told)))).toEqual(told as never);
    expect(metrics.takeChanged()).toBeUndefined();
    orders.add(1, { kind: "book" });
    expect(metrics.takeChanged()?.[0]?.series[0]?.value).toBe(3);
  });

  test("a metric without labels is there from the beginning, with nothing", () => {
    const { metrics } = setUp();
    metrics.counter("a_total");
    expect(metrics.takeChanged()?.[0]?.series).toEqual([{ labels: [], value: 0 }]);
  });

  test("the same one twice is one; another one of its name is refused", () => {
    const { metrics } = setUp();
    metrics.counter("a_total").add();
    metrics.counter("a_total").add();
    expect(metrics.takeChanged()?.[0]?.series[0]?.value).toBe(2);
    expect(() => metrics.counter("a_total", { labels: ["x"] })).toThrow(
      "The metric a_total is there already, as another one: counter a_total",
    );
    expect(() => metrics.gauge("a")).toThrow("The metric a is there already");
  });

  test.each<[string, (metrics: AppMetrics) => unknown, string]>([
    ["a name of gw's", (m) => m.gauge("gw_mine"), "begins as those of gw's own"],
    ["a name with a space", (m) => m.gauge("a b"), "is not made of letters, digits and _"],
    ["a counter without its ending", (m) => m.counter("orders"), "ends in _total"],
    ["a gauge with another's ending", (m) => m.gauge("orders_count"), "ends as those"],
    ["a label of gw's", (m) => m.gauge("a", { labels: ["group"] }), 'cannot have the label "group"'],
    ["a label twice", (m) => m.gauge("a", { labels: ["x", "x"] }), "has a label twice"],
    ["too many labels", (m) => m.gauge("a", { labels: [..."abcdefghi"] }), "more than 8 labels"],
    ["buckets that go down", (m) => m.histogram("a", { buckets: [2, 1] }), "in ascending order"],
    ["no buckets", (m) => m.histogram("a", { buckets: [] }), "needs 1 to 40 buckets"],
    ["a merge that is none", (m) => m.gauge("a", { merge: "avg" as never }), "merges by sum, max, min"],
    ["a counter that sinks", (m) => m.counter("a_total").add(-1), "cannot be raised by -1"],
    ["no number", (m) => m.gauge("a").set(Number.NaN), "was given NaN, which is no number"],
    ["a label that it does not have", (m) => m.gauge("a").set(1, { x: 1 }), "has no labels, and was given x"],
    [
      "a label too few",
      (m) => m.gauge("a", { labels: ["x"] }).set(1),
      "has the labels x, and was given none",
    ],
  ])("%s is told to the app's author", (_name, act, message) => {
    expect(() => act(setUp().metrics)).toThrow(message);
  });

  test("series are bounded, and what is left out is told once", () => {
    const { metrics, warnings } = setUp();
    const hits = metrics.counter("hits_total", { labels: ["path"] });
    for (let n = 0; n < MOST_APP_SERIES + 10; n++) hits.add(1, { path: `/${n}` });
    hits.add(1, { path: "/0" });
    const series = metrics.takeChanged()?.[0]?.series ?? [];
    expect([series.length, series[0]?.value]).toEqual([MOST_APP_SERIES, 2]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("The metric hits_total has too many values of its labels");
  });
});
