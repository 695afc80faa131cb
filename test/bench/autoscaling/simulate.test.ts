import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plotDay } from "./plot.ts";
import {
  byAll,
  byCpu,
  byQueue,
  byWait,
  capacityOf,
  type Deployment,
  LOOK_SECONDS,
  type Rule,
  type Service,
  simulate,
  sumUp,
  syntheticDay,
} from "./simulate.ts";

const DEPLOYMENT: Deployment = { slots: 10, least: 2, most: 20, podSeconds: 25, maxQueue: 100 };
const WAITS: Service = { seconds: 0.1, cpuSeconds: 0.001 };
const COMPUTES: Service = { seconds: 0.011, cpuSeconds: 0.01 };
const RULES: [string, Rule][] = [
  ["wait", byWait],
  ["queue", byQueue],
  ["cpu", byCpu],
  ["all", byAll],
];
const flat = (perSecond: number, seconds: number) => Array.from({ length: seconds }, () => perSecond);

describe("autoscaling", () => {
  test("a pod can do what its places and its processor let it", () => {
    expect(capacityOf(WAITS, DEPLOYMENT)).toBe(100);
    expect(capacityOf(COMPUTES, DEPLOYMENT)).toBe(100);
    expect(capacityOf(WAITS, { slots: 1000 })).toBe(1000);
  });

  test.each(RULES)("by %s: pods stay within their bounds, and what waits within the queue", (_, rule) => {
    const rates = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(rates, (day) => {
        for (const { pods, waitSeconds, refused } of simulate(day, WAITS, DEPLOYMENT, rule)) {
          expect(pods).toBeWithin(DEPLOYMENT.least, DEPLOYMENT.most + 1);
          expect(waitSeconds).toBeWithin(0, DEPLOYMENT.maxQueue / 100 + 0.001);
          expect(refused).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test.each(RULES)("by %s: nothing changes while there is little to do", (_, rule) => {
    const day = simulate(flat(20, 3_600), WAITS, DEPLOYMENT, rule);
    expect(sumUp(day, 1)).toEqual({ lateShare: 0, longestSeconds: 0, mostPods: 2, podHours: 2 });
  });

  test("what is more than the pods can do waits, then is refused, until more pods are there", () => {
    const day = simulate(flat(1_000, 600), WAITS, DEPLOYMENT, byQueue);
    expect(day[0]).toMatchObject({ pods: 2, waitSeconds: 1, refused: 600 });
    expect(day.at(-1)).toMatchObject({ pods: 15, waitSeconds: 0, refused: 0 });
    const first = day.findIndex(({ pods }) => pods > 2);
    // Figures are a look old, and a pod takes its time.
    expect(first).toBe(2 * LOOK_SECONDS - 1 + DEPLOYMENT.podSeconds);
    // At most four more, or twice as many, at each look.
    expect(day[first]?.pods).toBe(6);
  });

  test("a processor that is idle says nothing of an app that waits", () => {
    const asked = flat(1_000, 600);
    expect(sumUp(simulate(asked, WAITS, DEPLOYMENT, byCpu), 1)).toMatchObject({ mostPods: 2 });
    expect(sumUp(simulate(asked, WAITS, DEPLOYMENT, byAll), 1)).toMatchObject({ mostPods: 20 });
    expect(sumUp(simulate(asked, COMPUTES, DEPLOYMENT, byCpu), 1)).toMatchObject({ mostPods: 20 });
  });

  test("down it goes when nobody has wanted more for five minutes", () => {
    const asked = [...flat(1_000, 600), ...flat(20, 900)];
    const day = simulate(asked, WAITS, DEPLOYMENT, byQueue);
    const down = day.findIndex(({ pods }, at) => at > 600 && pods < (day[600]?.pods ?? 0));
    expect(down).toBeWithin(600 + 300, 600 + 300 + 3 * LOOK_SECONDS);
    expect(day.at(-1)?.pods).toBe(2);
  });

  test("of a day those are late that waited too long, and those that were refused", () => {
    const moment = { arrivals: 10, pods: 4, waitSeconds: 0, refused: 0 };
    const day = [moment, { ...moment, waitSeconds: 2 }, { ...moment, refused: 5 }, moment];
    expect(sumUp(day, 1)).toEqual({
      lateShare: 15 / 40,
      longestSeconds: 2,
      mostPods: 4,
      podHours: 16 / 3_600,
    });
  });

  test("a day has its peak in the evening, and ten minutes of three times as many", () => {
    const day = syntheticDay(100);
    expect(day).toHaveLength(86_400);
    expect(day[20 * 3_600]).toBeWithin(90, 100);
    expect((day[15 * 3_600] ?? 0) / (day[15 * 3_600 - 1] ?? 1)).toBeCloseTo(3, 2);
    expect((day[15 * 3_600 + 599] ?? 0) / (day[15 * 3_600 + 600] ?? 1)).toBeCloseTo(3, 2);
  });

  test("the picture has a row for each figure, a line for each rule, and a title for who cannot see it", () => {
    const day = simulate(flat(1_000, 3_600), WAITS, DEPLOYMENT, byQueue);
    const picture = plotDay(
      [
        { name: "one", colour: "#111", day },
        { name: "two", colour: "#222", day },
      ],
      "A day",
    );
    expect(picture).toContain("<title>A day</title>");
    expect(picture.match(/<polyline /g)).toHaveLength(1 + 2 + 2);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    expect(plotDay([], "nothing")).toBe("");
  });
});
