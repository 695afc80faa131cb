// The order in which what runs is ended, and how long that may take: nothing new is started, then the front ends finish with their
// clients, and then the workers, which have nothing left to do.

import type { Lifetime } from "../../core/lifetime.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import type { Site } from "./site.ts";

/** The last steps of a stop (reaping what was killed) take a moment more than their deadlines. */
export const MARGIN_MS = 5_000;

export function longestEndOf({ groups }: Resolved): number {
  const all = groups.map(({ settings }) => settings.gracefulTimeout + 2 * settings.shutdownTimeout);
  return Math.max(...all) + MARGIN_MS;
}

export type Closing = {
  site: Site;
  present: () => Resolved;
  isServing: () => boolean;
  reloads: { close(): void };
  /** Of files that change. */
  watches: readonly { stop(): void }[];
};

/** Workers behind fronts have nothing left to finish when the fronts are gone, and all of them hear it at once. */
export function addProcesses(life: Lifetime, closing: Closing): void {
  const { site, present, isServing, reloads, watches } = closing;
  const longest = () => longestEndOf(present());
  life.add("workers", longest, () =>
    site.leaveWorkers(isServing() && present().settings.embeddedMode ? "drain" : "stop"),
  );
  life.add("fronts", longest, () => site.leaveFronts("drain"));
  life.add("watch", MARGIN_MS, () => site.stopWatching());
  life.add("changes", MARGIN_MS, () => {
    for (const one of watches) one.stop();
  });
  // First of all: what is being started must not take over from what is on its way out.
  life.add("reloads", MARGIN_MS, () => reloads.close());
}
