// What front ends are told of the status page: where it is, and who is shown it. Pure.

import type { FrontSetup } from "../../link/messages.ts";
import { type Resolved, takenHostsOf } from "../../options/resolve/resolve.ts";

export function statusPageOf({
  settings,
  groups,
}: Pick<Resolved, "settings" | "groups">): Pick<FrontSetup, "statusPage"> {
  const { serverStatus, serverStatusPath: path, serverStatusAllow } = settings;
  if (!serverStatus) return {};
  const hosts = groups
    .flatMap((group) => takenHostsOf(group.settings))
    .filter((host) => !host.startsWith("*"));
  return { statusPage: { path, allow: [...serverStatusAllow], hosts: [...new Set(hosts)] } };
}
