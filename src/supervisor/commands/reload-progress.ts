// What whoever has asked for a reload hears until it is done: what it waits for, and how a trial goes; and how long that is to be, when nothing
// else is said.

import { TRIAL_ERRORS, TRIAL_MS, TRIAL_SLOWER } from "../../control/commands.ts";
import type { ReloadRequest, Waiting } from "../../control/results.ts";
import type { TrialTold } from "../../control/status.ts";
import { type Clock, within } from "../../core/clock.ts";
import type { Site } from "../generations/site.ts";
import type { TrialRequest } from "../generations/trial-watch.ts";

export type OnProgress = (item: Waiting | TrialTold) => void;

/** Whoever waits for it is a person. */
const LOOK_MS = 50;
const TRIAL_TOLD_EVERY_MS = 10_000;

export function trialOf(request: ReloadRequest): TrialRequest | undefined {
  const { percent, watch: watchMs = TRIAL_MS, errors = TRIAL_ERRORS, slower = TRIAL_SLOWER } = request;
  return percent === undefined ? undefined : { percent, watchMs, errorsOver: errors, slowerBy: slower };
}

/** Resolves when the reload is done, however it went. */
export async function tellProgress(
  reload: Promise<unknown>,
  site: Pick<Site, "waiting" | "trial">,
  clock: Clock,
  onProgress: OnProgress,
): Promise<void> {
  const isOver = Promise.allSettled([reload]).then(() => true);
  let told: Waiting | undefined;
  let nextTrialMs = 0;
  while (!(await within(clock, LOOK_MS, isOver, false))) {
    const { waiting, trial } = site;
    if (waiting && waiting !== told) onProgress(waiting);
    told = waiting;
    if (!trial || clock.now() < nextTrialMs) continue;
    onProgress(trial.told);
    nextTrialMs = clock.now() + TRIAL_TOLD_EVERY_MS;
  }
}
