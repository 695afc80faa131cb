// Puts those groups' clients behind a coding whose answers are to be made smaller.

import { createTypeList } from "../../http/content/compressing.ts";
import type { FrontGroup } from "../../link/messages.ts";
import { CodedClient, type CodingRules } from "../coding/coded-client.ts";
import { Coders } from "../coding/coders.ts";
import type { Stage } from "../visit/stages.ts";

/** For visits whose group is known. No stage where no group wants it. */
export function compressionStages(groups: readonly FrontGroup[], coders = new Coders()): Stage[] {
  const rules = new Map<string, CodingRules>();
  for (const { name, settings } of groups) {
    const types = settings.answers?.compressedTypes;
    if (types) rules.set(name, { coders, isWanted: createTypeList(types) });
  }
  if (rules.size === 0) return [];
  return [
    (visit) => {
      const rule = rules.get(visit.group);
      if (rule && !visit.client.wantsWebSocket) visit.client = new CodedClient(visit.client, visit, rule);
      return undefined;
    },
  ];
}
