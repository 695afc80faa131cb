// What a confined app would not get to at its start, found before it: files that its sources import, outside of all that it may read.

import { realPathOf } from "../../core/files.ts";
import { isPython } from "../../options/declare/worker-kinds.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { grantedTo, isGranted } from "../../sources/granted.ts";
import { isOfApp } from "../../sources/import-graph.ts";
import { importsOf } from "../../sources/modules.ts";

/** A sentence for each such directory; none where apps are in Python, whose imports no source tells for sure. */
export function foreseeConfinement(groups: readonly WorkerGroup[]): string[] {
  return groups.flatMap((group) => {
    if (!group.settings.confine || group.kind === "auth" || isPython(group.settings)) return [];
    const { app: named, home, readable, writable } = group.settings;
    if (named === undefined) return [];
    const app = realPathOf(named);
    const granted = grantedTo({ home, sources: [app], readable, writable });
    const places = [...granted.readable, ...granted.writable];
    const outside = importsOf(app).filter((path) => isOfApp(path) && !isGranted(path, places));
    return outside.map(
      (path) =>
        `The app ${app} imports ${path}, which its confinement does not let it read. Name it with --readable, or the directory that it is in`,
    );
  });
}
