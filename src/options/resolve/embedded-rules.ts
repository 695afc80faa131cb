// What embedded mode refuses, and what has no effect there: the rows of declare/embedded.ts, held against what was said.

import type { Handed } from "../../core/addresses.ts";
import { EMBEDDED_ROWS } from "../declare/embedded.ts";
import type { Problem } from "../declare/problems.ts";
import type { Key, Settings } from "../declare/table.ts";
import type { WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";

export type EmbeddedRuleInput = {
  settings: Settings;
  setBy: (key: Key) => string | undefined;
  groups: readonly WorkerGroup[];
  /** Where a group of the file stands; absent for the one that nobody named. */
  placeOf: (name: string) => string | undefined;
  handed: Handed;
};

const ADVICE = "Leave it out, or leave out embeddedMode";

/** One for each option that embedded mode cannot serve, by its name; and for what is there without an option. */
export function findForEmbedded({ settings, setBy, groups, placeOf, handed }: EmbeddedRuleInput): Problem[] {
  if (!settings.embeddedMode) return [];
  const made = groups.find(({ name }) => placeOf(name) !== undefined);
  const by = (key: Key) => setBy(key) ?? groups.map(({ origins }) => setterIn(origins)(key)).find(Boolean);
  return EMBEDDED_ROWS.filter(({ fate }) => fate === "refused").flatMap(({ options, why }) => {
    const named = options.flatMap((key) => {
      const from = by(key);
      return from === undefined ? [] : [refuse(key, why, from)];
    });
    if (options.includes("listen") && handed.sockets.length > 0)
      named.push(refuse("What LISTEN_FDS hands over", why, "LISTEN_FDS"));
    if (options.includes("mount") && made) named.push(refuse("groups", why, placeOf(made.name)));
    return named;
  });
}

function refuse(what: string, why: string, from: string | undefined): Problem {
  return {
    cause: "configuration",
    what: `${what} cannot be used in embedded mode, ${why}`,
    ...(from !== undefined && { from }),
    advice: ADVICE,
  };
}

/** One sentence each of what is allowed there, but does not do what it looks like. */
export function findIdleInEmbedded({
  settings,
  setBy,
}: Pick<EmbeddedRuleInput, "settings" | "setBy">): string[] {
  if (!settings.embeddedMode) return [];
  return EMBEDDED_ROWS.filter(({ fate }) => fate === "idle").flatMap(({ options, why }) =>
    options.flatMap((key) => {
      const by = setBy(key);
      return by === undefined ? [] : [`${key} (${by}) has no effect in embedded mode, ${why}`];
    }),
  );
}
