// What gw check-reload prints, for people and as JSON. Pure.

import { oneLine } from "../../core/log.ts";
import { counted } from "../control/control-answers.ts";
import { table } from "../control/control-table.ts";
import type { Paint } from "../terminal/output.ts";
import {
  FAILURES,
  type FailureKind,
  type Histogram,
  judge,
  type LoadOutcome,
  type LoadPhase,
  type LoadVerdict,
  type NamedFailure,
  PHASES,
  type ReloadOutcome,
  type Tally,
} from "./check-reload-figures.ts";

/** What gw is held to, in its own figures. */
const GOOD_RATIO = 3;

const CHOICE = "--host and --path choose what the app answers";

const PHASE_NAMES: Readonly<Record<LoadPhase, string>> = {
  "warm-up": "warm-up",
  steady: "steady, no reload yet",
  between: "between reloads",
  during: "during reloads",
};

export function renderReport(outcome: LoadOutcome, paint: Paint, mostRatio?: number): string[] {
  const { url, host, overHttp2, concurrency, tally, tookMs, cutShort } = outcome;
  const [how, keep] = overHttp2 ? [" over HTTP/2", "share connections"] : ["", "keep their connection"];
  const whom = host === null ? "" : `, for the host ${host},`;
  const judged = judge(outcome, mostRatio);
  const fresh = Math.round(concurrency / 4);
  return [
    `${counted(tally.requests, "request")} to ${url}${whom}${how} in ${seconds(tookMs)}, by ${counted(concurrency, "client")}: ${concurrency - fresh} ${keep}, ${fresh} open one for each request`,
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
    ...describeAnswers(tally, paint),
    ...describeFailures(outcome, paint),
    describeRatio(judged, mostRatio),
    ...(cutShort === null ? [] : [paint.bad(`not finished: ${oneLine(cutShort)}`)]),
    verdict(outcome, judged, paint, mostRatio),
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

const WHAT = { front: "replacements of all processes", reload: "reloads", upgrade: "upgrades" } as const;

function describeReloads({ kind, wantedReloads }: LoadOutcome, judged: LoadVerdict): string {
  const { done, refused, medianMs, longestMs } = judged;
  const what = WHAT[kind];
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

/** A worker was asked for what an app refuses, and none for what gw does. */
function describeAnswers({ statuses, refusedByGw }: Tally, paint: Paint): string[] {
  const all = Object.entries(statuses);
  const text = all.map(([status, count]) => `${count} × ${status}`).join(", ");
  const refusals = all.reduce((sum, [status, count]) => sum + (Number(status) >= 400 ? count : 0), 0);
  const notes = [
    ...(refusedByGw > 0 ? [`${refusedByGw} of them are gw's own, and reached no worker: ${CHOICE}`] : []),
    ...(refusals > refusedByGw
      ? [`${refusals - refusedByGw} of them are the app's, and refuse the request: ${CHOICE}`]
      : []),
  ];
  return [`answers: ${text || "none"}`, ...notes.map((note) => `  ${paint.strong(note)}`)];
}

function describeFailures({ tally }: LoadOutcome, paint: Paint): string[] {
  return Object.entries(tally.failures).flatMap(([kind, count]) => [
    `${paint.bad(`${count} × ${kind}`)}: ${FAILURES[kind as FailureKind]}; ${tally.failuresWhenNew[kind as FailureKind] ?? 0} of them on a new connection`,
    ...tally.named.filter((failure) => failure.kind === kind).map((failure) => `  ${nameFailure(failure)}`),
  ]);
}

function nameFailure({ atMs, phase, isKept, text }: NamedFailure): string {
  return `at ${seconds(atMs)}, ${PHASE_NAMES[phase]}, ${isKept ? "kept" : "new"} connection: ${text}`;
}

function describeRatio({ p99Ratio }: LoadVerdict, mostRatio?: number): string {
  if (p99Ratio === null) return "p99 during reloads cannot be compared: too little was measured";
  const most = mostRatio ?? GOOD_RATIO;
  const text = `p99 during reloads is ${p99Ratio.toFixed(2)} times the steady one`;
  if (p99Ratio <= most) return `${text}, not more than ${most}`;
  return `${text}, more than ${most}${mostRatio === undefined ? "; only --most-p99-ratio makes that a failure" : ""}`;
}

/** What `good` stands for is requests and reloads, and how long answers took only where that was asked for. */
function verdict(
  { tally, wantedReloads }: LoadOutcome,
  { done, isGood, isSlow, p99Ratio, ...judged }: LoadVerdict,
  paint: Paint,
  mostRatio = GOOD_RATIO,
): string {
  const requests = counted(tally.requests, "request");
  if (judged.provesNothing)
    return paint.bad(`nothing proved: of ${requests} none reached the app; ${CHOICE}`);
  const text = `${tally.failed} of ${requests} failed, ${done} of ${counted(wantedReloads, "reload")} succeeded`;
  const pace = isSlow
    ? `, and p99 ${p99Ratio === null ? "could not be compared" : `grew to more than ${mostRatio} times`}`
    : "";
  if (!isGood) return paint.bad(`not good: ${text}${pace}`);
  const isSlowish = p99Ratio !== null && p99Ratio > mostRatio;
  return paint.good(`${isSlowish ? "good, but slow during reloads" : "good"}: ${text}`);
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** The same for scripts; times in milliseconds. */
export function reportAsJson(outcome: LoadOutcome, mostRatio?: number): object {
  const { url, host, overHttp2, kind, concurrency, tally, reloads, tookMs, cutShort, wantedReloads } =
    outcome;
  const { requests, failed, failures, named, statuses, refusedByGw } = tally;
  const phases = PHASES.map((phase) => {
    const { times, failures } = tally.phases[phase];
    const [p50Ms, p99Ms] = [times.quantile(0.5), times.quantile(0.99)];
    return [phase, { requests: times.total + failures, failures, p50Ms, p99Ms, longestMs: times.mostMs }];
  });
  return {
    url,
    overHttp2,
    host,
    kind,
    concurrency,
    tookMs,
    requests,
    failures: failed,
    failuresByKind: failures,
    failuresOfNewConnections: tally.failuresWhenNew,
    firstFailures: named,
    statuses,
    refusedByGw,
    phases: Object.fromEntries(phases),
    wantedReloads,
    reloads,
    cutShort,
    ...judge(outcome, mostRatio),
  };
}
