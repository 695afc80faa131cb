// The auth processes of each group whose requests are guarded: a group of their own beside it, as whoever the workers are and
// with their limits. What of the settings speaks of apps and of requests does not hold for them. Pure.

import type { Settings } from "../declare/table.ts";
import type { WorkerGroup } from "./groups.ts";

/** There is something to ask before a request of the group gets to a worker. */
export function isGuarded(
  settings: Pick<Settings, "hostAccessScript" | "authUserScript" | "authUserFile">,
): boolean {
  return settings.hostAccessScript !== undefined || asksUsers(settings);
}

/** Users prove who they are: only then is the field that names one gw's word, and no client's. */
export function asksUsers({
  authUserScript,
  authUserFile,
}: Pick<Settings, "authUserScript" | "authUserFile">): boolean {
  return (authUserScript ?? authUserFile) !== undefined;
}

/** How the auth processes of a group are called, as a group. */
export const authGroupOf = (group: string) => `auth:${group}`;

export function makeAuthGroups(groups: readonly WorkerGroup[]): WorkerGroup[] {
  return groups
    .filter(({ kind, settings }) => kind === "app" && isGuarded(settings) && !settings.embeddedMode)
    .map((group) => ({
      ...group,
      name: authGroupOf(group.name),
      kind: "auth" as const,
      isMounted: false,
      settings: settingsOf(group.settings),
    }));
}

const AFTERWARDS_MS = 1_000;

function settingsOf(settings: Settings): Settings {
  const { authProcesses: count, authTimeout, deadlockTimeout } = settings;
  return Object.freeze({
    ...settings,
    app: undefined,
    appPort: undefined,
    appArgument: [],
    preload: [],
    route: [],
    sticky: undefined,
    serverName: undefined,
    serverAlias: [],
    sslCertificateFile: undefined,
    processes: Object.freeze({ min: count, max: count }),
    // A loop that stands still for longer than any answer may take answers nobody. By then nobody waits for what it computes.
    deadlockTimeout: Math.min(deadlockTimeout, authTimeout + AFTERWARDS_MS),
    requestTimeout: 0,
    inactivityTimeout: 0,
    maximumRequests: 0,
    poisonLimit: 0,
  });
}
