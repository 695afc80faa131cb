// Where a group's app and home really are, at the moment when its generation is made: a release directory that is
// reached by a symbolic link may be switched later, and workers of this generation must not follow.
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { realPathOf } from "../../core/files.ts";
import type { AuthScripts } from "../../link/auth.ts";
import { pathInside } from "../../options/declare/rules.ts";
import type { Settings } from "../../options/declare/table.ts";
import { pythonAppOf } from "../../options/declare/worker-kinds.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { type Granted, grantedTo } from "../../sources/granted.ts";

/** Absolute, as gw calls them; `app` is null for the welcome page. `isModule`: its last part is the name of a module. */
export type Pins = {
  app: string | null;
  home: string;
  isModule?: true;
  scripts?: AuthScripts;
  /** Where the group is confined. */
  granted?: Granted;
};

export function pin(group: WorkerGroup): Pins {
  const { settings, kind } = group;
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
  const whole = kind === "auth" ? { ...pins, scripts: scriptsOf(settings, real) } : pins;
  return settings.confine ? { ...whole, granted: grantedIn(group, whole) } : whole;
}

function scriptsOf(settings: Settings, real: (path: string) => string): AuthScripts {
  const { hostAccessScript: access, authUserScript: user, authGroupScript: groups } = settings;
  return {
    ...(access !== undefined && { access: real(access) }),
    ...(user !== undefined && { user: real(user) }),
    ...(groups !== undefined && { groups: real(groups) }),
  };
}

/** See sources/granted. A file of users is replaced by another one of the same name, which only its directory grants. */
function grantedIn({ settings, kind, interpreter }: WorkerGroup, { app, home, scripts = {} }: Pins): Granted {
  const { readable, writable, envFile = [], preload, authUserFile, pythonPath, pythonEggs } = settings;
  const asked = kind === "auth" ? [...Object.values(scripts), authUserFile] : [app];
  return grantedTo({
    home,
    sources: asked.filter((path) => typeof path === "string"),
    interpreter,
    readable: [...readable, ...envFile, ...preload.filter((one) => isAbsolute(one)), ...pythonPath],
    writable: [...writable, ...(pythonEggs === undefined ? [] : [pythonEggs])],
  });
}

/** The first of these paths that is there no longer. */
export function firstMissing(pins: Iterable<Pins>): string | undefined {
  for (const { app, home, isModule, scripts = {} } of pins)
    for (const path of [home, isModule ? null : app, ...Object.values(scripts)])
      if (path !== null && !existsSync(path)) return path;
  return undefined;
}

export const samePins = (a: Pins, b: Pins) => isDeepStrictEqual(a, b);
