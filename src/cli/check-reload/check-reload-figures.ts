// The figures of gw check-reload: times in buckets, failures by kind, and what they amount to. Pure; times in milliseconds.

import { createHistogram } from "node:perf_hooks";

/** 2^31 µs are half an hour, more than any request may take. */
const MOST_US = 2 ** 31 - 1;
/** A figure is right within a thousandth of itself. */
const DIGITS = 3;

/** How often each time was met. Of one size, however much it counts. */
export class Histogram {
  readonly #times = createHistogram({ lowest: 1, highest: MOST_US, figures: DIGITS });
  mostMs = 0;

  get total(): number {
    return this.#times.count;
  }

  add(ms: number): void {
    this.#times.record(Math.min(Math.max(Math.round(ms * 1_000), 1), MOST_US));
    if (ms > this.mostMs) this.mostMs = ms;
  }

  /** The time that this share of all did not exceed; null when there are none. */
  quantile(share: number): number | null {
    if (this.total === 0) return null;
    // The runtime rounds to the nearest one of all; asked for exactly one, it gives that.
    const rank = Math.max(1, Math.ceil(share * this.total));
    return Math.min(this.#times.percentile((rank / this.total) * 100) / 1_000, this.mostMs);
  }
}

/** What can become of a request that has no good answer. */
export const FAILURES = {
  refused: "the connection was refused",
  unconnected: "the connection could not be made",
  reset: "the connection was reset",
  closed: "the connection was closed before a byte of the answer",
  cut: "the connection was closed in the middle of the answer",
  malformed: "what came is no valid answer",
  timeout: "there was no whole answer in time",
  status: "the answer has a status of 500 or more",
} as const satisfies Record<string, string>;

export type FailureKind = keyof typeof FAILURES;

/** One of the first of its kind. */
export type NamedFailure = {
  kind: FailureKind;
  /** Since the load began. */
  atMs: number;
  phase: LoadPhase;
  isKept: boolean;
  text: string;
};

/** `warm-up` is not measured, and yet nothing may fail in it. */
export const PHASES = ["warm-up", "steady", "between", "during"] as const;
export type LoadPhase = (typeof PHASES)[number];

export type PhaseFigures = { times: Histogram; failures: number };

/** Of one kind, on kept connections, and as many on new ones. */
const MOST_NAMED = 3;

/** All that is known of the requests of one run. */
export class Tally {
  readonly phases = Object.fromEntries(
    PHASES.map((phase) => [phase, { times: new Histogram(), failures: 0 }]),
  ) as Record<LoadPhase, PhaseFigures>;
  readonly failures: Partial<Record<FailureKind, number>> = {};
  /** Of these, on connections that were made for this one request. */
  readonly failuresWhenNew: Partial<Record<FailureKind, number>> = {};
  readonly named: NamedFailure[] = [];
  readonly statuses: Record<number, number> = {};
  /** Refused by gw itself, so that no worker has been asked. */
  refusedByGw = 0;
  requests = 0;
  failed = 0;

  answered(phase: LoadPhase, status: number, ms: number, isByGw = false): void {
    this.requests++;
    if (isByGw) this.refusedByGw++;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.phases[phase].times.add(ms);
  }

  failedWith(failure: NamedFailure): void {
    const { kind, phase, isKept } = failure;
    const alike = this.named.filter((other) => other.kind === kind && other.isKept === isKept);
    if (alike.length < MOST_NAMED) this.named.push(failure);
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
    if (!isKept) this.failuresWhenNew[kind] = (this.failuresWhenNew[kind] ?? 0) + 1;
    this.requests++;
    this.failed++;
    this.phases[phase].failures++;
  }
}

/** Of requests that no worker has seen, no reload could have lost one. */
export function provesNothing({ requests, failed, refusedByGw }: Tally): boolean {
  return requests > 0 && failed === 0 && refusedByGw === requests;
}

/**
 * Which phase a request belongs to, when it ends: one that overlaps the time from the sending of a reload until a little
 * after its return is of that reload.
 */
export class Timeline {
  #calm: LoadPhase = "warm-up";
  /** Until then, requests that begin are still of the last reload. */
  #disturbedUntilMs = Number.NEGATIVE_INFINITY;

  become(calm: Exclude<LoadPhase, "during">): void {
    this.#calm = calm;
  }

  reloadBegins(): void {
    this.#disturbedUntilMs = Number.POSITIVE_INFINITY;
  }

  reloadEnds(untilMs: number): void {
    this.#disturbedUntilMs = untilMs;
  }

  phaseOf(startedMs: number): LoadPhase {
    return startedMs <= this.#disturbedUntilMs ? "during" : this.#calm;
  }
}

export type ReloadOutcome = {
  tookMs: number;
  error: string | null;
  /** The text of whom the error belongs to, for example the app's own. */
  detail: string | null;
};

export type LoadOutcome = {
  /** The address that was really asked. */
  url: string;
  overHttp2: boolean;
  /** Whom it was asked for, when that is somebody else. */
  host: string | null;
  kind: "reload" | "front" | "upgrade";
  wantedReloads: number;
  concurrency: number;
  tally: Tally;
  reloads: readonly ReloadOutcome[];
  tookMs: number;
  /** Why it ended before its time; null when it did not. */
  cutShort: string | null;
};

export type LoadVerdict = {
  done: number;
  refused: number;
  medianMs: number | null;
  longestMs: number | null;
  /** p99 while gw reloads, to the steady one; null when one of them is missing. */
  p99Ratio: number | null;
  /** More than was allowed. */
  isSlow: boolean;
  provesNothing: boolean;
  isGood: boolean;
};

export function judge(outcome: LoadOutcome, mostRatio?: number): LoadVerdict {
  const { tally, reloads, wantedReloads, cutShort } = outcome;
  const good = reloads.filter(({ error }) => error === null);
  const times = good.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  const p99Ratio = ratioOf(tally, 0.99);
  const isSlow = mostRatio !== undefined && (p99Ratio === null || p99Ratio > mostRatio);
  const isVain = provesNothing(tally);
  const isWhole = tally.failed === 0 && good.length === wantedReloads && cutShort === null;
  return {
    done: good.length,
    refused: reloads.length - good.length,
    medianMs: times[times.length >> 1] ?? null,
    longestMs: times.at(-1) ?? null,
    p99Ratio,
    isSlow,
    provesNothing: isVain,
    isGood: isWhole && !isVain && !isSlow,
  };
}

function ratioOf({ phases }: Tally, share: number): number | null {
  const steady = phases.steady.times.quantile(share);
  const during = phases.during.times.quantile(share);
  return steady && during !== null ? during / steady : null;
}
