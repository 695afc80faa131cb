// What gw check-reload prints, for people and as JSON. Pure.

import { oneLine } from "../core/log.ts";
import {
  FAILURES,
  type FailureKind,
  type Histogram,
  type Judged,
  judge,
  type NamedFailure,
  type Outcome,
  PHASES,
  type Phase,
  type ReloadOutcome,
} from "./check-reload-figures.ts";
import { counted } from "./control-answers.ts";
import { table } from "./control-table.ts";
import type { Paint } from "./output.ts";

/** What gw is held to, in its own figures. */
const GOOD_RATIO = 3;

const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  "warm-up": "warm-up",
  steady: "steady, no reload yet",
  between: "between reloads",
  during: "during reloads",
};

export function renderReport(outcome: Outcome, paint: Paint, mostRatio?: number): string[] {
  const { url, concurrency, tally, tookMs, cutShort } = outcome;
  const judged = judge(outcome, mostRatio);
  const fresh = Math.round(concurrency / 4);
  return [
    `${counted(tally.requests, "request")} to ${url} in ${seconds(tookMs)}, by ${counted(concurrency, "client")}: ${concurrency - fresh} keep their connection, ${fresh} open one for each request`,
    "",
    ...table(
      ["", "requests", "failures", "p50 ms", "p99 ms", "longest ms"],
      PHASES.map((phase) => {
        const { times, failures } = tally.phases[phase];
        const requests = String(times.total + failures);
        return [PHASE_NAMES[phase], requests, String(failures), ...timesOf(times)];
      }),
      paint,
    ),
    "",
    describeReloads(outcome, judged),
    ...describeRefusals(outcome.reloads),
    ...describeAnswers(tally.statuses, paint),
    ...describeFailures(outcome, paint),
    describeRatio(judged, mostRatio),
    ...(cutShort === null ? [] : [paint.bad(`not finished: ${oneLine(cutShort)}`)]),
    verdict(outcome, judged, paint),
  ];
}

/** As it happens. An app's own text has lines; each is shown as one. */
export function describeReload(outcome: ReloadOutcome, number: number, times: number): string[] {
  const { tookMs, error, detail } = outcome;
  const how = error === null ? `done after ${Math.round(tookMs)} ms` : `refused: ${error}`;
  const own = detail === null ? [] : detail.trimEnd().split("\n");
  return [`reload ${number} of ${times}: ${how}`, ...own.map((line) => `  ${line}`)].map(oneLine);
}

function timesOf(times: Histogram): string[] {
  return [times.quantile(0.5), times.quantile(0.99), times.total === 0 ? null : times.mostMs].map((ms) =>
    ms === null ? "-" : ms.toFixed(2),
  );
}

function describeReloads({ kind, wantedReloads }: Outcome, judged: Judged): string {
  const { done, refused, medianMs, longestMs } = judged;
  const what = kind === "front" ? "replacements of all processes" : "reloads";
  const took =
    medianMs === null || longestMs === null
      ? ""
      : `; median ${Math.round(medianMs)} ms, longest ${Math.round(longestMs)} ms`;
  return `${what}: ${done} of ${wantedReloads} done, ${refused} refused${took}`;
}

function describeRefusals(reloads: readonly ReloadOutcome[]): string[] {
  const errors = new Set(reloads.flatMap(({ error }) => error ?? []));
  return [...errors].map((error) => oneLine(`  refused: ${error}`));
}

/** Where each is gw's own refusal, no worker has been asked, and nothing proved. */
function describeAnswers(statuses: Readonly<Record<number, number>>, paint: Paint): string[] {
  const all = Object.entries(statuses);
  const text = all.map(([status, count]) => `${count} × ${status}`).join(", ");
  const refusals = all.reduce((sum, [status, count]) => sum + (Number(status) >= 400 ? count : 0), 0);
  const advice = `${refusals} of them refuse the request: --path and --host choose what the app answers`;
  return [`answers: ${text || "none"}`, ...(refusals > 0 ? [`  ${paint.strong(advice)}`] : [])];
}

function describeFailures({ tally }: Outcome, paint: Paint): string[] {
  return Object.entries(tally.failures).flatMap(([kind, count]) => [
    `${paint.bad(`${count} × ${kind}`)}: ${FAILURES[kind as FailureKind]}; ${tally.failuresWhenNew[kind as FailureKind] ?? 0} of them on a new connection`,
    ...tally.named.filter((failure) => failure.kind === kind).map((failure) => `  ${nameFailure(failure)}`),
  ]);
}

function nameFailure({ atMs, phase, isKept, text }: NamedFailure): string {
  return `at ${seconds(atMs)}, ${PHASE_NAMES[phase]}, ${isKept ? "kept" : "new"} connection: ${text}`;
}

function describeRatio({ p99Ratio }: Judged, mostRatio = GOOD_RATIO): string {
  if (p99Ratio === null) return "p99 during reloads cannot be compared: too little was measured";
  const words = p99Ratio <= mostRatio ? `not more than ${mostRatio}` : `more than ${mostRatio}`;
  return `p99 during reloads is ${p99Ratio.toFixed(2)} times the steady one, ${words}`;
}

function verdict({ tally, wantedReloads }: Outcome, { done, isGood }: Judged, paint: Paint): string {
  const failures = `${tally.failed} of ${counted(tally.requests, "request")} failed`;
  const text = `${failures}, ${done} of ${counted(wantedReloads, "reload")} succeeded`;
  return isGood ? paint.good(`good: ${text}`) : paint.bad(`not good: ${text}`);
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** The same for scripts; times in milliseconds. */
export function reportAsJson(outcome: Outcome, mostRatio?: number): object {
  const { url, kind, concurrency, tally, reloads, tookMs, cutShort, wantedReloads } = outcome;
  const { requests, failed, failures, named, statuses } = tally;
  const phases = PHASES.map((phase) => {
    const { times, failures } = tally.phases[phase];
    const [p50Ms, p99Ms] = [times.quantile(0.5), times.quantile(0.99)];
    return [phase, { requests: times.total + failures, failures, p50Ms, p99Ms, longestMs: times.mostMs }];
  });
  return {
    url,
    kind,
    concurrency,
    tookMs,
    requests,
    failures: failed,
    failuresByKind: failures,
    failuresOfNewConnections: tally.failuresWhenNew,
    firstFailures: named,
    statuses,
    phases: Object.fromEntries(phases),
    wantedReloads,
    reloads,
    cutShort,
    ...judge(outcome, mostRatio),
  };
}
