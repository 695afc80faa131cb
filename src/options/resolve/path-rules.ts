// Options that name paths as clients ask for them, with the mount: which of them can be of no request. Pure.

import { splitPair } from "../declare/kinds/list-kinds.ts";
import type { Key, Settings } from "../declare/table.ts";
import type { WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";

/** The paths that each of them names, of which it means all below as well or that one alone. */
const NAMED = {
  limitRequestBody: ({ limitRequestBody }) => limitRequestBody.map(({ path }) => path),
  priority: ({ priority }) => priority.map((item) => splitPair(item).left.replace(/\*$/, "")),
  rateLimit: ({ rateLimit }) => rateLimit.flatMap((rule) => rule.path ?? []),
  authPath: ({ authPath }) => [...authPath],
  authExceptPath: ({ authExceptPath }) => [...authExceptPath],
} satisfies Partial<Record<Key, (settings: Settings) => string[]>>;

/** One sentence each. Of what is said outside of the groups there is enough in one of them. */
export function findIdlePaths({ groups }: { groups: readonly WorkerGroup[] }): string[] {
  const apps = groups.filter(({ kind }) => kind === "app");
  // Routes lead to others by paths that are none of their own.
  if (apps.some(({ isMounted, settings }) => !isMounted || settings.route.length > 0)) return [];
  return (Object.keys(NAMED) as (keyof typeof NAMED)[]).flatMap((key) => {
    const found = apps.flatMap(({ name, settings, origins }) =>
      NAMED[key](settings).map((path) => ({ name, path, mount: settings.mount, by: setterIn(origins)(key) })),
    );
    const idle = found.filter(
      ({ path, by }) =>
        !found.some((other) => other.path === path && other.by === by && meet(path, other.mount)),
    );
    return idle.map(
      ({ name, path, mount, by }) =>
        `${key} (${by}) has no effect for "${path}", because the group "${name}" is mounted at "${mount}"`,
    );
  });
}

const meet = (path: string, mount: string) => isBelow(path, mount) || isBelow(mount, path);

function isBelow(path: string, top: string): boolean {
  const start = top.endsWith("/") ? top : `${top}/`;
  return `${path.toLowerCase()}/`.startsWith(start.toLowerCase());
}
