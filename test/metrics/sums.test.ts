import { expect, test } from "bun:test";
import type { Distribution, Sample } from "../../src/link/figures.ts";
import { Sums } from "../../src/metrics/sums.ts";

const counts = (...first: number[]) => [...first, ...Array(18 - first.length).fill(0)];
const errors = (value: number, cause = "queue_full"): Sample => ({
  metric: "gw_errors_total",
  labels: [cause],
  value,
});
const queue = (sumMs: number, ...first: number[]): Sample => ({
  metric: "gw_queue_seconds",
  labels: ["default"],
  value: { counts: counts(...first), sumMs },
});

test("sums: what several processes have counted is added up, series by series", () => {
  const sums = new Sums();
  const [one, other] = [{}, {}];
  sums.note(one, [errors(1), queue(5, 1, 2)]);
  sums.note(other, [errors(2), errors(1, "bug"), queue(7, 0, 1)]);
  expect(sums.samples).toEqual([errors(3), queue(12, 1, 3), errors(1, "bug")]);
});

test("sums: the last word of one that ends stays, once; a new one begins from nothing", () => {
  const sums = new Sums();
  const [one, next] = [{}, {}];
  sums.note(one, [errors(1), queue(1, 1)]);
  sums.note(one, [errors(4), queue(2, 2)]);
  sums.end(one);
  sums.end(one);
  expect(sums.samples).toEqual([errors(4), queue(2, 2)]);
  sums.note(next, [errors(1), queue(1, 0, 1)]);
  expect(sums.samples).toEqual([errors(5), queue(3, 2, 1)]);
});

test("sums: what is asked for cannot be changed by who has asked", () => {
  const sums = new Sums();
  sums.note({}, [queue(1, 1)]);
  for (const { value } of sums.samples) (value as Distribution).counts[0] = 99;
  expect(sums.samples).toEqual([queue(1, 1)]);
});

test("sums: a process that says what is no metric, or not its own, is not believed", () => {
  const sums = new Sums();
  sums.note({}, [
    { metric: "constructor", labels: [], value: 1 },
    { metric: "gw_generation", labels: [], value: 9 },
    { metric: "gw_errors_total", labels: [], value: 1 },
    { metric: "gw_errors_total", labels: ["bug"], value: { counts: counts(1), sumMs: 1 } },
    { metric: "gw_queue_seconds", labels: ["default"], value: 3 },
  ]);
  expect(sums.samples).toEqual([]);
});

test("sums: of each bucket the latest request with a trace is kept", () => {
  const sums = new Sums();
  const marked = (bucket: number, trace: string, wallMs: number): Sample => ({
    ...queue(1, 1),
    value: { counts: counts(1), sumMs: 1, exemplars: [{ bucket, traceId: trace, ms: 1, wallMs }] },
  });
  for (const one of [
    marked(0, "old", 1),
    marked(0, "new", 5),
    marked(0, "between", 3),
    marked(2, "other", 2),
  ])
    sums.note({}, [one]);
  const [{ value } = { value: 0 }] = sums.samples;
  const exemplars = (value as Distribution).exemplars ?? [];
  expect(exemplars.map(({ bucket, traceId }) => [bucket, traceId]).toSorted()).toEqual([
    [0, "new"],
    [2, "other"],
  ]);
});
