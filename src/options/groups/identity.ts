// Who runs the app: from user, group and supplementaryGroups to numbers, or to everything that is wrong with them.
// Pure. What a child does with the answer stands in child/identity; what the kernel thinks of it, it tells there.

import { nearest } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import type { Key, Settings } from "../declare/table.ts";
import {
  type Accounts,
  findGroup,
  findUser,
  groupsOfUser,
  idFrom,
  type UserEntry,
} from "../read/accounts.ts";

/** What workers and front ends become; absent when they stay what gw is. */
export type Account = {
  name: string;
  uid: number;
  gid: number;
  groups: number[];
  home: string;
  shell: string;
};

export type StartingUser = { uid: number; gid: number; accounts: Accounts };

type IdentityQuestion = {
  settings: Pick<Settings, "user" | "group" | "supplementaryGroups" | "denyRoot">;
  setBy: (key: Key) => string | undefined;
  starter: StartingUser;
};

export type Identified = { account: Account | undefined; problems: Problem[] };

export function identify(asked: IdentityQuestion): Identified {
  const { settings, starter } = asked;
  const problems: Problem[] = [];
  const user = settings.user === undefined ? undefined : takeUser(asked, settings.user, problems);
  const gid = settings.group === undefined ? undefined : takeGroup(asked, "group", settings.group, problems);
  const groups = settings.supplementaryGroups?.flatMap(
    (name) => takeGroup(asked, "supplementaryGroups", name, problems) ?? [],
  );
  if (problems.length > 0) return { account: undefined, problems };
  problems.push(...judgeRights(asked, user, gid));
  if (problems.length > 0 || !user || starter.uid !== 0) return { account: undefined, problems };
  const ownGid = gid ?? user.gid;
  const all = groups ? [...new Set([ownGid, ...groups])] : groupsOfUser(starter.accounts, user.name, ownGid);
  return { account: { ...user, gid: ownGid, groups: all }, problems };
}

/** A number needs no entry, but then nothing says which group it has. */
function takeUser(asked: IdentityQuestion, text: string, problems: Problem[]): UserEntry | undefined {
  const { accounts } = asked.starter;
  const found = findUser(accounts, text);
  const uid = found?.uid ?? idFrom(text);
  const names = accounts.users.map(({ name }) => name);
  if (uid === undefined) problems.push(unknown(asked, "user", text, "/etc/passwd", names));
  else if (uid === 0) {
    const what = `user "${text}" is root, who is not to run an app`;
    problems.push(wrong(asked, "user", what, "Give an ordinary user, for example one made for this app"));
  } else if (!found && asked.settings.group === undefined) {
    const what = `user "${text}" has no entry in /etc/passwd, so that its group is not known`;
    problems.push(wrong(asked, "user", what, "Give a group as well, with --group"));
  } else return found ?? { name: text, uid, gid: 0, home: "/", shell: "/bin/sh" };
  return undefined;
}

function takeGroup(
  asked: IdentityQuestion,
  key: "group" | "supplementaryGroups",
  text: string,
  problems: Problem[],
): number | undefined {
  const { accounts } = asked.starter;
  const gid = findGroup(accounts, text)?.gid ?? idFrom(text);
  const names = accounts.groups.map(({ name }) => name);
  if (gid === undefined) problems.push(unknown(asked, key, text, "/etc/group", names));
  return gid;
}

function judgeRights(
  asked: IdentityQuestion,
  user: UserEntry | undefined,
  gid: number | undefined,
): Problem[] {
  const { settings, starter, setBy } = asked;
  if (starter.uid === 0) {
    if (user) return [];
    if (settings.denyRoot) {
      const what = "gw was started as root, and denyRoot forbids to run the app as root";
      return [
        wrong(asked, "denyRoot", what, "Name another user with --user, or start gw as an ordinary user"),
      ];
    }
    const key = setBy("group") !== undefined ? "group" : "supplementaryGroups";
    if (setBy(key) === undefined) return [];
    return [wrong(asked, key, `${key} has no effect without a user`, "Give a user as well, with --user")];
  }
  const starterName = findUser(starter.accounts, String(starter.uid))?.name ?? String(starter.uid);
  const because = `gw runs as user "${starterName}", and only root can change that`;
  const advice = "Start gw as root, or leave the option away";
  if (user && user.uid !== starter.uid)
    return [wrong(asked, "user", `user cannot be "${settings.user}": ${because}`, advice)];
  if (gid !== undefined && gid !== starter.gid)
    return [wrong(asked, "group", `group cannot be "${settings.group}": ${because}`, advice)];
  if (setBy("supplementaryGroups") !== undefined)
    return [wrong(asked, "supplementaryGroups", `supplementaryGroups cannot be set: ${because}`, advice)];
  return [];
}

function unknown(
  asked: IdentityQuestion,
  key: Key,
  text: string,
  file: string,
  names: readonly string[],
): Problem {
  const near = nearest(text, names);
  const what = `${key} cannot be "${text}": there is no such name in ${file}`;
  return {
    ...wrong(asked, key, what, near ? `Did you mean "${near}"?` : "Make it first, or give a number"),
    accepted: `a name in ${file}, or a number`,
  };
}

function wrong({ setBy }: IdentityQuestion, key: Key, what: string, advice: string): Problem {
  const from = setBy(key);
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
