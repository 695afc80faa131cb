// What holds for the kind of worker that an app needs: which options that kind refuses, and for Python, which interpreter runs
// it. Paths are taken as they are written: an interpreter that is reached by a link knows by it which environment it is of.

import { dirname, join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import type { Problem } from "../declare/problems.ts";
import type { Key, Settings } from "../declare/table.ts";
import { pythonAppOf, pythonHooksOf, WORKER_KINDS, workerKindOf } from "../declare/worker-kinds.ts";
import { type HostFacts, type Origins, setterIn } from "../read/inputs.ts";

type KindedGroup = { name: string; kind: "app" | "service" | "auth"; settings: Settings; origins: Origins };

/** One for each option that the kind of a group cannot take, by its name. */
export function findForKinds(groups: readonly KindedGroup[]): Problem[] {
  const served = groups.filter(({ kind }) => kind !== "auth");
  return served.flatMap(({ settings, origins }) => {
    const { refuses, language } = WORKER_KINDS[workerKindOf(settings)];
    const forHooks = pythonHooksOf(settings).length > 0 ? FOR_HOOKS : [];
    return refuses.flatMap(({ options, why }) =>
      options.flatMap((key) => {
        const from = setterIn(origins)(key);
        if (forHooks.includes(key)) return [];
        if (from === undefined || settings[key] === false || isForOthers(key, origins, served)) return [];
        const what = `${key} cannot be used for a ${language} app, ${why}`;
        return [{ cause: "configuration" as const, what, from, advice: "Leave it out" }];
      }),
    );
  });
}

/** What an app in TypeScript may name where hooks in Python are asked before it. */
const FOR_HOOKS: readonly Key[] = ["python", "pythonHome", "pythonPath"];

/** It is said for all groups, and one of them can take it. */
function isForOthers(key: Key, origins: Origins, groups: readonly KindedGroup[]): boolean {
  if (origins[key].path?.startsWith("groups.")) return false;
  return groups.some(
    ({ settings }) =>
      !WORKER_KINDS[workerKindOf(settings)].refuses.some(({ options }) => options.includes(key)),
  );
}

type InterpreterFound = { interpreter?: string; problems: Problem[] };

/** The interpreter for a group, where it runs Python. */
export function findInterpreter(
  group: Pick<KindedGroup, "kind" | "settings" | "origins">,
  env: Environment,
  { kindOf }: Pick<HostFacts, "kindOf">,
): InterpreterFound {
  const app = group.kind === "auth" ? undefined : pythonAppOf(group.settings);
  const [hook] = group.kind === "app" && !app ? pythonHooksOf(group.settings) : [];
  const directory = app?.directory ?? (hook === undefined ? undefined : dirname(hook));
  if (directory === undefined) return { problems: [] };
  const { python, pythonHome, home, chroot = "" } = group.settings;
  const from = setterIn(group.origins);
  const isThere = (path: string) => kindOf(join(chroot, path)) === "file";
  const named = python ?? (pythonHome === undefined ? undefined : inEnvironment(pythonHome).find(isThere));
  const path = named ?? (pythonHome === undefined ? searched(home, directory, env).find(isThere) : undefined);
  if (path !== undefined && isThere(path)) return { interpreter: path, problems: [] };
  const inside = chroot === "" ? "" : ` inside of the chroot "${chroot}"`;
  if (python !== undefined)
    return none(`There is no interpreter of Python at "${python}"${inside}`, from("python"));
  if (pythonHome !== undefined)
    return none(`There is no bin/python3 in pythonHome "${pythonHome}"${inside}`, from("pythonHome"));
  return app
    ? none(`The app is in Python, and no python3 was found${inside} to run it`, from("app"))
    : none(`The hook "${hook}" is in Python, and no python3 was found${inside} to run it`, undefined);
}

const ADVICE =
  "Install Python 3.9 or newer (Debian: apt install python3), or name an interpreter with --python";

function none(what: string, from: string | undefined): InterpreterFound {
  const problem = { cause: "configuration" as const, what, ...(from !== undefined && { from }) };
  return { problems: [{ ...problem, advice: ADVICE }] };
}

const inEnvironment = (home: string) => ["python3", "python"].map((name) => join(home, "bin", name));

/** A virtual environment beside the app, or else what a shell would start. */
function searched(home: string, directory: string, env: Environment): string[] {
  const beside = [...new Set([home, directory])].flatMap((dir) =>
    [".venv", "venv"].map((name) => join(dir, name, "bin/python3")),
  );
  const onPath = (env.PATH ?? "/usr/local/bin:/usr/bin:/bin").split(":").filter((dir) => dir.startsWith("/"));
  return [...beside, ...onPath.map((dir) => join(dir, "python3"))];
}
