// The effects around options/resolve/resolve: asks the machine, finds and reads the configuration file, then resolves.

import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { resolve as absolute, dirname, isAbsolute, join, normalize } from "node:path";
import type { Certified } from "../../certificates/certificate-files.ts";
import { certificatesOf } from "../../certificates/files.ts";
import { systemClock } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import { codeOf } from "../../core/errors.ts";
import { faultOfPrivate, textOf } from "../../core/files.ts";
import { IS_COMPILED } from "../../core/version.ts";
import { readPasswordFile } from "../../credentials/password-file.ts";
import { readMediaTypesFile } from "../../http/content/media-types-file.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { pathInside } from "../../options/declare/rules.ts";
import { readAccounts } from "../../options/read/accounts.ts";
import { setterIn } from "../../options/read/inputs.ts";
import { type HostFacts, placeOfConfig, type Resolution, resolve } from "../../options/resolve/resolve.ts";
import { type GroupLimits, known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { readConfigFile } from "./config-file.ts";

type Started = { env: Environment; cwd: string };

/** As they were at the first time, whatever has become of them since: a reload is no new start. */
let started: Started | undefined;

/** After which the server root is called where nothing else is said and no port was chosen. */
let rootPid = process.pid;

/**
 * This gw takes over from another one, and keeps its place: also the way by which that came to where it was started, for a link
 * on it may lead elsewhere by now, and the directory itself be gone.
 */
export function keepPlaceOf(before: { rootPid: number; cwd?: string }): void {
  rootPid = before.rootPid;
  started = beginIn(before.cwd ?? workingDirectory());
}

/** Where gw was started, by the way that led there. */
export function startedIn(): string {
  started ??= beginIn(workingDirectory());
  return started.cwd;
}

const beginIn = (cwd: string): Started => ({ env: Object.freeze({ ...process.env }), cwd });

/**
 * Reads everything anew each time: the configuration file, what it leads to, and the accounts of the machine. `switches`
 * are the names of the command's own switches, for example `json`.
 */
export async function loadSettings(
  argv: readonly string[],
  switches: readonly string[] = [],
): Promise<Resolution & Certified> {
  started ??= beginIn(workingDirectory());
  const inputs = { argv, env: started.env, facts: askMachine(started), switches };
  const file = await readConfigFile(placeOfConfig(inputs), { clock: systemClock, self: selfCommand() });
  return certify(lookAtUsers(lookAtMediaTypes(lookAtEvidence(resolve({ ...inputs, file })))));
}

/** A directory that others may look into. Whose it is, and whether it can be made, is found out by who starts gw. */
function lookAtEvidence(resolution: Resolution): Resolution {
  const path = resolution.problems ? undefined : resolution.settings.evidenceDirectory;
  if (resolution.problems || path === undefined) return resolution;
  const fault = faultOfEvidence(path);
  if (fault === undefined) return resolution;
  const { switches, configModules, origins } = resolution;
  const from = setterIn(origins)("evidenceDirectory");
  const what = `evidenceDirectory "${path}" cannot be used: ${fault}`;
  const advice = "Give a directory that nobody else has, or one that can be made";
  return {
    problems: [{ cause: "configuration", what, ...(from !== undefined && { from }), advice }],
    switches,
    configModules,
  };
}

function faultOfEvidence(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat) return faultOfPrivate(stat);
    return statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()
      ? undefined
      : `there is no directory ${dirname(path)} in which it could be made`;
  } catch {
    return undefined; // Who may not look there does not start gw.
  }
}

/** What is wrong in the files of media types. Whether the front ends' user may read them is found out by that user. */
function lookAtMediaTypes(resolution: Resolution): Resolution {
  if (resolution.problems) return resolution;
  const files = new Map(
    resolution.groups.flatMap(({ kind, settings: { mimeTypes: path }, origins }) =>
      kind === "app" && path !== undefined ? [[path, setterIn(origins)("mimeTypes")] as const] : [],
    ),
  );
  const problems = [...files].flatMap(([path, from]): Problem[] => {
    const read = readMediaTypesFile(path);
    if ("types" in read) return [];
    const what = `mimeTypes "${path}" cannot be used: ${read.reason}`;
    const advice = "Begin each line with a type such as text/html, and put its endings behind it";
    return [{ cause: "configuration", what, ...(from !== undefined && { from }), advice }];
  });
  const { switches, configModules } = resolution;
  return problems.length > 0 ? { problems, switches, configModules } : resolution;
}

/** What is wrong in the files of users; those who start are told, and not those who cannot get in. */
function lookAtUsers(resolution: Resolution): Resolution {
  if (resolution.problems) return resolution;
  const files = new Map(
    resolution.groups.flatMap(({ kind, settings: { authUserFile: path }, origins }) =>
      kind === "app" && path !== undefined ? [[path, setterIn(origins)("authUserFile")] as const] : [],
    ),
  );
  const read = [...files].map(([path, from]) => readPasswordFile({ path, from }));
  const problems = read.flatMap((one) => one.problems);
  const { switches, configModules } = resolution;
  if (problems.length > 0) return { problems, switches, configModules };
  return { ...resolution, warnings: [...resolution.warnings, ...read.flatMap((one) => one.warnings)] };
}

/** With its certificates, or with what is wrong in them. */
function certify(resolution: Resolution): Resolution & Certified {
  if (resolution.problems) return resolution;
  const { problems, warnings, certificates, authorities } = certificatesOf(resolution, systemClock.wall());
  const { switches, configModules } = resolution;
  if (problems.length > 0) return { problems, switches, configModules };
  return {
    ...resolution,
    warnings: [...resolution.warnings, ...warnings],
    certificates,
    ...(authorities && { authorities }),
  };
}

/** Of this machine's own users; a number where it has no name. */
export function nameOfUser(uid: number): string {
  return (
    readAccounts(readText("/etc/passwd"), "").users.find((user) => user.uid === uid)?.name ?? String(uid)
  );
}

/**
 * The way by which the shell came here, when it is one: in a release directory that is a symbolic link, a reload has to find
 * the release that the link leads to by then.
 */
function workingDirectory(): string {
  const real = process.cwd();
  const { PWD } = process.env;
  try {
    return PWD !== undefined && isAbsolute(PWD) && realpathSync(PWD) === real ? normalize(PWD) : real;
  } catch {
    return real;
  }
}

function askMachine({ cwd, env }: Started): HostFacts {
  return {
    cwd,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    accounts: readAccounts(readText("/etc/passwd"), readText("/etc/group")),
    pid: rootPid,
    tmpdir: absolute(env.TMPDIR || "/tmp"),
    mostBacklog: known(os.mostBacklog()),
    machine: () => machineFor(os.groupLimits()),
    handed: os.handedSockets(env, process.pid),
    leadsOut(directory, name) {
      try {
        const path = join(directory, name);
        if (!lstatSync(path).isSymbolicLink()) return false;
        const isAbsoluteLink = isAbsolute(readlinkSync(path));
        return isAbsoluteLink || pathInside(realpathSync(directory), realpathSync(path)) === undefined;
      } catch {
        return false; // What is not there leads nowhere; others say so.
      }
    },
    kindOf(path) {
      try {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat?.isFile() ? "file" : stat?.isDirectory() ? "directory" : undefined;
      } catch (thrown) {
        // A path through a file, or links in a circle, lead nowhere.
        return codeOf(thrown) === "EACCES" ? "barred" : undefined;
      }
    },
  };
}

/** No more than the container has, where gw runs in one. */
function machineFor({ processors = availableParallelism(), memoryBytes = totalmem() }: GroupLimits) {
  return {
    processors: Math.min(processors, availableParallelism()),
    memoryBytes: Math.min(memoryBytes, totalmem()),
  };
}

/** Small images have no such files; then there are only numbers. */
const readText = (path: string) => textOf(path) ?? "";

/** What starts gw again: the executable, or the runtime with the entry's source. */
export function selfCommand(): string[] {
  return IS_COMPILED ? [process.execPath] : [process.execPath, Bun.main];
}
