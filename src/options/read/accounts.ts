// Users and groups of this machine, from the text of /etc/passwd and /etc/group. Pure: the files are read by the
// caller. Directory services (LDAP and the like) are not asked; their users can be given by number.

export type UserEntry = { name: string; uid: number; gid: number; home: string; shell: string };
export type GroupEntry = { name: string; gid: number; members: readonly string[] };
export type Accounts = { users: readonly UserEntry[]; groups: readonly GroupEntry[] };

/** Lines that are no entries are skipped, as the C library does. */
export function readAccounts(passwd: string, group: string): Accounts {
  return { users: passwd.split("\n").flatMap(readUser), groups: group.split("\n").flatMap(readGroup) };
}

function readUser(line: string): UserEntry[] {
  const [name, , uid, gid, , home = "", shell = ""] = line.split(":");
  return name && isId(uid) && isId(gid)
    ? [{ name, uid: Number(uid), gid: Number(gid), home: home || "/", shell: shell || "/bin/sh" }]
    : [];
}

function readGroup(line: string): GroupEntry[] {
  const [name, , gid, members = ""] = line.split(":");
  return name && isId(gid) ? [{ name, gid: Number(gid), members: members.split(",").filter(Boolean) }] : [];
}

/** By name, else by number: a name may consist of digits. */
export function findUser({ users }: Accounts, nameOrNumber: string): UserEntry | undefined {
  return (
    users.find(({ name }) => name === nameOrNumber) ?? users.find(({ uid }) => String(uid) === nameOrNumber)
  );
}

export function findGroup({ groups }: Accounts, nameOrNumber: string): GroupEntry | undefined {
  return (
    groups.find(({ name }) => name === nameOrNumber) ?? groups.find(({ gid }) => String(gid) === nameOrNumber)
  );
}

/** All groups that a user belongs to, the own one first. */
export function groupsOfUser({ groups }: Accounts, name: string, gid: number): number[] {
  const others = groups.filter(({ members }) => members.includes(name)).map((group) => group.gid);
  return [...new Set([gid, ...others])];
}

/** Numbers that stand for nobody: the kernel reads the last one as "leave it". */
const MOST_ID = 2 ** 32 - 2;

export function idFrom(text: string): number | undefined {
  return isId(text) ? Number(text) : undefined;
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= MOST_ID;
}
