// Where a group's app and home really are, at the moment when its generation is made: a release directory that is
// reached by a symbolic link may be switched later, and workers of this generation must not follow.
import { existsSync, realpathSync } from "node:fs";
import { pathInside } from "../../options/declare/rules.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";

/** Absolute, as gw calls them; `app` is null for the welcome page. */
export type Pins = { app: string | null; home: string };

export function pin({ settings }: WorkerGroup): Pins {
  const { app, home, chroot } = settings;
  const real = (path: string) => {
    const found = realPathOf(path);
    // Inside of another root directory a link may mean something else.
    return chroot === undefined || pathInside(chroot, found) !== undefined ? found : path;
  };
  return { app: app === undefined ? null : real(app), home: real(home) };
}

/** What is not there stays as it was written; whoever opens it says so. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The first of these paths that is there no longer. */
export function firstMissing(pins: Iterable<Pins>): string | undefined {
  for (const { app, home } of pins)
    for (const path of [home, app]) if (path !== null && !existsSync(path)) return path;
  return undefined;
}

export const samePins = (a: Pins, b: Pins) => a.app === b.app && a.home === b.home;
