import { expect, test } from "bun:test";
import { type LoadOutcome, Tally } from "../../../src/cli/check-reload/check-reload-figures.ts";
import {
  describeReload,
  renderReport,
  reportAsJson,
} from "../../../src/cli/check-reload/check-reload-report.ts";
import { paintFor } from "../../../src/cli/terminal/output.ts";

const PLAIN = paintFor({ isTTY: false }, {});

function outcome(changes: Partial<LoadOutcome> = {}): LoadOutcome {
  const tally = new Tally();
  for (let n = 0; n < 100; n++) {
    tally.answered("warm-up", 200, 2);
    tally.answered("steady", 200, 1 + n / 100);
    tally.answered("between", 200, 1);
    tally.answered("during", 404, 2 + n / 100);
  }
  const reloads = [400, 500, 600].map((tookMs) => ({ tookMs, error: null, detail: null }));
  return {
    url: "http://localhost:8000/",
    overHttp2: false,
    host: null,
    kind: "reload",
    wantedReloads: 3,
    concurrency: 64,
    tally,
    reloads,
    tookMs: 12_345,
    cutShort: null,
    ...changes,
  };
}

test("report: what people see when no request was lost", () => {
  expect(renderReport(outcome(), PLAIN).join("\n")).toMatchInlineSnapshot(`
    "400 requests to http://localhost:8000/ in 12.3 s, by 64 clients: 48 keep their connection, 16 open one for each request

                           requests  failures  p50 ms  p99 ms  longest ms
    warm-up                100       0         2.00    2.00    2.00
    steady, no reload yet  100       0         1.49    1.98    1.99
    between reloads        100       0         1.00    1.00    1.00
    during reloads         100       0         2.49    2.98    2.99

    reloads: 3 of 3 done, 0 refused; median 500 ms, longest 600 ms
    answers: 300 × 200, 100 × 404
      100 of them are the app's, and refuse the request: --host and --path choose what the app answers
    p99 during reloads is 1.51 times the steady one, not more than 3
    good: 0 of 400 requests failed, 3 of 3 reloads succeeded"
  `);
});

test("report: what people see when some were, and gw refused", () => {
  const bad = outcome({
    kind: "front",
    reloads: [
      { tookMs: 400, error: null, detail: null },
      { tookMs: 90, error: "Generation 3 did not come up\x1b[31m", detail: "app.ts:1" },
    ],
    cutShort: "it was interrupted",
  });
  for (let n = 0; n < 4; n++)
    bad.tally.failedWith({
      kind: "reset",
      atMs: 4_321,
      phase: "during",
      isKept: n % 2 === 0,
      text: "before a byte of the answer",
    });
  expect(renderReport(bad, PLAIN).join("\n")).toMatchInlineSnapshot(`
    "404 requests to http://localhost:8000/ in 12.3 s, by 64 clients: 48 keep their connection, 16 open one for each request

                           requests  failures  p50 ms  p99 ms  longest ms
    warm-up                100       0         2.00    2.00    2.00
    steady, no reload yet  100       0         1.49    1.98    1.99
    between reloads        100       0         1.00    1.00    1.00
    during reloads         104       4         2.49    2.98    2.99

    replacements of all processes: 1 of 3 done, 1 refused; median 400 ms, longest 400 ms
      refused: Generation 3 did not come up\\x1b[31m
    answers: 300 × 200, 100 × 404
      100 of them are the app's, and refuse the request: --host and --path choose what the app answers
    4 × reset: the connection was reset; 2 of them on a new connection
      at 4.3 s, during reloads, kept connection: before a byte of the answer
      at 4.3 s, during reloads, new connection: before a byte of the answer
      at 4.3 s, during reloads, kept connection: before a byte of the answer
      at 4.3 s, during reloads, new connection: before a byte of the answer
    p99 during reloads is 1.51 times the steady one, not more than 3
    not finished: it was interrupted
    not good: 4 of 404 requests failed, 1 of 3 reloads succeeded"
  `);
});

const lastLines = (changed: LoadOutcome, mostRatio?: number) =>
  renderReport(changed, PLAIN, mostRatio).slice(-2);

test("report: answers that were slow meanwhile are a failure only where that was asked for", () => {
  const slow = outcome();
  slow.tally.answered("during", 200, 20);
  slow.tally.answered("during", 200, 20);
  expect(lastLines(slow)).toEqual([
    "p99 during reloads is 10.10 times the steady one, more than 3; only --most-p99-ratio makes that a failure",
    "good, but slow during reloads: 0 of 402 requests failed, 3 of 3 reloads succeeded",
  ]);
  expect(lastLines(slow, 4)).toEqual([
    "p99 during reloads is 10.10 times the steady one, more than 4",
    "not good: 0 of 402 requests failed, 3 of 3 reloads succeeded, and p99 grew to more than 4 times",
  ]);
  expect(lastLines(slow, 11)[1]).toStartWith("good: ");
});

test("report: whom the address was asked for, and that none of it reached the app", () => {
  const tally = new Tally();
  for (let n = 0; n < 5; n++) tally.answered("warm-up", 421, 1, true);
  const vain = outcome({ host: "www.test", tally, reloads: [], cutShort: "no request reached the app" });
  const lines = renderReport(vain, PLAIN);
  expect(lines[0]).toStartWith("5 requests to http://localhost:8000/, for the host www.test, in 12.3 s");
  expect(lines.slice(-5)).toEqual([
    "answers: 5 × 421",
    "  5 of them are gw's own, and reached no worker: --host and --path choose what the app answers",
    "p99 during reloads cannot be compared: too little was measured",
    "not finished: no request reached the app",
    "nothing proved: of 5 requests none reached the app; --host and --path choose what the app answers",
  ]);
});

test("report: nothing measured is said so", () => {
  const empty = outcome({ tally: new Tally(), reloads: [], cutShort: "it was interrupted" });
  const text = renderReport(empty, PLAIN).join("\n");
  expect(text).toContain("answers: none");
  expect(text).toContain("cannot be compared");
});

test("report: a refused reload is told at once, with the app's own text in clean lines", () => {
  expect(describeReload({ tookMs: 1, error: "no", detail: "a\n\x1b[2Jb\n" }, 2, 20)).toEqual([
    "reload 2 of 20: refused: no",
    "  a",
    "  \\x1b[2Jb",
  ]);
});

test("report: as JSON, every figure", () => {
  expect(JSON.parse(JSON.stringify(reportAsJson(outcome())))).toMatchObject({
    requests: 400,
    failures: 0,
    statuses: { 200: 300, 404: 100 },
    phases: { steady: { requests: 100, failures: 0, p99Ms: expect.any(Number) } },
    done: 3,
    refused: 0,
    isGood: true,
    cutShort: null,
  });
});
