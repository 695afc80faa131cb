// What a child does with the identity that it was told: changes its root directory, groups and user, and proves that
// there is no way back. Runs before the app is loaded, or after the port is bound; whoever calls knows which.

import {
  changeRoot,
  getAllIds,
  getGroups,
  getUmask,
  setGroup,
  setGroups,
  setUmask,
  setUser,
} from "../../ffi/identity.ts";
import type { Outcome, Result } from "../../ffi/process.ts";
import { setNoNewPrivileges, showToOwnUser } from "../../ffi/process.ts";
import { emptyBoundingSet, setCapabilities } from "../../ffi/rights/capabilities.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Role } from "../link/messages.ts";
import type { IdentitySetup } from "../link/setups.ts";
import { known } from "../os/operating-system.ts";
import { os } from "../os/os.ts";
import { isConfined } from "./launch/confinement.ts";

type AccountSetup = NonNullable<IdentitySetup["account"]>;

export type Taking = {
  role: Role;
  identity: IdentitySetup;
  /** Where to stand afterwards. */
  home: string;
  changeDirectory(path: string): void;
  /** See child/parent-tie. */
  tieToParent(): unknown;
};

/** Throws a GwError that names the step which the system refused. */
export function takeIdentity(taking: Taking): void {
  const { role, changeDirectory } = taking;
  const { account, umask, chroot } = taking.identity;
  if (chroot !== undefined) {
    demand(role, `a process below ${chroot}`, changeRoot(chroot));
    // The old directory would be a way out.
    changeDirectory("/");
  }
  // Whoever lacks the right to do so, root in a container for example, gains nothing by them either: see no_new_privs.
  if (account) emptyBoundingSet();
  if (account) becomeAccount(role, account);
  // Not every system has it; then there is nothing to be had.
  setNoNewPrivileges();
  giveUpCapabilities(role, taking.identity);
  if (account) {
    // The kernel forgets the signal and hides /proc/self when the user changes. A front has nothing to look for there.
    taking.tieToParent();
    if (role === "worker") showToOwnUser();
  }
  if (account || chroot !== undefined) enterHome(taking);
  if (umask !== undefined) setUmask(umask);
}

/** Groups first: afterwards there is no right to change them. */
function becomeAccount(role: Role, account: AccountSetup): void {
  const who = `user "${account.name}"`;
  demand(role, who, setGroups(account.groups));
  demand(role, who, setGroup(account.gid));
  demand(role, who, setUser(account.uid));
  const [ids, groups] = [getAllIds(), getGroups()];
  demand(role, who, ids);
  demand(role, who, groups);
  if (!ids.ok || !groups.ok) return;
  const leak = findLeak(account, { ...ids.value, groups: groups.value }) ?? findWayBack();
  if (leak !== undefined) demand(role, who, { ok: false, reason: leak });
}

const CAP_NET_BIND_SERVICE = 1n << 10n;
/** Roles that do nothing for which a capability could be needed. */
const POWERLESS: readonly Role[] = ["worker", "auth", "notifier"];

/**
 * Root without --user keeps them: whoever starts an app as root has said so, and been warned. `passesOn`: this process is about to
 * become another program, which gets what is kept.
 */
export function giveUpCapabilities(
  role: Role,
  { account, keepsLowPorts }: IdentitySetup,
  passesOn = false,
): void {
  const ids = getAllIds();
  if (!POWERLESS.includes(role) || !ids.ok || ids.value.uids.includes(0)) return;
  const held = known(os.ownCapabilities()) ?? 0n;
  const kept = keepsLowPorts && !account ? held & CAP_NET_BIND_SERVICE : 0n;
  const given = setCapabilities(kept, passesOn);
  // Where the platform has none there is nothing to give up.
  if (!given.ok && held !== kept) demand(role, "a process without capabilities", given);
}

export type HeldIds = { uids: readonly number[]; gids: readonly number[]; groups: readonly number[] };

/** What is left of the old identity, in words; undefined when nothing is. */
export function findLeak(account: AccountSetup, held: HeldIds): string | undefined {
  const uid = held.uids.find((one) => one !== account.uid);
  if (uid !== undefined) return `it still holds user ${uid} afterwards`;
  const gid = held.gids.find((one) => one !== account.gid);
  if (gid !== undefined) return `it still holds group ${gid} afterwards`;
  // Whether the own group is listed as well is up to the system.
  const allowed = new Set([account.gid, ...account.groups]);
  const group = held.groups.find((one) => !allowed.has(one));
  if (group !== undefined) return `it still belongs to group ${group} afterwards`;
  const missing = account.groups.find((one) => one !== account.gid && !held.groups.includes(one));
  return missing === undefined ? undefined : `it does not belong to group ${missing} afterwards`;
}

function findWayBack(): string | undefined {
  return setUser(0).ok ? "it could become root again" : undefined;
}

function enterHome({ identity, home, changeDirectory }: Taking): void {
  try {
    changeDirectory(home);
  } catch (thrown) {
    const who = identity.account ? `user "${identity.account.name}"` : "the worker";
    throw new GwError("home_refused", { path: home, who, reason: reasonOf(thrown) });
  }
}

function demand(role: Role, who: string, outcome: Outcome | Result<unknown>): void {
  if (outcome.ok) return;
  throw new GwError("identity_refused", { role: `The ${role}`, who, reason: outcome.reason });
}

/** Who this process is, asked anew from the system. */
export function readIdentity(identity: IdentitySetup): Record<string, number | string> {
  const [ids, groups, umask] = [getAllIds(), getGroups(), getUmask()];
  return {
    ...(ids.ok && { uid: ids.value.uids[1] ?? "unknown", gid: ids.value.gids[1] ?? "unknown" }),
    ...(groups.ok && { groups: groups.value.join(",") }),
    ...(umask.ok && { umask: umask.value.toString(8).padStart(3, "0") }),
    ...(identity.chroot !== undefined && { chroot: identity.chroot }),
    ...readPrivileges(),
    ...(identity.confinement !== undefined && { confinement: confinementOf(identity) }),
  };
}

/** Of all threads of the process: what the weakest has given up. */
function readPrivileges(): Record<string, string> {
  const held = os.ownPrivileges();
  if (!held.ok) return {};
  const { capabilities, noNewPrivileges } = held.value;
  return {
    noNewPrivileges: noNewPrivileges ? "yes" : "no",
    capabilities: capabilities === 0n ? "none" : capabilities.toString(16).padStart(16, "0"),
  };
}

/** Below another root directory it cannot be tried any more: it was proved before that was taken on. */
const confinementOf = ({ confinement = "", chroot }: IdentitySetup) =>
  chroot !== undefined || isConfined() ? confinement : "none";
