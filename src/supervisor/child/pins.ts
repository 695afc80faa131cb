// Where a group's app and home really are, at the moment when its generation is made: a release directory that is
// reached by a symbolic link may be switched later, and workers of this generation must not follow.
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { AuthScripts } from "../../link/auth.ts";
import { pathInside } from "../../options/declare/rules.ts";
import type { Settings } from "../../options/declare/table.ts";
import { pythonAppOf } from "../../options/declare/worker-kinds.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";

/** Absolute, as gw calls them; `app` is null for the welcome page. `isModule`: its last part is the name of a module. */
export type Pins = { app: string | null; home: string; isModule?: true; scripts?: AuthScripts };

export function pin({ settings, kind }: WorkerGroup): Pins {
  const { app, home, chroot } = settings;
  const real = (path: string) => {
    const found = realPathOf(path);
    // Inside of another root directory a link may mean something else.
    return chroot === undefined || pathInside(chroot, found) !== undefined ? found : path;
  };
  const python = kind === "auth" ? undefined : pythonAppOf(settings);
  // A module is found below its directory; no file has its name.
  const found =
    python?.module === undefined ? real : (path: string) => join(real(dirname(path)), basename(path));
  const pins = {
    app: app === undefined ? null : found(app),
    home: real(home),
    ...(python?.module !== undefined && { isModule: true as const }),
  };
  return kind === "auth" ? { ...pins, scripts: scriptsOf(settings, real) } : pins;
}

function scriptsOf(settings: Settings, real: (path: string) => string): AuthScripts {
  const { hostAccessScript: access, authUserScript: user, authGroupScript: groups } = settings;
  return {
    ...(access !== undefined && { access: real(access) }),
    ...(user !== undefined && { user: real(user) }),
    ...(groups !== undefined && { groups: real(groups) }),
  };
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
  for (const { app, home, isModule, scripts = {} } of pins)
    for (const path of [home, isModule ? null : app, ...Object.values(scripts)])
      if (path !== null && !existsSync(path)) return path;
  return undefined;
}

export const samePins = (a: Pins, b: Pins) => isDeepStrictEqual(a, b);
