// The private directories of the workers' sockets in the server root: one for each user whom workers run as, and closed to
// everybody else but the front ends.

import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { statOf, unusable } from "../../control/server-root.ts";
import type { System } from "./system.ts";

/** For the user whom the front ends run as. */
const SOCKETS = "run";
/** Those, and for the users of other groups `u1`, `u2`, …; of a gw that has taken over from another one with its turn behind it: `run-1`. */
const NAME = /^(?:run|u\d+)(?:-(\d{1,4}))?$/;
/** Who must reach the sockets, when it is not whoever runs gw. */
export type SocketUser = { name: string; uid: number; gid: number; groups: readonly number[] };

/** Read and write for the worker and for the group of the front ends. */
export const SHARED_SOCKET = 0o660;

/** The private directories of the sockets, one for each user whom workers run as. */
export class SocketDirs {
  readonly #path: string;
  readonly #system: System;
  readonly #front: SocketUser | undefined;
  readonly #made = new Map<number, string>();
  /** Behind each name. */
  readonly #ending: string;

  /**
   * `front`: whom the front ends run as; undefined when they stay what gw is. `turn`: 0, or another number where another gw
   * has directories in the same place.
   */
  constructor(path: string, system: System, front: SocketUser | undefined, turn = 0) {
    this.#ending = turn === 0 ? "" : `-${turn}`;
    this.#path = path;
    this.#system = system;
    this.#front = front;
  }

  /** The front ends have to reach what is somebody else's; root reaches everything. */
  isShared(owner: SocketUser | undefined): boolean {
    return this.#front !== undefined && this.#uidOf(owner) !== this.#front.uid;
  }

  /** Made when it is first asked for. */
  of(owner: SocketUser | undefined): string {
    const uid = this.#uidOf(owner);
    const known = this.#made.get(uid);
    if (known !== undefined) return known;
    const isFirst = uid === this.#uidOf(this.#front);
    const path = join(this.#path, (isFirst ? SOCKETS : `u${this.#made.size + 1}`) + this.#ending);
    this.#make(path, owner);
    this.#made.set(uid, path);
    this.#owners.set(path, owner);
    return path;
  }

  /** Takes its own away, and nothing else; what an app has put between the sockets stays, and so does the directory. */
  remove(): void {
    for (const path of this.#made.values()) {
      try {
        removeSocketDir(path, this.#system);
      } catch {}
    }
  }

  lost(): string[] {
    return [...this.#made.values()].filter((path) => !statOf(path));
  }

  restore(): void {
    for (const path of this.lost()) this.#make(path, this.#owners.get(path));
  }

  readonly #owners = new Map<string, SocketUser | undefined>();

  #make(path: string, owner: SocketUser | undefined): void {
    makeSocketDir(path, this.#system, owner);
    if (!this.isShared(owner) || !this.#front) return;
    // Its group is the front ends', and what is made in it takes that group on.
    chownSync(path, this.#uidOf(owner), this.#front.gid);
    chmodSync(path, 0o2710);
  }

  #uidOf(user: SocketUser | undefined): number {
    return user?.uid ?? this.#system.uid;
  }
}

export function socketDirsIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => NAME.test(name))
    .map((name) => join(path, name));
}

/** The lowest turn that nobody has a directory of. */
export function freeTurn(path: string): number {
  const taken = new Set(readdirSync(path).flatMap((name) => NAME.exec(name)?.[1] ?? []));
  for (let turn = 1; ; turn++) if (!taken.has(String(turn))) return turn;
}

/** Owned by the user whom workers and fronts run as; the server root above stays ours, and lets that user pass. */
function makeSocketDir(sockets: string, system: System, user: SocketUser | undefined): void {
  removeSocketDir(sockets, system);
  mkdirSync(sockets, { mode: 0o700 });
  chmodSync(sockets, 0o700);
  if (!user) return;
  chownSync(sockets, user.uid, user.gid);
  chmodSync(dirname(sockets), 0o711);
  const closed = findClosed(dirname(sockets), user);
  if (closed !== undefined)
    throw unusable(dirname(sockets), `user "${user.name}" cannot pass ${closed} (chmod o+x helps)`);
}

/** The directory on the way to `path` through which the user may not go. */
function findClosed(path: string, { uid, gid, groups }: SocketUser): string | undefined {
  for (let dir = path; ; dir = dirname(dir)) {
    const stat = statSync(dir);
    const bit = stat.uid === uid ? 0o100 : [gid, ...groups].includes(stat.gid) ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}

/**
 * Another user's directory is never followed into the depth: that user could swap what lies below for links to other
 * places while it is removed with our rights.
 */
export function removeSocketDir(sockets: string, system: System): void {
  const stat = statOf(sockets);
  if (!stat) return;
  // A gw that ran its workers as another user has left the directory to that user.
  const isOurs = stat.isDirectory() && (stat.uid === system.uid || system.uid === 0);
  if (!isOurs) throw unusable(sockets, "it is not a directory of ours");
  if (stat.uid === system.uid) return rmSync(sockets, { recursive: true });
  for (const name of readdirSync(sockets)) {
    const path = join(sockets, name);
    if (statOf(path)?.isDirectory()) rmdirSync(path);
    else unlinkSync(path);
  }
  rmdirSync(sockets);
}
