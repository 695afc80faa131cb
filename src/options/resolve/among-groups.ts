// All rules that look at the groups beside each other, and all that tells what is idle among them, in one list each.

import { ANSWER_RULES } from "./answer-rules.ts";
import { AUTH_RULES } from "./auth-rules.ts";
import { CONFINEMENT_RULES, findIdleConfinement } from "./confinement-rules.ts";
import { FILE_RULES, findIdleFileSettings } from "./file-rules.ts";
import { findIdleGroupSettings, GROUP_RULES } from "./group-rules.ts";
import { findIdleTlsSettings, TLS_RULES } from "./tls-rules.ts";

export const RULES_AMONG_GROUPS = {
  ...GROUP_RULES,
  ...TLS_RULES,
  ...AUTH_RULES,
  ...FILE_RULES,
  ...ANSWER_RULES,
  ...CONFINEMENT_RULES,
};

type Among = Parameters<typeof findIdleGroupSettings>[0] & Parameters<typeof findIdleTlsSettings>[0];

export function findIdleAmongGroups(among: Among): string[] {
  const finders = [findIdleGroupSettings, findIdleTlsSettings, findIdleFileSettings, findIdleConfinement];
  return finders.flatMap((find) => find(among));
}
