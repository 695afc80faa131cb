// Whether a generation that is tried out does worse than the one that serves. Pure: what the front ends have counted of both, and the
// bounds that were asked for.

import type { SideTold } from "../../control/status.ts";
import { quantileOf } from "../../link/figures.ts";
import type { SideCounts, TrialCounts } from "../../link/front-stats.ts";

/** `errorsOver`: of a hundred requests, so many more may fail. `slowerBy`: so many per cent later may 95 of a hundred heads have come. */
export type TrialBounds = { errorsOver: number; slowerBy: number };

/** Fewer failures are chance, whatever share they are. */
const LEAST_FAILED = 3;
/** Of each side: a percentile of fewer is chance. */
const LEAST_HEADS = 100;
/** Less is the machine's doing. */
const LEAST_LATER_MS = 10;
const PART = 0.95;

export function tellSide({ ended, failed, heads }: SideCounts): SideTold {
  const isKnown = heads.some((count) => count > 0);
  return { requests: ended, failed, headMs: isKnown ? quantileOf(heads, PART) : null };
}

/** That more fails on it, in words; undefined while nothing speaks against it. */
export function failsMore(counts: TrialCounts, { errorsOver }: TrialBounds): string | undefined {
  const share = ({ ended, failed }: SideCounts) => (ended === 0 ? 0 : (failed * 100) / ended);
  const [now, before] = [share(counts.new), share(counts.old)];
  if (counts.new.failed >= LEAST_FAILED && now > before + errorsOver)
    return `${counts.new.failed} of ${counts.new.ended} requests failed on it (${percent(now)}), ${counts.old.failed} of ${counts.old.ended} on the one that serves (${percent(before)})`;
  return undefined;
}

/** The same of how soon its answers begin. */
export function isLater(counts: TrialCounts, { slowerBy }: TrialBounds): string | undefined {
  if (headsOf(counts.new) < LEAST_HEADS || headsOf(counts.old) < LEAST_HEADS) return undefined;
  const [newMs, oldMs] = [quantileOf(counts.new.heads, PART), quantileOf(counts.old.heads, PART)];
  if (newMs <= oldMs * (1 + slowerBy / 100) || newMs - oldMs < LEAST_LATER_MS) return undefined;
  return `95 of 100 of its answers begin within ${ms(newMs)}, and within ${ms(oldMs)} on the one that serves`;
}

const headsOf = ({ heads }: SideCounts) => heads.reduce((sum, count) => sum + count, 0);
const percent = (share: number) => `${Number(share.toFixed(1))} %`;
const ms = (time: number) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;

/** Both sides of all that have counted. */
export function addTrials(all: readonly TrialCounts[]): TrialCounts {
  const side = (name: keyof TrialCounts): SideCounts => ({
    ended: all.reduce((sum, one) => sum + one[name].ended, 0),
    failed: all.reduce((sum, one) => sum + one[name].failed, 0),
    heads: (all[0]?.[name].heads ?? []).map((_, at) =>
      all.reduce((sum, one) => sum + (one[name].heads[at] ?? 0), 0),
    ),
  });
  return { old: side("old"), new: side("new") };
}
