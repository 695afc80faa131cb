// What a front end is told of who may ask a group. Pure.

import type { AuthRule } from "../../link/auth.ts";
import { splitPair } from "../../options/declare/kinds/list-kinds.ts";
import type { Settings } from "../../options/declare/table.ts";
import { asksUsers, authGroupOf } from "../../options/groups/auth-groups.ts";

export function authRuleOf(name: string, settings: Settings): AuthRule {
  const { hostAccessScript, authType: type, authRealm: realm } = settings;
  return {
    group: authGroupOf(name),
    checksAccess: hostAccessScript !== undefined,
    ...(asksUsers(settings) && { users: { type, realm } }),
    groups: settings.authGroup.map(groupOf),
    paths: [...settings.authPath],
    exceptPaths: [...settings.authExceptPath],
    timeoutMs: settings.authTimeout,
    cacheMs: settings.authCache,
    failures: settings.authFailures,
    passesAuthorization: settings.authPassAuthorization,
    userHeader: settings.remoteUserHeader,
  };
}

/** `NAME`, or `PATH=NAME`: a name begins with no slash. */
function groupOf(item: string): AuthRule["groups"][number] {
  if (!item.startsWith("/")) return { path: "/", name: item };
  const { left: path, right: name } = splitPair(item);
  return { path, name };
}
