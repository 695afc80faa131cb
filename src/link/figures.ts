// How figures travel between processes: what one process has counted since its start. Names and labels are those of
// metrics/table; whoever adds up the figures of several processes knows no more of them than this.

/** Upper bounds of all histograms, in milliseconds; those of OpenTelemetry for HTTP, and a few below for a server on one machine. */
export const BOUNDS_MS = [
  0.5, 1, 2.5, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
] as const;

/** How many values fell between a bound and the one before, the last ones above all bounds; and their sum in milliseconds. */
export type Distribution = { counts: number[]; sumMs: number; exemplars?: Exemplar[] };

/** A request that fell into the bucket with this number, and whose trace is recorded; when it was over, since 1970. */
export type Exemplar = { bucket: number; traceId: string; ms: number; wallMs: number };

/** One series: the name of its metric, the values of its labels in the order of the table, and what was counted. */
export type Sample = { metric: string; labels: string[]; value: number | Distribution };

/** Within a bucket the values are taken to lie evenly, as Prometheus does it; beyond the last bound nothing is known but that. */
export function quantileOf(counts: readonly number[], part: number): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const rank = all * part;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const [from, to] = [BOUNDS_MS[at - 1] ?? 0, BOUNDS_MS[at]];
      return to === undefined ? from : from + ((to - from) * (rank - below)) / count;
    }
    below += count;
  }
  return 0;
}
