// What must hold among the options that say who may ask: one named pure function for each rule.

import { BARRED, LET_PASS } from "../declare/app-file.ts";
import { printRule } from "../declare/kinds/rate-limit-kind.ts";
import type { Problem } from "../declare/problems.ts";
import { pathInside } from "../declare/rules.ts";
import { KEYS, type Key, rowOf, type Settings } from "../declare/table.ts";
import { isGuarded } from "../groups/auth-groups.ts";
import type { WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";

const SCRIPTS = ["hostAccessScript", "authUserScript", "authGroupScript"] as const;
const FILES = [...SCRIPTS, "authUserFile"] as const;

export const AUTH_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  scriptsAreFiles({ groups, kindOf }) {
    return eachGuard(groups, (settings, from) =>
      FILES.flatMap((key) => {
        const path = settings[key];
        const found = path === undefined ? "file" : kindOf(path);
        if (found === "file") return [];
        if (found === "barred") return [wrong(`${key} "${path}" ${BARRED}`, from(key), LET_PASS)];
        const what = found === "directory" ? "is a directory, not a file" : "does not exist";
        return [wrong(`${key} "${path}" ${what}`, from(key), "Correct the path")];
      }),
    );
  },

  scriptsAreInChroot({ groups }) {
    return eachGuard(groups, (settings, from) =>
      SCRIPTS.flatMap((key) => {
        const { chroot, [key]: path } = settings;
        if (chroot === undefined || path === undefined || pathInside(chroot, path) !== undefined) return [];
        const what = `${key} "${path}" lies outside of the chroot "${chroot}", where the auth process cannot see it`;
        return [
          wrong(what, from(key), `Put it below "${chroot}", and give its path as it is called outside`),
        ];
      }),
    );
  },

  usersAreCheckedOnce({ groups }) {
    return eachGuard(groups, ({ authUserScript, authUserFile }, from) => {
      if (authUserScript === undefined || authUserFile === undefined) return [];
      const what = "authUserFile and authUserScript both say who the users are";
      return [wrong(what, from("authUserFile"), "Give one of them")];
    });
  },

  digestHasAScript({ groups }) {
    return eachGuard(groups, ({ authType, authUserFile, authUserScript }, from) => {
      if (authType !== "Digest" || authUserScript !== undefined) return [];
      const by = from("authType");
      if (authUserFile !== undefined) {
        const what =
          "authType Digest needs what only a script can tell: the hashes of a file of users do not say it";
        return [wrong(what, by, "Give --auth-user-script with a getRealmHash, or leave out authType")];
      }
      return [
        wrong(
          "authType Digest needs users, and nothing says who they are",
          by,
          "Give --auth-user-script as well",
        ),
      ];
    });
  },

  groupsHaveUsers({ groups }) {
    return eachGuard(groups, ({ authGroupScript, authGroup, authUserScript, authUserFile }, from) => {
      if (authGroupScript === undefined && authGroup.length === 0) return [];
      const hasUsers = (authUserScript ?? authUserFile) !== undefined;
      if (authGroupScript === undefined)
        return [
          wrong(
            "authGroup asks for groups, and nothing says who is in them",
            from("authGroup"),
            "Give --auth-group-script as well",
          ),
        ];
      if (!hasUsers)
        return [
          wrong(
            "authGroupScript needs users, and nothing says who they are",
            from("authGroupScript"),
            "Give --auth-user-script or --auth-user-file as well",
          ),
        ];
      if (authGroup.length > 0) return [];
      const what = "authGroupScript tells the groups of users, and no group is asked for";
      return [wrong(what, from("authGroupScript"), "Name one with --auth-group")];
    });
  },
};

/** One sentence each of what is allowed, but does not do what it looks like. */
export function findIdleAuthSettings(groups: readonly WorkerGroup[]): string[] {
  return groups.flatMap(({ kind, settings, origins }) => {
    if (kind !== "app" || settings.embeddedMode || isGuarded(settings)) return [];
    const by = setterIn(origins);
    const ofUsers = settings.rateLimit.filter((rule) => rule.by === "user").map(printRule);
    const unknown = ofUsers.map(
      (rule) => `rateLimit "${rule}" (${by("rateLimit")}) has no effect, because nobody is asked who he is`,
    );
    return unknown.concat(idleKeys(settings, by));
  });
}

function idleKeys(settings: Settings, by: (key: Key) => string | undefined): string[] {
  return KEYS.filter(isOfAuth).flatMap((key) => {
    const from = by(key);
    return from === undefined || GROUP_KEYS.includes(key) || isRefused(key, settings)
      ? []
      : [`${key} (${from}) has no effect, because neither a script nor a file of users is given`];
  });
}

/** Without users these are refused. */
const GROUP_KEYS: readonly Key[] = ["authGroupScript", "authGroup"];
const isRefused = (key: Key, { authType }: Settings) => key === "authType" && authType === "Digest";

const isOfAuth = (key: Key) => rowOf(key).group === "Authentication";

/** The groups that serve apps; services and auth processes are asked for nothing. */
function eachGuard(
  groups: readonly WorkerGroup[],
  judge: (settings: Settings, from: (key: Key) => string | undefined) => Problem[],
): Problem[] {
  return groups.flatMap(({ kind, settings, origins }) =>
    kind === "app" && !settings.embeddedMode ? judge(settings, setterIn(origins)) : [],
  );
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
