// Puts clients whose app's answers they do not get as they are behind something that sees to that. For what files do not answer.

import type { FrontGroup } from "../../link/messages.ts";
import { BodilessClient } from "../replacing/bodiless-client.ts";
import { OverriddenClient } from "../replacing/overridden-client.ts";
import type { Stage } from "../visit/stages.ts";

/** For visits whose group is known. No stage where no group wants it. */
export function appAnswerStages(groups: readonly FrontGroup[]): Stage[] {
  const overridden = new Set<string>();
  const mapping = new Set<string>();
  for (const { name, settings } of groups) {
    if (settings.answers?.overrides) overridden.add(name);
    if (settings.answers?.mapsHead) mapping.add(name);
  }
  if (overridden.size + mapping.size === 0) return [];
  return [
    (visit) => {
      if (mapping.has(visit.group) && visit.method === "HEAD") {
        visit.client = new BodilessClient(visit.client, visit);
        visit.method = "GET";
      }
      if (overridden.has(visit.group)) visit.client = new OverriddenClient(visit.client, visit);
      return undefined;
    },
  ];
}
