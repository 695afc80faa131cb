import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type FailureKind,
  Histogram,
  judge,
  type LoadOutcome,
  type ReloadOutcome,
  Tally,
  Timeline,
} from "../../../src/cli/check-reload/check-reload-figures.ts";

test("figures: a quantile is right within a thousandth of itself, whatever the times are", () => {
  const times = fc.array(
    fc.oneof(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 40_000, noNaN: true })),
    {
      minLength: 1,
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const histogram = new Histogram();
      for (const ms of all) histogram.add(ms);
      const sorted = all.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0;
      const got = histogram.quantile(share) ?? Number.NaN;
      expect(Math.abs(got - exact)).toBeLessThanOrEqual(exact / 1_000 + 0.001);
      expect(got).toBeLessThanOrEqual(histogram.mostMs);
    }),
  );
});

test("figures: without times there is no quantile, and no time is too long", () => {
  const histogram = new Histogram();
  expect(histogram.quantile(0.5)).toBeNull();
  histogram.add(1e12);
  expect(histogram.quantile(1)).toBeGreaterThan(2_000_000);
});

test("figures: a request belongs to a reload when it overlaps it, or the time after it", () => {
  const timeline = new Timeline();
  expect(timeline.phaseOf(0)).toBe("warm-up");
  timeline.become("steady");
  expect(timeline.phaseOf(5)).toBe("steady");
  timeline.become("between");
  timeline.reloadBegins();
  expect(timeline.phaseOf(7)).toBe("during");
  timeline.reloadEnds(100);
  // Began before the end: that it ends later changes nothing.
  expect(timeline.phaseOf(100)).toBe("during");
  expect(timeline.phaseOf(101)).toBe("between");
  timeline.reloadBegins();
  expect(timeline.phaseOf(200)).toBe("during");
});

const failure = (kind: FailureKind, isKept = true) =>
  ({ kind, atMs: 1, phase: "during", isKept, text: "because" }) as const;

test("figures: failures are counted by kind and phase, and the first three of a kind named, kept and new", () => {
  const tally = new Tally();
  for (let n = 0; n < 5; n++) tally.failedWith(failure("reset"));
  tally.failedWith(failure("cut"));
  tally.failedWith(failure("reset", false));
  tally.answered("steady", 200, 1);
  expect([tally.requests, tally.failed, tally.failures]).toEqual([8, 7, { reset: 6, cut: 1 }]);
  expect(tally.failuresWhenNew).toEqual({ reset: 1 });
  expect(tally.named.map(({ kind, isKept }) => [kind, isKept])).toEqual([
    ["reset", true],
    ["reset", true],
    ["reset", true],
    ["cut", true],
    ["reset", false],
  ]);
  expect([tally.phases.during.failures, tally.phases.steady.failures]).toEqual([7, 0]);
});

const done = (tookMs: number): ReloadOutcome => ({ tookMs, error: null, detail: null });

function outcomeWith(changes: Partial<LoadOutcome> = {}, during = 2): LoadOutcome {
  const tally = new Tally();
  tally.answered("steady", 200, 1);
  tally.answered("during", 200, during);
  return {
    url: "http://localhost:8000/",
    overHttp2: false,
    host: null,
    kind: "reload",
    wantedReloads: 3,
    concurrency: 4,
    tally,
    reloads: [done(300), done(100), done(200)],
    tookMs: 10,
    cutShort: null,
    ...changes,
  };
}

test("figures: all reloads and no failure are good", () => {
  expect(judge(outcomeWith())).toMatchObject({
    done: 3,
    refused: 0,
    medianMs: 200,
    longestMs: 300,
    isGood: true,
  });
  expect(judge(outcomeWith()).p99Ratio).toBeCloseTo(2, 1);
});

test.each<[string, Partial<LoadOutcome>]>([
  ["a refused reload", { reloads: [done(1), done(1), { tookMs: 1, error: "no", detail: null }] }],
  ["a reload that was not tried", { reloads: [done(1), done(1)] }],
  ["a run that was cut short", { cutShort: "it was interrupted" }],
])("figures: %s is not good", (_, changes) => {
  expect(judge(outcomeWith(changes)).isGood).toBe(false);
});

test("figures: a failed request is not good", () => {
  const outcome = outcomeWith();
  outcome.tally.failedWith(failure("closed"));
  expect(judge(outcome).isGood).toBe(false);
});

test("figures: a slow reload is good unless a limit was given", () => {
  const slow = outcomeWith({}, 10);
  expect([judge(slow).isGood, judge(slow, 3).isGood, judge(slow, 30).isGood]).toEqual([true, false, true]);
  const unmeasured = outcomeWith({ tally: new Tally() });
  expect([judge(unmeasured).p99Ratio, judge(unmeasured).isGood, judge(unmeasured, 3).isGood]).toEqual([
    null,
    true,
    false,
  ]);
});

test("figures: requests that only gw has answered prove nothing", () => {
  const tally = new Tally();
  tally.answered("steady", 421, 1, true);
  tally.answered("during", 421, 1, true);
  expect(judge(outcomeWith({ tally }))).toMatchObject({ provesNothing: true, isGood: false });
  tally.answered("during", 404, 1);
  expect(judge(outcomeWith({ tally }))).toMatchObject({ provesNothing: false, isGood: true });
});
