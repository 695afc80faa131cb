// What a process does with the confinement that it was told: files, ports, signals and sockets that it gives up by Landlock, for
// itself and for all that it starts, and the proof that they are out of reach. Landlock binds a thread and what that starts, and the
// runtime has threads before any code of ours runs: so it is taken on by a process that becomes another program at once.

import { readdirSync } from "node:fs";
import type { Result } from "../../../ffi/process.ts";
import { landlockVersion, makeRuleset, type PathGrant, type Ruleset } from "../../../ffi/rights/landlock.ts";
import { codeOf, GwError } from "../../core/errors.ts";
import type { ConfinementSetup } from "../../link/launch/launching.ts";
import {
  DEVICES,
  MISSING_WORDS,
  type MissingRight,
  missingRights,
  READ_BY_ALL,
} from "../../os/linux/confinement.ts";

export type Confining = {
  setup: ConfinementSetup;
  /** What the kernel lacks is done without. */
  isBestEffort: boolean;
  /** Another root directory that the process will have. */
  chroot: string | undefined;
  /** A path to the running program. */
  program: string;
  exists(path: string): boolean;
};

const KERNEL = { version: landlockVersion, make: makeRuleset };

/**
 * Opens all that is granted, with the rights that the process has now; nothing is given up yet. Undefined where the kernel has no
 * Landlock and that is to be put up with. Throws a GwError that names what is missing, or the path that cannot be opened.
 */
export function openConfinement(confining: Confining, kernel = KERNEL): Ruleset | undefined {
  const { setup, isBestEffort } = confining;
  const version = kernel.version();
  const missing = missingRights(version.ok ? version.value : 0, setup);
  if (missing.length > 0 && !isBestEffort) throw refusal(lackOf(version, missing));
  if (!version.ok) return undefined;
  const { listenPorts, connectPorts } = setup;
  const ports = { ...(listenPorts && { listenPorts }), ...(connectPorts && { connectPorts }) };
  const made = kernel.make({ paths: pathsOf(confining), ...ports }, version.value);
  if (!made.ok) throw refusal(made.reason);
  return made.value;
}

function lackOf(version: Result<number>, missing: readonly MissingRight[]): string {
  const what = missing.map((right) => MISSING_WORDS[right]).join(" and ");
  return version.ok
    ? `the kernel's Landlock (version ${version.value}) does not hold ${what}`
    : `the kernel has no Landlock: ${version.reason}`;
}

function pathsOf({ setup, chroot, program, exists }: Confining): PathGrant[] {
  const roots = chroot === undefined ? [""] : ["", chroot];
  const system = (paths: readonly string[], grant: PathGrant["grant"]) =>
    roots
      .flatMap((root) => paths.map((path) => root + path))
      .filter(exists)
      .map((path) => ({ path, grant, isReal: false }));
  const given = (paths: readonly string[], grant: PathGrant["grant"]) =>
    paths.map((path) => ({ path, grant, isReal: true }));
  return [
    ...system(READ_BY_ALL, "read"),
    ...system(DEVICES, "device"),
    // Whatever became of its file.
    ...given([program], "read").map((rule) => ({ ...rule, isReal: false })),
    ...given(setup.readable.filter(exists), "read"),
    ...given(setup.writable, "write"),
    ...given(setup.sockets, "sockets"),
  ];
}

/** Takes it on, for this thread, and proves it. `no_new_privs` is to be set before. */
export function takeConfinement(ruleset: Ruleset): void {
  const taken = ruleset.restrict();
  if (!taken.ok) throw refusal(taken.reason);
  if (!isConfined()) throw refusal("the root directory can be read afterwards");
}

/** The root directory is granted to nobody: whoever may read it is not confined. */
export function isConfined(): boolean {
  try {
    readdirSync("/");
    return false;
  } catch (thrown) {
    return codeOf(thrown) === "EACCES";
  }
}

const refusal = (reason: string) => new GwError("confinement_refused", { reason });
