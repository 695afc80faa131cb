// What must hold among the options of files: one named pure function for each rule.

import { join } from "node:path";
import { BARRED, LET_PASS } from "../declare/app-file.ts";
import { servesFiles, servesFilesOnly } from "../declare/file-places.ts";
import { splitPair } from "../declare/kinds/list-kinds.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import type { WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";

export const FILE_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  filesAreThere({ groups, kindOf }) {
    return groups.filter(hasFiles).flatMap(({ settings, origins }) => {
      const { documentRoot, urlAlias, mimeTypes } = settings;
      const judge = (key: Key, path: string, isFit: boolean, what: string, advice = "Correct the path") => {
        const from = setterIn(origins)(key);
        if (kindOf(path) === "barred") return [wrong(`${key} "${path}" ${BARRED}`, from, LET_PASS)];
        return isFit ? [] : [wrong(what, from, advice)];
      };
      const noRoot = `documentRoot "${documentRoot}" is not a directory`;
      const noTypes = `There is no file of media types at "${mimeTypes}"`;
      return [
        ...(documentRoot === undefined
          ? []
          : judge(
              "documentRoot",
              documentRoot,
              kindOf(documentRoot) === "directory",
              noRoot,
              "Give a directory that exists",
            )),
        ...urlAlias.map(splitPair).flatMap(({ left, right }) => {
          const what = `There is no file and no directory at "${right}" for urlAlias ${left}`;
          return judge("urlAlias", right, kindOf(right) !== undefined, what);
        }),
        ...(mimeTypes === undefined
          ? []
          : judge("mimeTypes", mimeTypes, kindOf(mimeTypes) === "file", noTypes)),
      ];
    });
  },

  fallbackIsThere({ groups, kindOf, leadsOut }) {
    return groups.flatMap(({ kind, settings: { documentRoot, spaFallback, followSymlinks }, origins }) => {
      if (kind !== "app" || spaFallback === undefined) return [];
      const from = setterIn(origins)("spaFallback");
      if (documentRoot === undefined)
        return [
          wrong(
            `spaFallback "${spaFallback}" is a file in documentRoot, and there is none`,
            from,
            "Name the directory with --document-root",
          ),
        ];
      if (!followSymlinks && leadsOut?.(documentRoot, spaFallback))
        return [
          wrong(
            `spaFallback "${spaFallback}" is a symbolic link that leads out of documentRoot`,
            from,
            "Put the file itself there, or allow such links with --follow-symlinks",
          ),
        ];
      if (kindOf(join(documentRoot, spaFallback)) === "file") return [];
      return [
        wrong(`There is no file "${spaFallback}" in documentRoot for spaFallback`, from, "Correct the name"),
      ];
    });
  },

  aliasesDiffer({ groups }) {
    return groups.filter(hasFiles).flatMap(({ settings, origins }) => {
      const urls = settings.urlAlias.map((item) => splitPair(item).left.replace(/\/+$/, "") || "/");
      const twice = [...new Set(urls.filter((url, at) => urls.indexOf(url) !== at))];
      return twice.map((url) =>
        wrong(`There are two of urlAlias for "${url}"`, setterIn(origins)("urlAlias"), "Leave one of them"),
      );
    });
  },

  filesAreNotReadByRoot({ settings, groups, uid, account }) {
    const group = groups.find(hasFiles);
    if (settings.embeddedMode || !group || uid !== 0 || account) return [];
    const key = placeOf(group);
    return [
      wrong(
        `${key} cannot be served by root: the front end reads the files, and nothing would be kept from its clients`,
        setterIn(group.origins)(key),
        "Name an ordinary user with --user, for example www-data",
      ),
    ];
  },

  filesAreOfTheFrontEndsUser({ groups, account }) {
    return groups
      .filter((group) => hasFiles(group) && account && group.account && group.account.uid !== account.uid)
      .map((group) => {
        const key = placeOf(group);
        return wrong(
          `${key} cannot be served for the group "${group.name}", whose user is "${group.account?.name}": the front end reads the files as "${account?.name}"`,
          setterIn(group.origins)(key),
          "Leave it out there, or let its app answer with the files",
        );
      });
  },
};

/** What makes a group have files. */
const _PLACES = ["documentRoot", "urlAlias"] as const satisfies readonly Key[];

const hasFiles = ({ kind, settings }: WorkerGroup) => kind === "app" && servesFiles(settings);

const placeOf = ({ settings }: WorkerGroup) =>
  settings.documentRoot === undefined ? "urlAlias" : "documentRoot";

/** These are for files that apps answer with as well. */
const OF_APPS: readonly Key[] = ["xSendfile", "enableSendfile"];

/** One sentence each of what is allowed, but does not do what it looks like. */
export function findIdleFileSettings({ setBy, groups }: Pick<GroupRuleInput, "setBy" | "groups">): string[] {
  const apps = groups.filter(({ kind }) => kind === "app");
  const idle = (keys: readonly Key[], why: string) =>
    keys.flatMap((key) => {
      const by = setBy(key) ?? apps.map(({ origins }) => setterIn(origins)(key)).find(Boolean);
      return by === undefined ? [] : [`${key} (${by}) has no effect, because ${why}`];
    });
  if (!groups.some(hasFiles)) {
    const ofFrontEnds = KEYS.filter((key) => rowOf(key).group === "Files" && !OF_APPS.includes(key));
    return idle(ofFrontEnds, "there is no documentRoot and no urlAlias");
  }
  if (!apps.every(({ settings }) => servesFilesOnly(settings))) return [];
  return idle(OF_WORKERS, "there are only files, and no app");
}

const OF_WORKERS: readonly Key[] = [
  ...(["processes", "scaleUpWait", "concurrency", "keepChildren"] as const),
  ...(["maxQueue", "queueTimeout", "connectTimeout", "requestTimeout", "startupTimeout"] as const),
  ...(["deadlockTimeout", "sticky", "inactivityTimeout", "maximumRequests", "restartInterval"] as const),
  ...(["memoryLimit", "preload", "xSendfile", "errorOverride"] as const),
];

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
