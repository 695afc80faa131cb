// What must hold among the options of confinement: one named pure function for each rule, and what is allowed but idle.

import type { Problem } from "../declare/problems.ts";
import { pathInside } from "../declare/rules.ts";
import type { Key } from "../declare/table.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";

const PATH_KEYS = ["writable", "readable"] as const;
const ONLY_CONFINED = [...PATH_KEYS, "connectPorts", "listenPorts"] as const;

export const CONFINEMENT_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  confinedPathsAreThere({ groups, kindOf }) {
    return groups.flatMap(({ settings, origins }) =>
      PATH_KEYS.flatMap((key) => {
        const wanted = key === "writable" ? ["directory"] : ["directory", "file"];
        const missing = settings[key].filter((path) => !wanted.includes(kindOf(path) ?? ""));
        return missing.map((path) =>
          wrong(
            `${key} "${path}" is no ${wanted.join(" and no ")}, so that nothing can be granted there`,
            setterIn(origins)(key),
            "Make it before the start, or leave it out",
          ),
        );
      }),
    );
  },

  rootIsNotGranted({ groups }) {
    return groups.flatMap(({ settings, origins }) =>
      PATH_KEYS.filter((key) => settings.confine && settings[key].includes("/")).map((key) =>
        wrong(
          `${key} "/" would grant all that there is, and confine would hold nobody back`,
          setterIn(origins)(key),
          "Name the directories that the app needs",
        ),
      ),
    );
  },

  confinedPathsAreInsideOfTheRoot({ groups }) {
    return groups.flatMap(({ settings, origins }) =>
      PATH_KEYS.flatMap((key) => {
        const { chroot } = settings;
        const outside = settings[key].filter(
          (path) => chroot !== undefined && pathInside(chroot, path) === undefined,
        );
        return outside.map((path) =>
          wrong(
            `${key} "${path}" lies outside of the chroot "${chroot}", where workers cannot see it`,
            setterIn(origins)(key),
            "Give its path as it is called outside, below the chroot",
          ),
        );
      }),
    );
  },
};

/** Allowed, but not what it looks like. One sentence each. */
export function findIdleConfinement({ groups }: Pick<GroupRuleInput, "groups">): string[] {
  return groups.flatMap(({ settings, origins }) => {
    const by = (key: Key) => setterIn(origins)(key);
    if (!settings.confine)
      return ONLY_CONFINED.flatMap((key) =>
        by(key) === undefined ? [] : [`${key} (${by(key)}) has no effect, because confine is off`],
      );
    const covers = settings.writable.find((path) => pathInside(path, settings.home) !== undefined);
    return covers === undefined
      ? []
      : [`writable "${covers}" (${by("writable")}) holds the app itself, which can change its own code then`];
  });
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
