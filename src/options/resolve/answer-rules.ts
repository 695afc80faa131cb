// What must hold among the options of answers: one named pure function for each rule.

import { splitPair } from "../declare/kinds/list-kinds.ts";
import type { Problem } from "../declare/problems.ts";
import type { Key } from "../declare/table.ts";
import { takenHostsOf, type WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";

export const ANSWER_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  fieldsAreTheOperators({ groups }) {
    return eachPair(groups, "responseHeader", ({ left }) => {
      const why = BELONGING.get(left.toLowerCase()) ?? (/^gw-/i.test(left) ? CONNECTION : undefined);
      return why === undefined ? undefined : [`responseHeader cannot say ${left}: ${why[0]}`, why[1]];
    });
  },

  oneDocumentForEachStatus({ groups }) {
    return eachPair(groups, "errorDocument", ({ left }, all, at) =>
      all.findIndex((other) => other.left === left) === at
        ? undefined
        : [`There are two of errorDocument for ${left}`, "Leave one of them"],
    );
  },

  redirectsLeadSomewhere({ groups }) {
    return eachPair(groups, "redirect", ({ left, right }, all, at) => {
      const name = `The redirect from "${left}"`;
      if (all.findIndex((other) => other.left === left) !== at)
        return [`There are two redirects from "${left}"`, "Leave one of them"];
      if (right.endsWith("/*") && !left.endsWith("/*"))
        return [`${name} has nothing for the * of "${right}"`, "Give both a /* at the end, or neither"];
      return loops(all, at)
        ? [`${name} leads to "${right}", and from there back to it`, "Correct one of them"]
        : undefined;
    });
  },

  canonicalHostIsTheGroups({ groups }) {
    return groups.flatMap(({ kind, settings, origins, name }) => {
      const { canonicalHost } = settings;
      const hosts = takenHostsOf(settings);
      if (kind !== "app" || canonicalHost === undefined || hosts.length === 0) return [];
      const bare = canonicalHost.replace(/:\d+$/, "");
      if (hosts.some((host) => host === bare || (host.startsWith("*.") && bare.endsWith(host.slice(1)))))
        return [];
      const what = `canonicalHost "${canonicalHost}" is no host of the group "${name}": it takes ${hosts.join(", ")}`;
      return [
        wrong(what, setterIn(origins)("canonicalHost"), "Name one of them, or add it with --server-alias"),
      ];
    });
  },
};

type Belonging = readonly [why: string, advice: string];

const CONNECTION: Belonging = ["it says how this very answer is sent", "Leave it out"];
const CONTENT: Belonging = ["it says what this very answer holds", "Let the app say it"];

/** Fields that nobody can say of all answers alike. */
const BELONGING: ReadonlyMap<string, Belonging> = new Map<string, Belonging>([
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"].map(
    (name) => [name, CONNECTION] as const,
  ),
  ...[
    "content-length",
    "content-encoding",
    "content-range",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "vary",
  ].map((name) => [name, CONTENT] as const),
  ...["set-cookie", "location", "www-authenticate", "proxy-authenticate", "proxy-status", "x-request-id"].map(
    (name) => [name, ["it is for one client", "Let the app say it"]] as const,
  ),
  ["strict-transport-security", ["it is for clients over TLS alone", "Give --hsts-policy"]],
]);

type Pair = ReturnType<typeof splitPair>;

function eachPair(
  groups: readonly WorkerGroup[],
  key: "responseHeader" | "redirect" | "errorDocument",
  judge: (
    pair: Pair,
    all: readonly Pair[],
    at: number,
  ) => readonly [what: string, advice: string] | undefined,
): Problem[] {
  return groups
    .filter(({ kind }) => kind === "app")
    .flatMap(({ settings, origins }) => {
      const all = settings[key].map(splitPair);
      return all.flatMap((pair, at) => {
        const [what, advice] = judge(pair, all, at) ?? [];
        return what === undefined || advice === undefined
          ? []
          : [wrong(what, setterIn(origins)(key satisfies Key), advice)];
      });
    });
}

/** Whether a client that follows redirects comes round to this one again. */
function loops(all: readonly Pair[], from: number): boolean {
  const seen = new Set<number>();
  for (let at = from; !seen.has(at); ) {
    seen.add(at);
    // What stands for all below may be anything; one name does for that.
    const to = all[at]?.right.replace(/\/\*$/, "/any").replace(/[?#].*/, "");
    if (to === undefined || !to.startsWith("/")) return false;
    const next = all.findIndex(({ left }) =>
      left.endsWith("/*") ? to.startsWith(left.slice(0, -1)) : left === to,
    );
    if (next === from) return true;
    if (next < 0) return false;
    at = next;
  }
  return false;
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
